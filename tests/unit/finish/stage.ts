/** A stage for the post-job part: the build room's, with processes that live by the clock. */
import type { RunRecord } from "../../../tasks/AzureImageBuilderV1/src/build/record.ts";
import type { FinishPorts } from "../../../tasks/AzureImageBuilderV1/src/finish/finish-build.ts";
import { ref, type Script, setStage, type Stage } from "../build/stage.ts";

export const record: RunRecord = {
  version: 1,
  state: "running",
  template: ref,
  mark: { run: "build/7", request: "v1:abc" },
  afterwards: "delete",
  cleanup: "always",
  onCancel: "cancel",
  keepsVm: false,
  process: { pid: 4711, start: "1" },
  since: Date.parse("2026-03-01T07:59:00Z"),
};

/** How the main part lives. */
export interface MainPart {
  readonly alive?: "yes" | "perhaps";
  /** Seconds after which it ends by itself; absent: never. */
  readonly endsAt?: number;
  /** Signals that end it two seconds later. */
  readonly heeds?: readonly ("SIGINT" | "SIGKILL")[];
}

export interface FinishStage extends FinishPorts {
  readonly clock: Stage["clock"];
  readonly agent: Stage["agent"];
  readonly templates: Stage["templates"];
  readonly signals: readonly string[];
}

/** Everything together. `jobStatus`: as the agent calls it. */
export function setFinishStage(
  script: Script,
  {
    jobStatus = "Canceled",
    main = {},
    cancelled,
  }: { readonly jobStatus?: string; readonly main?: MainPart; readonly cancelled?: AbortSignal } = {},
): FinishStage {
  const stage = setStage(script, cancelled);
  const signals: string[] = [];
  let endsAt = main.endsAt ?? Infinity;
  return {
    ...stage,
    agent: { ...stage.agent, variable: (name) => (name === "Agent.JobStatus" ? jobStatus : undefined) },
    signals,
    processes: {
      isAlive: () => (main.alive === undefined || stage.clock.seconds() >= endsAt ? "no" : main.alive),
      signal: (_process, signal) => {
        signals.push(signal);
        if (main.heeds?.includes(signal) === true) endsAt = stage.clock.seconds() + 2;
      },
    },
  };
}
