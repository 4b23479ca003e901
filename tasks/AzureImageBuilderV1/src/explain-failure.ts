/** A service's refusal with what is known of its cause: the same knowledge by which a failed build is explained. */
import type { Where } from "./diagnosis/types.ts";
import { ServiceError, TaskError } from "./errors.ts";
import { failureCodes } from "./failure-codes.ts";

/**
 * The error with cause, remedy and where to read on, where the catalogue knows it; any other as it is. One that says
 * itself what to do keeps its own words.
 */
export async function explainFailure(error: unknown): Promise<unknown> {
  const where = placeOf(error);
  if (where === undefined || !(error instanceof TaskError) || error.next !== undefined) return error;
  // Loaded where something has failed: it would cost every step's start.
  const { diagnose } = await import("./diagnosis/diagnose.ts");
  const [best] = diagnose({ text: { where, content: error.message } }).findings;
  if (best === undefined) return error;
  const message = `${error.message}\nProbable cause: ${best.cause} [${best.id}]\n  more: ${best.link}`;
  const again = best.retryable ? " Running the step again may be enough." : "";
  const next = `${best.remedy}${best.command === undefined ? "" : ` Command: ${best.command}`}${again}`;
  if (!(error instanceof ServiceError)) return new TaskError(error.code, message, { next, cause: error });
  const { status, serviceCode, requestId, retryAfterMs } = error;
  return new ServiceError(error.code, message, { status, serviceCode, requestId, retryAfterMs, next, cause: error });
}

/** Where the words come from; undefined where no service has spoken. */
function placeOf(error: unknown): Where | undefined {
  if (!(error instanceof TaskError)) return undefined;
  if (error.code === failureCodes.signIn || error.code === failureCodes.assertion) return "entra";
  if (!(error instanceof ServiceError)) return undefined;
  return /\(storage account /.test(error.message) ? "storage" : "arm-error";
}
