/** Running scripts and placing files in the build machine the way Packer does (facts, section 1.5; wire notes, section 7). */
import { DEPROVISIONING_SCRIPT } from "../../build-vm/index.ts";
import type { BuildLog } from "./build-log.ts";
import { exitCode, type Guest } from "./guest.ts";
import { debug, output, plain, ui } from "./log-format.ts";
import type { Chance } from "./chance.ts";

/** Why a step ended the build: the reason Packer gives. */
export class StepFailure extends Error {}

/** What a step works with. */
export interface StepPlace {
  readonly guest: Guest;
  readonly log: BuildLog;
  readonly chance: Chance;
}

/** The one script Packer makes of inline lines: \`/bin/sh -e\` unless the first line says otherwise. */
export function inlineScript(lines: readonly string[]): Buffer {
  const text = `${lines.join("\n")}\n`;
  return Buffer.from(unixLineEnds(text.startsWith("#!") ? text : `#!/bin/sh -e\n${text}`));
}

/** Packer turns CRLF into LF in shell scripts. */
export function unixLineEnds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function telemetry(log: BuildLog, kind: string, moment: "Starting provisioner" | "ending"): void {
  log.write(debug(`[INFO] (telemetry) ${moment} ${kind}`));
}

/** What the log says when a command has ended. */
function exitLines(log: BuildLog, command: string, code: number): void {
  const plugin = "packer-plugin-azure plugin:";
  if (code === 0) log.write(debug(`${plugin} [INFO] command '${command}' exited with code: 0`));
  else log.write(debug(`${plugin} [ERROR] Remote command exited with '${code}': ${command}`));
  log.write(
    debug(`${plugin} [INFO] RPC endpoint: Communicator ended with: ${code}`),
    debug(`[INFO] RPC client: Communicator ended with: ${code}`),
  );
}

/**
 * Uploads a script to /tmp and runs it as the build user.
 * @throws StepFailure when it ends with another code than 0, MachineGone when the machine is stopped
 */
export async function runShell(place: StepPlace, script: Buffer): Promise<void> {
  const { guest, log, chance } = place;
  telemetry(log, "shell", "Starting provisioner");
  log.write(ui(`Provisioning with shell script: /tmp/packer-shell${chance.between(100_000_000, 4_294_967_295)}`));
  if (guest.vm === undefined) {
    log.write(output(`[emulator] this step was not run: ${guest.simulated}`));
  } else {
    const path = `/tmp/script_${chance.between(1000, 9999)}.sh`;
    const command = `chmod +x ${path}; PACKER_BUILDER_TYPE='azure-arm' PACKER_BUILD_NAME='azure-arm'  ${path}`;
    await upload(place, path, script);
    const onLine = (line: string): void => log.write(output(line));
    const code = exitCode(await guest.vm.run({ command, user: "packer", onLine }));
    exitLines(log, command, code);
    if (code !== 0)
      throw new StepFailure(`Script exited with non-zero exit status: ${code}. Allowed exit codes are: [0]`);
    await guest.vm.run({ command: `rm -f ${path}`, user: "packer", onLine: () => undefined });
  }
  telemetry(log, "shell", "ending");
}

/** Writes a file as the build user: the folder must be there and writable for it. */
async function upload({ guest, log }: StepPlace, path: string, content: Buffer): Promise<void> {
  const said: string[] = [];
  const target = `'${path.replaceAll("'", `'\\''`)}'`;
  const end = await guest.vm?.run({
    command: `cat > ${target}`,
    user: "packer",
    stdin: content,
    onLine: (line) => said.push(line),
  });
  if (end === undefined || exitCode(end) === 0) return;
  const reason = said.join(" ").replace(/^.*?: (?=[^:]+: [^:]+$)/, "");
  log.write(plain(`    azure-arm: ${reason}`));
  throw new StepFailure(`Upload failed: ${reason}`);
}

/** A File customizer. @throws StepFailure when the destination cannot be written */
export async function placeFile(place: StepPlace, destination: string, content: Buffer): Promise<void> {
  const { guest, log } = place;
  telemetry(log, "file", "Starting provisioner");
  log.write(ui(`Uploading /aib/packerInput/${destination.split(/[\\/]/).at(-1) ?? ""} => ${destination}`));
  if (guest.vm === undefined) log.write(output(`[emulator] this file was not placed: ${guest.simulated}`));
  else await upload(place, destination, content);
  telemetry(log, "file", "ending");
}

/** A step that only Windows knows: never run, and the log says so. */
export function simulateStep({ log }: StepPlace, step: { readonly provisioner: string; readonly title: string }): void {
  telemetry(log, step.provisioner, "Starting provisioner");
  log.write(ui(step.title), output("[emulator] this step was not run: there is no Windows here"));
  telemetry(log, step.provisioner, "ending");
}

/** The hidden last customizer. @throws StepFailure when its script is gone or fails */
export async function deprovision(place: StepPlace): Promise<void> {
  const { guest, log, chance } = place;
  telemetry(log, "shell", "Starting provisioner");
  log.write(ui(`Provisioning with shell script: /tmp/packer-shell${chance.between(100_000_000, 4_294_967_295)}`));
  if (guest.vm !== undefined) {
    const onLine = (line: string): void => log.write(output(line));
    const command = `cat ${DEPROVISIONING_SCRIPT} && chmod +x ${DEPROVISIONING_SCRIPT} && sh ${DEPROVISIONING_SCRIPT}`;
    const code = exitCode(await guest.vm.run({ command, user: "root", onLine }));
    exitLines(log, `sudo sh ${DEPROVISIONING_SCRIPT}`, code);
    if (code !== 0)
      throw new StepFailure(`Script exited with non-zero exit status: ${code}. Allowed exit codes are: [0]`);
  }
  telemetry(log, "shell", "ending");
}
