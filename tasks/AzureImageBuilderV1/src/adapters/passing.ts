/** Causes that may pass: one rule for every service the task talks to. */
import type { ServiceError } from "../errors.ts";

/** Whether a later try may be answered otherwise: 408, 429, and 5xx but for what is not implemented. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Whether a later try may succeed: no answer, or a status that may pass. */
export function isPassing({ status }: ServiceError): boolean {
  return status === undefined || isPassingStatus(status);
}
