/**
 * The logs of a run: blobs in the staging resource group, and until they are there the live log of the container that
 * builds (wire notes, section 7). A read is one request, so that whoever waits decides how many are sent.
 */
import type { BuildLogName, BuildLogs, LoggedRun, LogRead, RunLogs } from "../../ports.ts";
import { createArmGet } from "./arm-client.ts";
import { createContainerLog } from "./container-log.ts";
import { createLogBlobs, type LogBlobs } from "./log-blobs.ts";
import type { Session } from "./session.ts";

/** The port over the session that `open` gives. */
export function createBuildLogs(open: () => Promise<Session>): BuildLogs {
  return {
    follow: (run) => {
      let opened: Promise<RunLogs> | undefined;
      return { read: async (log) => (await (opened ??= open().then((session) => followRun(session, run)))).read(log) };
    },
  };
}

/** A way to the log. */
interface Way {
  read(log: BuildLogName): Promise<LogRead>;
}

function followRun(session: Session, run: LoggedRun): RunLogs {
  const get = createArmGet(session, { repeatReads: false });
  const blobs = refusable(createLogBlobs(session, { run, get }));
  const container = refusable(createContainerLog(get, run.stagingResourceGroup));
  let turn = 0;
  return {
    read: async (log) => {
      turn += 1;
      if (blobs.refused() !== undefined && container.refused() !== undefined) {
        return { state: "refused", missing: blobs.refused() ?? "" };
      }
      return mayAsk(log, blobs.way, container, turn) ? container.read(log) : blobs.read(log);
    },
  };

  /** Until the blob is there, every other read asks the container; where there is no way to the blob, all of them. */
  function mayAsk(log: BuildLogName, way: LogBlobs, { refused }: { refused: () => unknown }, count: number): boolean {
    if (log !== "customization" || refused() !== undefined) return false;
    if (blobs.refused() !== undefined) return true;
    return way.isLocated() && !way.hasBegun() && count % 2 === 0;
  }
}

/** Remembers a refusal: what was refused once is not asked again. */
function refusable<T extends Way>(way: T): Way & { readonly way: T; refused(): string | undefined } {
  let refused: string | undefined;
  return {
    way,
    refused: () => refused,
    read: async (log) => {
      const read: LogRead = refused === undefined ? await way.read(log) : { state: "refused", missing: refused };
      if (read.state !== "refused") return read;
      refused = read.missing;
      // Another way may still serve.
      return { state: "nothing" };
    },
  };
}
