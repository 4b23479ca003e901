/** Starts the run, once: a request whose answer got lost is not sent again before the state has been read. */
import { ServiceError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { LastRunStatus, RunHandle, TemplateRef } from "../ports.ts";
import { findRun } from "./meaning.ts";
import { type BuildPorts, isUncertain, mayPass, messageOf, readPatiently } from "./ports.ts";

const attempts = 3;
/** Milliseconds before each look for a run whose answer got lost; it may show late. */
const looks = [2_000, 5_000, 10_000, 20_000];

/** What is known before the run is asked for. */
export interface BeforeRun {
  /** Start time of the run before this one, as text. */
  readonly before: string | undefined;
  /** An earlier attempt may have asked for the run. */
  readonly mayRun?: boolean;
}

/** A run that goes on: its operation, or what the template shows of it where the answer got lost or was another's. */
export type Accepted = { readonly handle: RunHandle } | { readonly handle: undefined; readonly run: LastRunStatus };

/**
 * Asks for a run of the template, once: answers get lost (504, 500 and resets are seen here: wire notes, section 6), and
 * a request is refused where a run goes on. Throws a ServiceError where the service refuses.
 */
export async function startRun(
  ref: TemplateRef,
  { before, mayRun = false }: BeforeRun,
  ports: BuildPorts,
): Promise<Accepted> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { handle: await ports.templates.startRun(ref) };
    } catch (error) {
      ports.cancelled.throwIfAborted();
      ports.agent.info(`The start of the run was not confirmed: ${messageOf(error)}`);
      // A second request meets the first one's run: the service then says that it is not allowed.
      const refused = error instanceof ServiceError && (error.status === 405 || error.status === 409);
      const meetsRun = refused && (mayRun || attempt > 1);
      const wasLookedFor = isUncertain(error) || meetsRun;
      const run = wasLookedFor ? await findLateRun(ref, before, ports) : undefined;
      if (run !== undefined) {
        ports.agent.info("The run has started all the same.");
        return { handle: undefined, run };
      }
      // A template that has just been made, or read, may not show everywhere at once.
      const mayComeLater = mayPass(error) || (error instanceof ServiceError && error.status === 404);
      if (!mayComeLater || attempt === attempts) throw notAccepted(ref, error);
      await ports.clock.sleep(error.retryAfterMs ?? looks[0] ?? 0, ports.cancelled);
      // A throttled request was not carried out; one look before the next all the same.
      const other = wasLookedFor ? undefined : await readRun(ref, before, ports);
      if (other !== undefined) return { handle: undefined, run: other };
      ports.agent.info(`No run has started; asking again (${attempt + 1} of ${attempts}).`);
    }
  }
}

/** A run other than the one that began at `before`, when it comes to show within some forty seconds. Throws ServiceError. */
export async function findLateRun(
  ref: TemplateRef,
  before: string | undefined,
  ports: BuildPorts,
): Promise<LastRunStatus | undefined> {
  for (const look of looks) {
    await ports.clock.sleep(look, ports.cancelled);
    const run = await readRun(ref, before, ports);
    if (run !== undefined) return run;
  }
  return undefined;
}

async function readRun(
  ref: TemplateRef,
  before: string | undefined,
  ports: BuildPorts,
): Promise<LastRunStatus | undefined> {
  return findRun(await readPatiently(() => ports.templates.get(ref), ports), before);
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
