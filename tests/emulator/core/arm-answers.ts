/** Answers of Resource Manager: headers and form of the body, a provider's and the front door's own (wire notes, section 1). */
import type { Answer, Exchange } from "./exchange.ts";
import { goJson, plainJson } from "./go-json.ts";
import { newGuid } from "./keys.ts";
import type { ArmFault, ArmRoute, Reply, World } from "./types.ts";

const imageBuilder = "Microsoft.VirtualMachineImages";

/** A provider's reply as the front door passes it on. `head` holds the rate headers. */
export function providerAnswer(
  exchange: Exchange,
  made: { readonly route: ArmRoute; readonly reply: Reply; readonly head: ReadonlyMap<string, string> },
  world: World,
): Answer {
  const { route, reply, head } = made;
  const isImageBuilder = route.service === imageBuilder;
  const body = encode(reply.body, isImageBuilder ? goJson : plainJson);
  const type = isImageBuilder ? "application/json" : "application/json; charset=utf-8";
  return {
    status: reply.status,
    headers: merge(
      {
        ...commonHeaders(exchange, world),
        ...Object.fromEntries(head),
        ...(body === undefined ? {} : { "Content-Type": type }),
      },
      reply.headers ?? {},
    ),
    body,
    service: route.service,
    mark: reply.mark,
    fact: reply.fact,
  };
}

function encode(value: unknown, write: (value: unknown) => string): Buffer | undefined {
  if (value === undefined || Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === "string" ? value : write(value));
}

/** The answer for a fault. `byGateway`: the front door answers by itself, no provider was asked. */
export function faultAnswer(
  exchange: Exchange,
  made: {
    readonly error: ArmFault;
    readonly head: ReadonlyMap<string, string>;
    readonly service: string;
    readonly byGateway: boolean;
  },
  world: World,
): Answer {
  const { error, head, service, byGateway } = made;
  const { code, message, details } = error;
  return {
    status: error.status,
    headers: merge(
      {
        ...commonHeaders(exchange, world),
        ...(byGateway ? { "x-ms-failure-cause": "gateway" } : {}),
        ...Object.fromEntries(head),
        "Content-Type": "application/json; charset=utf-8",
      },
      error.headers,
    ),
    body: Buffer.from(plainJson({ error: { code, message, details } })),
    service,
    mark: error.mark,
    fact: error.fact,
  };
}

/** Later headers replace earlier ones whatever the spelling of their names. */
function merge(first: Record<string, string>, second: Readonly<Record<string, string>>): Record<string, string> {
  const replaced = new Set(Object.keys(second).map((name) => name.toLowerCase()));
  const kept = Object.entries(first).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...second };
}

/** Headers of every answer (wire notes, section 1). */
function commonHeaders(exchange: Exchange, world: World): Record<string, string> {
  const { headers } = exchange.request;
  const now = world.clock.now();
  const sent = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const correlation = sent("x-ms-correlation-request-id") ?? newGuid();
  const stamp = `${now.toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "")}Z`;
  const client = sent("x-ms-client-request-id");
  const echo = sent("x-ms-return-client-request-id")?.toLowerCase() === "true" && client !== undefined;
  return {
    "Cache-Control": "no-cache",
    Pragma: "no-cache",
    Expires: "-1",
    Date: now.toUTCString(),
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Cache": "CONFIG_NOCACHE",
    "X-MSEdge-Ref": `Ref A: ${exchange.id.replaceAll("-", "").toUpperCase()} Ref B: AMS231032609019 Ref C: ${now.toISOString().slice(0, 19)}Z`,
    "x-ms-request-id": exchange.id,
    "x-ms-correlation-request-id": correlation,
    "x-ms-routing-request-id": `WESTEUROPE:${stamp}:${correlation}`,
    ...(echo ? { "x-ms-client-request-id": client } : {}),
  };
}
