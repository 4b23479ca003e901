/** Building and customizing: what Packer does in the build machine, and what it writes to the log. */
import type { Guest } from "./guest.ts";
import { objectsOf, stringsOf, textOf, type JsonObject } from "./json.ts";
import { bare, debug, plain, ui } from "./log-format.ts";
import type { BuildLog } from "./build-log.ts";
import type { Run } from "./run.ts";
import {
  inlineScript,
  placeFile,
  runShell,
  simulateStep,
  StepFailure,
  unixLineEnds,
  type StepPlace,
} from "./shell-step.ts";
import { stateOf } from "./state.ts";

/** The first lines of a log: Packer starts and deploys the build machine. */
export function writeBeginning(log: BuildLog, subscription: string, group: string): void {
  const deployments = `https://management.azure.com/subscriptions/${subscription}/resourcegroups/${group}/providers/Microsoft.Resources/deployments`;
  log.write(
    debug("[INFO] Packer version: 1.15.0 [go1.24.12 linux amd64]"),
    plain("azure-arm: output will be in this color."),
    ui("Running builder ..."),
    ui("Validating deployment template ..."),
    ui(` -> ResourceGroupName : '${group}'`),
    ui("Deploying deployment template ..."),
    debug(`Azure request method="GET" request="${deployments}?[REDACTED]" body=""`),
  );
}

/** Reaching the machine. */
export function writeConnecting(log: BuildLog, os: "Linux" | "Windows"): void {
  if (os === "Windows")
    log.write(ui("Waiting for WinRM to become available..."), debug("Waiting for WinRM, up to timeout: 10m0s"));
  else log.write(ui("Waiting for SSH to become available..."), debug("[INFO] Waiting for SSH, up to timeout: 20m0s"));
}

/** The machine is there. */
export function writeConnected(log: BuildLog, os: "Linux" | "Windows"): void {
  log.write(ui(os === "Windows" ? "WinRM connected." : "Connected to SSH!"));
}

/** \`3 minutes 13 seconds\` */
function span(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor((seconds % 3600) / 60), "minute"],
    [seconds % 60, "second"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`)
    .join(" ");
}

/** Capture and clean-up after all went well. */
export function writeCapture(log: BuildLog, snapshotId: string): void {
  log.write(
    ui("Querying the machine's properties ..."),
    ui("Powering off machine ..."),
    ui(` -> Snapshot ID : '${snapshotId}'`),
    ui("Skipping image creation..."),
    ui("Deleting individual resources ..."),
    ui("The resource group was not created by Packer, not deleting ..."),
  );
}

/** The last lines. The words about artifacts are written on success, too. \`reason\`: why the build failed. */
export function writeEnd(log: BuildLog, tookMs: number, reason: string | undefined): void {
  const took = span(tookMs);
  if (reason === undefined)
    log.write(plain(`Build 'azure-arm' finished after ${took}.`), bare(`==> Wait completed after ${took}`));
  else {
    log.write(
      plain(`Build 'azure-arm' errored after ${took}: ${reason}`),
      bare(`==> Wait completed after ${took}`),
      bare("==> Some builds didn't complete successfully and had errors:"),
      debug(`machine readable: azure-arm,error []string{${JSON.stringify(reason)}}`),
      bare(`--> azure-arm: ${reason}`),
    );
  }
  log.write(
    bare("==> Builds finished but no artifacts were created."),
    debug("[INFO] (telemetry) Finalizing."),
    debug("waiting for all plugin processes to complete..."),
    debug("/aib/packerInput/packer: plugin process exited"),
    bare("Done exporting Packer logs to Azure Storage."),
  );
}

/** What follows a customizer that failed. */
export function writeStepError(log: BuildLog, keepsMachine: boolean): void {
  log.write(ui("Provisioning step had errors: Running the cleanup provisioner, if present..."));
  if (keepsMachine) log.write(ui('Step "StepProvision" failed, aborting...'));
  else
    log.write(
      ui("Deleting individual resources ..."),
      ui("The resource group was not created by Packer, not deleting ..."),
    );
}

const WINDOWS_STEPS: Readonly<Record<string, { readonly provisioner: string; readonly title: string }>> = {
  PowerShell: { provisioner: "powershell", title: "Provisioning with Powershell..." },
  WindowsRestart: { provisioner: "windows-restart", title: "Restarting Machine" },
  WindowsUpdate: { provisioner: "windows-update", title: "Running Windows update..." },
};

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
  const place: StepPlace = { ...machine, chance: stateOf(run.world).chance };
  for (const [index, step] of objectsOf(steps.list).entries()) {
    const file = run.template.files.get(`${steps.place}/${index}`);
    await runStep(run, place, { step, content: file?.content });
  }
}

async function runStep(
  run: Run,
  place: StepPlace,
  { step, content }: { readonly step: JsonObject; readonly content: Buffer | undefined },
): Promise<void> {
  const { simulated } = stateOf(run.world).settings.durations;
  const type = textOf(step["type"]);
  if (place.guest.vm === undefined) await run.control.wait(durationOf(type, simulated));
  await run.control.spend(async () => {
    if (type === "File") await placeFile(place, textOf(step["destination"]), content ?? Buffer.alloc(0));
    else if (type === "Shell") await runShellStep(run, place, { step, content });
    else runWindowsStep(run, place, type);
  });
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
  { step, content }: { readonly step: JsonObject; readonly content: Buffer | undefined },
): Promise<void> {
  // WinRM has no shell for the script (inferred: the service's words for it were not found).
  if (run.source.os === "Windows")
    throw new StepFailure("Script exited with non-zero exit status: 16001. Allowed exit codes are: [0]");
  const script =
    content === undefined
      ? inlineScript(stringsOf(step["inline"]))
      : Buffer.from(unixLineEnds(content.toString("latin1")), "latin1");
  await runShell(place, script);
}

function runWindowsStep(run: Run, place: StepPlace, type: string): void {
  const known = WINDOWS_STEPS[type];
  if (known === undefined || run.source.os === "Linux") {
    // Linux has no PowerShell to send the script to (inferred).
    throw new StepFailure("Script exited with non-zero exit status: 127. Allowed exit codes are: [0]");
  }
  simulateStep(place, known);
}
