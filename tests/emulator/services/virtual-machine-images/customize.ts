/** Building and customizing: the steps of a template, carried out one after the other. */
import type { Guest } from "./guest.ts";
import { objectsOf, stringsOf, textOf, type JsonObject } from "./json.ts";
import type { BuildLog } from "./build-log.ts";
import type { Run } from "./run.ts";
import { badExit, inlineScript, placeFile, runShell, unixLineEnds, type StepPlace } from "./shell-step.ts";
import { outcomeOf, type Outcome } from "./simulated-step.ts";
import { stateOf } from "./state.ts";
import { isWindowsType, runWindowsStep } from "./windows-step.ts";

/** Customizers or validators of a template with where they stand. */
export interface Steps {
  readonly list: unknown;
  /** Place of their files in Template.files. */
  readonly place: "customize" | "validate";
}

/** Runs the steps in order; the first failure ends it. @throws StepFailure, MachineGone, RunEnded */
export async function runSteps(
  run: Run,
  machine: { readonly guest: Guest; readonly log: BuildLog },
  steps: Steps,
): Promise<void> {
  const { chance, settings } = stateOf(run.world);
  const place = { ...machine, chance, carriageReturns: settings.carriageReturns };
  for (const [index, step] of objectsOf(steps.list).entries()) {
    const file = run.template.files.get(`${steps.place}/${index}`);
    await runStep(run, place, { step, content: file?.content });
  }
}

async function runStep(
  run: Run,
  machine: Omit<StepPlace, "pass">,
  what: { readonly step: JsonObject; readonly content: Buffer | undefined },
): Promise<void> {
  const { durations, simulatedSteps } = stateOf(run.world).settings;
  const { step, content } = what;
  const type = textOf(step["type"]);
  const isSimulated = machine.guest.vm === undefined;
  const outcome = isSimulated ? outcomeOf(simulatedSteps, step, content) : undefined;
  const pass = (): Promise<void> => run.control.wait(outcome?.durationMs ?? durationOf(type, durations.simulated));
  const place: StepPlace = { ...machine, pass };
  const work = async (): Promise<void> => {
    if (type === "File") await placeFile(place, textOf(step["destination"]), content ?? Buffer.alloc(0));
    else if (type === "Shell") await runShellStep(run, place, { ...what, outcome });
    // Linux has no PowerShell to send the script to (inferred).
    else if (!isWindowsType(type) || run.source.os === "Linux") throw badExit(127, [0], undefined);
    else await runWindowsStep(place, { type, step, outcome });
  };
  // What is not run takes the time it is told to take, and no other.
  await (isSimulated ? work() : run.control.spend(work));
}

function durationOf(
  type: string,
  simulated: { readonly step: number; readonly WindowsRestart: number; readonly WindowsUpdate: number },
): number {
  if (type === "WindowsRestart" || type === "WindowsUpdate") return simulated[type];
  return simulated.step;
}

async function runShellStep(
  run: Run,
  place: StepPlace,
  what: { readonly step: JsonObject; readonly content: Buffer | undefined; readonly outcome: Outcome | undefined },
): Promise<void> {
  const { step, content, outcome } = what;
  // WinRM has no shell for the script (inferred: the service's words for it were not found).
  if (run.source.os === "Windows") throw badExit(16001, [0], undefined);
  const script =
    content === undefined
      ? inlineScript(stringsOf(step["inline"]))
      : Buffer.from(unixLineEnds(content.toString("latin1")), "latin1");
  await runShell(place, script, outcome);
}
