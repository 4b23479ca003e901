/** Long-running operations: their addresses, signed or not, and their status document (wire notes, section 2). */
import { createHash, createHmac } from "node:crypto";
import type { Reply, RouteContext, World } from "../../core/types.ts";
import { BuilderFault } from "./errors.ts";
import { present } from "./json.ts";
import { stateOf, type BuilderState, type Operation } from "./state.ts";
import { OPERATION_DIGITS, serviceTime, ticks } from "./times.ts";

/** Base64url characters of the certificate, as recorded in 2025. */
const CERTIFICATE_LENGTH = 2621;

/** Starts an operation; \`finish\` or \`fail\` end it. */
export function startOperation(world: World, location: string): Operation {
  const state = stateOf(world);
  const startTime = serviceTime(world.clock.now(), OPERATION_DIGITS, state.chance);
  const id = world.newGuid();
  const operation: Operation = { id, location, startTime, status: "InProgress", endTime: undefined, error: undefined };
  state.operations.set(id, operation);
  return operation;
}

/** Ends an operation. Without an error it has succeeded. */
export function endOperation(
  world: World,
  operation: Operation,
  end: { readonly error?: { readonly code: string; readonly message: string }; readonly status?: "Canceled" } = {},
): void {
  operation.endTime = serviceTime(world.clock.now(), OPERATION_DIGITS, stateOf(world).chance);
  operation.error = end.error;
  operation.status = end.status ?? (end.error === undefined ? "Succeeded" : "Failed");
}

/**
 * Headers of the answer that accepts an operation: always Azure-AsyncOperation, the request id is the operation's GUID.
 * \`withLocation\`: where the answer has Location too (all but PUT); both name the same address, signed apart.
 */
export function operationHeaders(
  context: RouteContext,
  operation: Operation,
  withLocation: boolean,
): Readonly<Record<string, string>> {
  const state = stateOf(context.world);
  const path = `/subscriptions/${context.params["subscriptionId"]}/providers/Microsoft.VirtualMachineImages/locations/${operation.location}/operations/${operation.id}?api-version=${context.apiVersion}`;
  const address = (): string =>
    `${context.armBase}${path}${state.settings.signedUrls ? signature(context.world, operation.id) : ""}`;
  const { tenantId, objectId } = context.caller;
  return {
    "Azure-AsyncOperation": address(),
    ...(withLocation ? { Location: address() } : {}),
    "x-ms-request-id": operation.id,
    ...(state.settings.signedUrls
      ? {
          "x-ms-operation-identifier": `tenantId=${tenantId},objectId=${objectId}/${operation.location}/${context.world.newGuid()}`,
        }
      : {}),
  };
}

/** The four more parameters of a signed address: time, certificate, signature, hash. About 3 KB. */
function signature(world: World, operationId: string): string {
  const state = stateOf(world);
  const t = ticks(world.clock.now(), state.chance);
  const c = certificateOf(state);
  return `&t=${t}&c=${c}&s=${sign(c, `${operationId} ${t}`)}&h=${digest(`${operationId} ${t}`)}`;
}

function certificateOf(state: BuilderState): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  state.certificate ??= `MII${state.chance.word(CERTIFICATE_LENGTH - 3, letters)}`;
  return state.certificate;
}

/** 256 bytes as an RSA signature has: 342 characters. */
function sign(key: string, text: string): string {
  const parts = [0, 1, 2, 3].map((part) => createHmac("sha512", key).update(`${part} ${text}`).digest());
  return Buffer.concat(parts).toString("base64url");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** An address that was cut or rebuilt is refused (what the service answers is inferred). */
function checkSignature(context: RouteContext, operation: Operation): void {
  const state = stateOf(context.world);
  if (!state.settings.signedUrls) return;
  const sent = (name: string): string => context.query.get(name) ?? "";
  const text = `${operation.id} ${sent("t")}`;
  const c = certificateOf(state);
  if (sent("c") === c && sent("s") === sign(c, text) && sent("h") === digest(text)) return;
  throw new BuilderFault(
    403,
    "InvalidOperationSignature",
    "The address of the operation was changed or cut: its signature does not fit.",
    {
      mark: "inferred",
      fact: "wire 2 signed URLs",
    },
  );
}

/** GET operations: HTTP 200 also for a failed one; the name is the GUID in upper case. */
export function getOperation(context: RouteContext): Reply {
  const id = (context.params["operationId"] ?? "").toLowerCase();
  const operation = stateOf(context.world).operations.get(id);
  if (operation === undefined || operation.location !== context.params["location"]?.toLowerCase()) {
    throw new BuilderFault(404, "ResourceNotFound", `The entity was not found: operation '${id}'.`, {
      mark: "inferred",
      fact: "wire 2 status document",
    });
  }
  checkSignature(context, operation);
  const { status, startTime, endTime, error } = operation;
  const body = present({ name: operation.id.toUpperCase(), status, startTime, endTime, error });
  const mark = status === "Canceled" ? "inferred" : "recorded";
  return { status: 200, mark, fact: "wire 2 status document", body };
}
