/** A refusal says what is missing, and where it is told who needs which right. */
import { ServiceError } from "../../AzureImageBuilderV1/src/errors.ts";

/** The error with what to do next, where a service refused for want of a right; any other error as it is. */
export function explain(error: unknown): unknown {
  if (!(error instanceof ServiceError) || error.status !== 403 || error.next !== undefined) return error;
  const { code, message, status, serviceCode, requestId } = error;
  return new ServiceError(code, message, {
    status,
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ...(requestId === undefined ? {} : { requestId }),
    next:
      "Give the connection's principal the right that the message names; docs/lifecycle.md lists what each action needs. " +
      "What was done before stays done.",
    cause: error,
  });
}
