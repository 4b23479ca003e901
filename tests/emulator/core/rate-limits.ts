/** Resource Manager's token buckets, per subscription and caller (facts, section 11; header form of 2025, wire notes 1). */
import { type ArmRoute, ArmFault } from "./types.ts";

type Kind = "reads" | "writes" | "deletes";

/** Size of a bucket and tokens that come back each second of emulated time. */
const buckets: Readonly<Record<Kind, { readonly size: number; readonly refill: number }>> = {
  reads: { size: 250, refill: 25 },
  writes: { size: 200, refill: 10 },
  deletes: { size: 200, refill: 10 },
};

/** The limit over all callers of a subscription is fifteen times as high. */
const globalFactor = 15;

export interface RateLimits {
  /**
   * Takes a token and gives the headers that say how many are left. Throws ArmFault 429 when none is left.
   * `now` is emulated time in ms.
   */
  take(
    method: ArmRoute["method"],
    key: { readonly subscriptionId: string; readonly caller: string },
    now: number,
  ): Record<string, string>;
}

/** Makes full buckets. */
export function createRateLimits(): RateLimits {
  const levels = new Map<string, { level: number; at: number }>();
  const draw = (name: string, limit: { readonly size: number; readonly refill: number }, now: number): number => {
    const before = levels.get(name) ?? { level: limit.size, at: now };
    const level = Math.min(limit.size, before.level + ((now - before.at) / 1000) * limit.refill) - 1;
    levels.set(name, { level: Math.max(level, 0), at: now });
    return Math.floor(level);
  };
  return {
    take(method, { subscriptionId, caller }, now) {
      const kind = kindOf(method);
      const { size, refill } = buckets[kind];
      const own = draw(`${kind} ${subscriptionId} ${caller}`, { size, refill }, now);
      const all = draw(`${kind} ${subscriptionId}`, { size: size * globalFactor, refill: refill * globalFactor }, now);
      if (own < 0 || all < 0) throw throttled(kind, { subscriptionId, caller });
      return {
        [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(own),
        [`x-ms-ratelimit-remaining-subscription-global-${kind}`]: String(all),
      };
    },
  };
}

function kindOf(method: ArmRoute["method"]): Kind {
  switch (method) {
    case "GET":
    case "HEAD":
      return "reads";
    case "DELETE":
      return "deletes";
    case "PUT":
    case "POST":
    case "PATCH":
      return "writes";
  }
}

function throttled(kind: Kind, who: { readonly subscriptionId: string; readonly caller: string }): ArmFault {
  const seconds = "1";
  return new ArmFault(
    429,
    "SubscriptionRequestsThrottled",
    `Number of '${kind}' requests for subscription '${who.subscriptionId}' actor '${who.caller}' exceeded. Please try again after '${seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`,
    { mark: "inferred", fact: "wire 6 throttled", headers: { "Retry-After": seconds, connection: "close" } },
  );
}
