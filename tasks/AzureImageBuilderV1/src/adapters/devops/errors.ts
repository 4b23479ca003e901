/** Refusals of Azure DevOps as ServiceErrors, with what to do about them. */
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";

/** An answer's parts that errors are made of. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const noRight =
  "The job's own identity reads runs and their artifacts: give the build service account (<project> Build Service (<organization>), or " +
  "Project Collection Build Service (<organization>)) the permission View builds on the pipeline. For another project, " +
  'turn off "Limit job authorization scope to current project" (for releases: "... for release pipelines") in the ' +
  "settings of this step's project or of the organization.";

const gone = "The run or its artifact has expired or was deleted: run that pipeline again, and retain the run.";

const remedies: Readonly<Record<number, string>> = { 401: noRight, 403: noRight, 404: gone, 410: gone };

/** A ServiceError for an answer. `what` says what was asked, as the beginning of a sentence. */
export function refused(what: string, { status, message, headers }: Refusal): ServiceError {
  const seconds = Number(headers["retry-after"]);
  return new ServiceError(failureCodes.refused, `${what}: HTTP ${status}. ${message.trim()}`, {
    status,
    next: remedies[status],
    requestId: [headers["activityid"] ?? headers["x-vss-e2eid"]].flat()[0],
    ...(seconds >= 0 ? { retryAfterMs: Math.min(seconds, 60) * 1000 } : {}),
  });
}

/** A ServiceError for an error of the client. Throws `failure` itself where it is a defect of the program. */
export function toServiceError(failure: unknown, what: string): ServiceError {
  if (failure instanceof ServiceError) return failure;
  const { statusCode, responseHeaders, code, message } = failure as {
    readonly statusCode?: number;
    readonly responseHeaders?: Refusal["headers"];
    readonly code?: string;
    readonly message?: string;
  };
  if (statusCode !== undefined) {
    return refused(what, { status: statusCode, message: shorten(message ?? ""), headers: responseHeaders ?? {} });
  }
  const isTimeout = message?.startsWith("Request timeout") === true;
  if (!isTimeout && (code === undefined || code.startsWith("ERR_INVALID"))) throw failure;
  return new ServiceError(
    failureCodes.noAnswer,
    `${what}: no answer (${isTimeout ? "timeout" : `${code}, ${message}`}).`,
    {
      serviceCode: code,
      cause: failure,
      next: "See that the agent can reach Azure DevOps: proxy, firewall, name resolution.",
    },
  );
}

/**
 * The result of `work`. Client and reader stumble over answers that are JSON and not of the documented form, and that
 * becomes a ServiceError. `what` says what was asked, as the beginning of a sentence.
 */
export async function understood<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TaskError || !(error instanceof Error)) throw error;
    const next = "See that nothing between the agent and Azure DevOps answers in its place, such as a proxy.";
    const message = `${what}: the answer is not of the documented form.`;
    throw new ServiceError(failureCodes.noAnswer, message, { cause: error, next });
  }
}

/** Pages of gateways are long and say little. */
function shorten(text: string): string {
  const plain = /^\s*</.test(text) ? "The answer is a page of HTML." : text;
  return plain.length > 500 ? `${plain.slice(0, 500)} ...` : plain;
}
