/** Lists that come in pages: a service whose pages never end must not keep the task for ever. */
import { ServiceError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";

/** Pages of one list that are read; the longest lists of Azure have some dozens. */
const mostPages = 1_000;

/**
 * Notes in `seen` that a list leads to `address`. Throws a ServiceError, which begins with `what` was asked, where it has
 * led there before or has more pages than lists have.
 */
export function checkPage(what: string, address: string, seen: Set<string>): void {
  const why = seen.has(address)
    ? "the pages of the answer lead in a circle"
    : seen.size >= mostPages
      ? `the answer has more than ${mostPages} pages`
      : undefined;
  if (why !== undefined) throw new ServiceError(failureCodes.noAnswer, `${what}: ${why}.`);
  seen.add(address);
}
