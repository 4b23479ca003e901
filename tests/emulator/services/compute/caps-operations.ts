/** Compute's operations on galleries and images: the status document behind Azure-AsyncOperation (wire notes, section 9). */
import type { ArmRoute, RouteContext, World } from "../../core/types.ts";
import { GALLERY_VERSIONS, IMAGE_VERSIONS, notFound, reply, route, SUBSCRIPTION_PATH } from "./common.ts";

interface CapsOperation {
  readonly id: string;
  readonly start: Date;
  end: Date | undefined;
}

const operationsOf = new WeakMap<World, Map<string, CapsOperation>>();

function operations(world: World): Map<string, CapsOperation> {
  const known = operationsOf.get(world);
  if (known !== undefined) return known;
  const made = new Map<string, CapsOperation>();
  operationsOf.set(world, made);
  world.onReset(() => made.clear());
  return made;
}

/** A gallery or definition is made in under a second (wire notes, section 9). */
export const QUICK_MS = 800;

/**
 * Starts an operation: `work` is done after `ms` of emulated time; work may itself take longer.
 * @returns headers of the answer that accepts it
 */
export function startOperation(
  context: RouteContext,
  location: string,
  options: { readonly ms: number; readonly work: () => void | Promise<void>; readonly withLocation?: boolean },
): Record<string, string> {
  const { world } = context;
  const operation: CapsOperation = { id: world.newGuid(), start: world.clock.now(), end: undefined };
  operations(world).set(operation.id, operation);
  world.background(
    world.clock.sleep(options.ms).then(async () => {
      await options.work();
      operation.end = world.clock.now();
    }),
  );
  const path = `/subscriptions/${context.params["subscriptionId"]}/providers/Microsoft.Compute/locations/${location}/capsOperations/${operation.id}`;
  const url = `${context.armBase}${path}?api-version=${context.apiVersion}`;
  return { "azure-asyncoperation": url, ...(options.withLocation === true ? { location: `${url}&monitor=true` } : {}) };
}

/** `2023-04-26T04:51:34.1234567+00:00`, as Compute writes times. */
export function computeTime(date: Date): string {
  return date.toISOString().replace("Z", "0000+00:00");
}

function getOperation(context: RouteContext) {
  const operation = operations(context.world).get((context.params["operationId"] ?? "").toLowerCase());
  if (operation === undefined) throw notFound(context.request.url.pathname);
  const { start, end, id } = operation;
  // The address in Location answers 202 until the end, then 200 or 204 without a body (specification: final-state-via location).
  if (context.query.get("monitor") === "true") {
    return reply(end === undefined ? 202 : 200, undefined, {
      mark: "inferred",
      fact: "wire 9 Gallery, Location",
      headers: end === undefined ? { location: context.request.url.href } : {},
    });
  }
  const body =
    end === undefined
      ? { startTime: computeTime(start), status: "InProgress", name: id }
      : { startTime: computeTime(start), endTime: computeTime(end), status: "Succeeded", name: id };
  return reply(200, body, { mark: "recorded", fact: "wire 9 Gallery" });
}

export const capsOperationRoutes: readonly ArmRoute[] = [
  {
    ...route(
      "GET",
      `${SUBSCRIPTION_PATH}/providers/Microsoft.Compute/locations/:location/capsOperations/:operationId`,
      {
        versions: [...GALLERY_VERSIONS, ...IMAGE_VERSIONS],
        action: "locations/capsOperations/read",
        handle: getOperation,
      },
    ),
    // The caller of the operation may read it: no action of its own is needed (inferred).
    action: undefined,
  },
];
