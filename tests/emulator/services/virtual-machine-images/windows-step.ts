/** Steps that only Windows knows. They are never run: what they do is said by the settings, and the log tells it as Packer does. */
import type { BuildLog } from "./build-log.ts";
import type { JsonObject } from "./json.ts";
import { debug, ui } from "./log-format.ts";
import { badExit, StepFailure, telemetry, type StepPlace } from "./shell-step.ts";
import { writeSimulated, type Outcome } from "./simulated-step.ts";

const NOT_RUN = "this step was not run: there is no Windows here";
const GUID_LETTERS = "0123456789abcdef";

type WindowsType = "PowerShell" | "WindowsRestart" | "WindowsUpdate";

interface Provisioner {
  /** Packer's name for it. */
  readonly name: string;
  /** Its words when it begins. */
  readonly title: string;
  /** Why it gives up, where that is no exit code of a script. */
  readonly reason: string | undefined;
}

const PROVISIONERS: Readonly<Record<WindowsType, Provisioner>> = {
  PowerShell: { name: "powershell", title: "Provisioning with Powershell...", reason: undefined },
  WindowsRestart: {
    name: "windows-restart",
    title: "Restarting Machine",
    reason: "Timeout waiting for machine to restart.",
  },
  WindowsUpdate: { name: "windows-update", title: "Running Windows update...", reason: undefined },
};

/** Is this a step that only Windows knows? */
export function isWindowsType(type: string): type is WindowsType {
  return type in PROVISIONERS;
}

/** Carries a step out by its outcome. @throws StepFailure where its exit code is not allowed */
export async function runWindowsStep(
  place: StepPlace,
  what: { readonly type: WindowsType; readonly step: JsonObject; readonly outcome: Outcome | undefined },
): Promise<void> {
  const { log } = place;
  const { type, step, outcome } = what;
  const { name, title, reason } = PROVISIONERS[type];
  telemetry(log, name, "Starting provisioner");
  log.write(ui(title));
  if (type === "PowerShell") await runPowerShell(place, step, outcome);
  else {
    const code = await writeSimulated(place, outcome, { whyNot: NOT_RUN });
    if (code !== 0) throw new StepFailure(outcome?.reason ?? reason ?? badExit(code, [0], undefined).message);
  }
  telemetry(log, name, "ending");
}

/** A PowerShell step (forms of its lines: build logs of 2026). */
async function runPowerShell(place: StepPlace, step: JsonObject, outcome: Outcome | undefined): Promise<void> {
  const { log, chance } = place;
  const script = `c:/Windows/Temp/script-${guid(chance.word(32, GUID_LETTERS))}.ps1`;
  const isElevated = step["runElevated"] === true;
  const wrapper = `C:/Windows/Temp/packer-elevated-shell-${guid(chance.word(32, GUID_LETTERS))}.ps1`;
  const command = `powershell -executionpolicy bypass -file "${isElevated ? wrapper : script}"`;
  log.write(
    ui(`Provisioning with powershell script: /tmp/powershell-provisioner${chance.between(100_000_000, 4_294_967_295)}`),
    debug(`packer-plugin-azure plugin: Uploading file to '${script}'`),
    debug(`packer-plugin-azure plugin: [INFO] starting remote command: ${command}`),
  );
  const code = await writeSimulated(place, outcome, { whyNot: NOT_RUN, merged: isElevated });
  writeEnded(log, command, code);
  log.write(debug(`packer-provisioner-powershell plugin: ${script} returned with exit code ${code}`));
  const allowed = allowedCodes(step);
  if (!allowed.includes(code)) throw badExit(code, allowed, outcome);
}

function allowedCodes(step: JsonObject): readonly number[] {
  const given = step["validExitCodes"];
  return Array.isArray(given) && given.length > 0 ? given.map(Number) : [0];
}

/** WinRM tells every end as information, whatever the code. */
function writeEnded(log: BuildLog, command: string, code: number): void {
  log.write(
    debug(`packer-plugin-azure plugin: [INFO] command '${command}' exited with code: ${code}`),
    debug(`packer-plugin-azure plugin: [INFO] RPC endpoint: Communicator ended with: ${code}`),
    debug(`[INFO] RPC client: Communicator ended with: ${code}`),
    debug(`packer-provisioner-powershell plugin: [INFO] RPC client: Communicator ended with: ${code}`),
  );
}

function guid(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
