/** Outcomes of steps that are not run: taken from the settings, told in the log as a run would be. */
import type { BuildLog } from "./build-log.ts";
import { stringsOf, textOf, type JsonObject } from "./json.ts";
import { output } from "./log-format.ts";
import type { SimulatedStep } from "./settings.ts";

/** What a simulated step does; undefined: nothing, and all is well. */
export type Outcome = SimulatedStep;

/** Where a simulated step writes, and the time it takes once it has written. */
export interface SimulatedPlace {
  readonly log: BuildLog;
  readonly pass: () => Promise<void>;
}

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
 * Writes what the step prints, or that it was not run, lets its time pass, and gives its exit code. `merged`: both of its outputs reach Packer
 * as one, as from a terminal or an elevated task.
 */
export async function writeSimulated(
  { log, pass }: SimulatedPlace,
  outcome: Outcome | undefined,
  { whyNot, merged = true }: { readonly whyNot: string; readonly merged?: boolean },
): Promise<number> {
  if (outcome === undefined) log.write(output(`[emulator] ${whyNot}`));
  for (const line of outcome?.output ?? []) {
    if (typeof line === "string" || Buffer.isBuffer(line)) log.write(output(line));
    else log.write(output(line.error, !merged));
  }
  await pass();
  return outcome?.exitCode ?? 0;
}
