/** What Packer writes to the log around the steps (wire notes, section 7; build logs of 2026). */
import type { BuildLog } from "./build-log.ts";
import { bare, complaint, debug, plain, ui } from "./log-format.ts";

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

/** The build is ended from outside: by cancel or by its time limit. */
export function writeInterrupted(log: BuildLog): void {
  log.write(
    complaint("Cancelling build after receiving terminated"),
    debug("Cancelling builder after context cancellation context canceled"),
    debug("packer-plugin-azure plugin: Cancelling provisioning due to context cancellation: context canceled"),
    debug("packer-plugin-azure plugin: Cancelling hook after context cancellation context canceled"),
    bare("Done exporting Packer logs to Azure Storage."),
  );
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
  const wait = `\n==> Wait completed after ${took}`;
  if (reason === undefined) log.write(plain(`Build 'azure-arm' finished after ${took}.`), plain(wait));
  else {
    log.write(
      complaint(`Build 'azure-arm' errored after ${took}: ${reason}`),
      plain(wait),
      debug('machine readable: error-count []string{"1"}'),
      complaint("\n==> Some builds didn't complete successfully and had errors:"),
      debug(`machine readable: azure-arm,error []string{${JSON.stringify(reason)}}`),
      complaint(`--> azure-arm: ${reason}`),
    );
  }
  log.write(
    plain("\n==> Builds finished but no artifacts were created."),
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
      ui("\n==> azure-arm: Deleting Virtual Machine deployment and its attached resources..."),
      ui("\n==> azure-arm: The resource group was not created by Packer, not deleting ..."),
    );
}
