/** Resource Manager's front door: what is checked, and in which order, before a provider's route sees a request. */
import { admit, checkLocation, resourceManager } from "./admission.ts";
import { faultAnswer, providerAnswer } from "./arm-answers.ts";
import { badToken, invalidContent, missingToken, notBuilt } from "./arm-errors.ts";
import type { DoorHandler, Exchange } from "./exchange.ts";
import { createRateLimits } from "./rate-limits.ts";
import { type ParsedId, parseId } from "./resources.ts";
import { type Match, createFinder } from "./route-finder.ts";
import { allowedArmAudiences, checkToken } from "./tokens.ts";
import { checkPolicies } from "../services/policy/assignments.ts";
import { ArmFault, type ArmRoute, type Caller, type RouteContext, type World } from "./types.ts";

export interface FrontDoorOptions {
  readonly world: World;
  readonly routes: readonly ArmRoute[];
  /** For replaying recordings only: an api-version that is no longer served is taken for one that is. */
  readonly olderApiVersions: boolean;
}

export interface FrontDoor {
  readonly handle: DoorHandler;
  /** Namespace that answers a path, for matching faults. */
  readonly serviceOf: (exchange: Exchange) => string;
  /** Fills the rate buckets again. */
  reset(): void;
}

/** Codes that the front door answers also where a provider's route finds the reason. */
const gatewayCodes = new Set([
  "ResourceNotFound",
  "ResourceGroupNotFound",
  "AuthorizationFailed",
  "LinkedAuthorizationFailed",
  "RequestDisallowedByPolicy",
]);

/** Builds the front door over the routes of all services. Throws an Error where two routes are the same. */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const find = createFinder(options.routes);
  let limits = createRateLimits();
  return {
    serviceOf: (exchange) => parseId(exchange.url.pathname).namespace ?? resourceManager,
    reset: () => void (limits = createRateLimits()),
    async handle(exchange) {
      const head = new Map<string, string>();
      const parsed = parseId(exchange.url.pathname);
      const service = parsed.namespace ?? resourceManager;
      let isInside = false;
      try {
        const caller = await authenticate(exchange, options.world);
        const match = find(exchange.method, exchange.url.pathname);
        admit({ exchange, parsed, match, caller }, options);
        for (const [name, value] of rateHeaders(limits, { exchange, parsed, caller }, options.world))
          head.set(name, value);
        const context = await createContext({ exchange, match: required(match, exchange), caller }, options.world);
        checkLocation(exchange, parsed, context);
        checkPolicy(parsed, context);
        const { route } = required(match, exchange);
        isInside = true;
        return providerAnswer(exchange, { route, reply: await route.handle(context), head }, options.world);
      } catch (error) {
        if (!(error instanceof ArmFault)) throw error;
        const byGateway = !isInside || gatewayCodes.has(error.code);
        return faultAnswer(exchange, { error, head, service, byGateway }, options.world);
      }
    },
  };
}

/** A resource that is made by PUT must be one that the policies at its group allow; modify and append change nothing here. */
function checkPolicy(parsed: ParsedId, context: RouteContext): void {
  if (context.request.method !== "PUT" || context.request.body.length === 0) return;
  if (parsed.namespace?.toLowerCase() === "microsoft.authorization") return;
  const isGroup = parsed.namespace === undefined;
  const scope = isGroup ? `/subscriptions/${parsed.subscriptionId ?? ""}` : parsed.parent;
  const name = isGroup ? (parsed.resourceGroup ?? "") : (parsed.names.at(-1) ?? "");
  const type = isGroup
    ? "Microsoft.Resources/subscriptions/resourceGroups"
    : `${parsed.namespace ?? ""}/${parsed.type}`;
  checkPolicies(context.world, scope, { ...(context.json() as object), type, name });
}

function required(match: Match | undefined, exchange: Exchange): Match {
  if (match !== undefined) return match;
  const { namespace, type } = parseId(exchange.url.pathname);
  throw notBuilt(`${exchange.method} of ${namespace ?? resourceManager}${type === "" ? "" : `/${type}`}`);
}

async function authenticate(exchange: Exchange, world: World): Promise<Caller> {
  const header = exchange.request.headers.authorization;
  if (header === undefined) throw missingToken(world.tenantId);
  const token = /^Bearer (\S+)$/i.exec(header)?.[1] ?? "";
  const audiences = allowedArmAudiences(world);
  const checked = await checkToken(token, audiences, world);
  if ("caller" in checked) return checked.caller;
  throw badToken(checked.fault, {
    tenantId: world.tenantId,
    now: world.clock.now(),
    audiences: audiences.slice(0, 2).reverse(),
  });
}

function rateHeaders(
  limits: ReturnType<typeof createRateLimits>,
  who: { readonly exchange: Exchange; readonly parsed: ParsedId; readonly caller: Caller },
  world: World,
): readonly [string, string][] {
  const key = { subscriptionId: who.parsed.subscriptionId ?? "tenant", caller: who.caller.objectId };
  return Object.entries(limits.take(who.exchange.method as ArmRoute["method"], key, world.clock.now().getTime()));
}

async function createContext(
  parts: { readonly exchange: Exchange; readonly match: Match; readonly caller: Caller },
  world: World,
): Promise<RouteContext> {
  const { exchange, match, caller } = parts;
  const body = await exchange.body();
  return {
    request: { id: exchange.id, method: exchange.method, url: exchange.url, headers: exchange.request.headers, body },
    params: match.params,
    query: exchange.url.searchParams,
    apiVersion: exchange.url.searchParams.get("api-version") ?? "",
    caller,
    world,
    json: () => parseBody(body),
    armBase: exchange.url.origin,
    viaProxy: exchange.viaProxy,
  };
}

function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8").replace(/^\uFEFF/, "")) as unknown;
  } catch (error) {
    throw invalidContent(error instanceof Error ? error.message : String(error));
  }
}
