/** Starts the run, once: a request whose answer got lost is not sent again before the state has been read. */
import { ServiceError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { RunHandle, TemplateRef } from "../ports.ts";
import { findRun } from "./meaning.ts";
import { type BuildPorts, isUncertain, mayPass, messageOf, readPatiently } from "./ports.ts";

const attempts = 3;
/** Milliseconds before each look for a run whose answer got lost; it may show late. */
const looks = [2_000, 5_000, 10_000, 20_000];

/**
 * Asks for a run of the template. Undefined where the run goes on but its operation is unknown, because the answer got
 * lost (504, 500 and resets are seen here: wire notes, section 6). `before` is the start time of the run before this
 * one. Throws a ServiceError where the service refuses.
 */
export async function startRun(
  ref: TemplateRef,
  before: string | undefined,
  ports: BuildPorts,
): Promise<RunHandle | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ports.templates.startRun(ref);
    } catch (error) {
      ports.cancelled.throwIfAborted();
      ports.agent.info(`The start of the run was not confirmed: ${messageOf(error)}`);
      // A second request meets the first one's run: the service then says that it is not allowed.
      const meetsRun = attempt > 1 && error instanceof ServiceError && (error.status === 405 || error.status === 409);
      if ((isUncertain(error) || meetsRun) && (await runShows(ref, before, ports))) {
        ports.agent.info("The run has started all the same.");
        return undefined;
      }
      if (!mayPass(error) || attempt === attempts) throw notAccepted(ref, error);
      await ports.clock.sleep(error.retryAfterMs ?? looks[0] ?? 0, ports.cancelled);
      ports.agent.info(`No run has started; asking again (${attempt + 1} of ${attempts}).`);
    }
  }
}

/** Whether a run other than the one that began at `before` comes to show within some forty seconds. Throws ServiceError. */
export async function runShows(ref: TemplateRef, before: string | undefined, ports: BuildPorts): Promise<boolean> {
  for (const look of looks) {
    await ports.clock.sleep(look, ports.cancelled);
    const template = await readPatiently(() => ports.templates.get(ref), ports);
    if (findRun(template, before) !== undefined) return true;
  }
  return false;
}

function notAccepted(ref: TemplateRef, error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { message, status, serviceCode, requestId, next } = error;
  return new ServiceError(failureCodes.runNotAccepted, `The run of ${ref.name} was not started. ${message}`, {
    status,
    serviceCode,
    requestId,
    next,
    cause: error,
  });
}
