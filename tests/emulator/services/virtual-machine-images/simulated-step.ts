/** Outcomes of steps that are not run: taken from the settings, told in the log as a run would be. */
import type { BuildLog } from "./build-log.ts";
import { stringsOf, textOf, type JsonObject } from "./json.ts";
import { output } from "./log-format.ts";
import type { SimulatedStep } from "./settings.ts";

/** What a simulated step does; undefined: nothing, and all is well. */
export type Outcome = SimulatedStep;

/** The first outcome that fits the step, by its name and by words of its script. */
export function outcomeOf(
  outcomes: readonly SimulatedStep[],
  step: JsonObject,
  content: Buffer | undefined,
): Outcome | undefined {
  const name = textOf(step["name"]);
  const script = content?.toString() ?? stringsOf(step["inline"]).join("\n");
  return outcomes.find(
    (one) => (one.name === undefined || one.name === name) && (one.script === undefined || script.includes(one.script)),
  );
}

/**
 * Writes what the step prints, or that it was not run, and gives its exit code. `merged`: both of its outputs reach Packer
 * as one, as from a terminal or an elevated task.
 */
export function writeSimulated(log: BuildLog, outcome: Outcome | undefined, whyNot: string, merged = true): number {
  if (outcome === undefined) {
    log.write(output(`[emulator] ${whyNot}`));
    return 0;
  }
  for (const line of outcome.output ?? []) {
    if (typeof line === "string") log.write(output(line));
    else log.write(output(line.error, !merged));
  }
  return outcome.exitCode;
}
