/** Running scripts and placing files in the build machine the way Packer does (facts, section 1.5; wire notes, section 7). */
import { DEPROVISIONING_SCRIPT } from "../../build-vm/index.ts";
import type { BuildLog } from "./build-log.ts";
import { exitCode, type Guest } from "./guest.ts";
import { debug, output, plain, progress, scriptLine, ui } from "./log-format.ts";
import type { Chance } from "./chance.ts";
import type { BuilderSettings } from "./settings.ts";
import { writeSimulated, type Outcome } from "./simulated-step.ts";

/** Why a step ended the build: the reason Packer gives. */
export class StepFailure extends Error {}

/** What a step works with. */
export interface StepPlace {
  readonly guest: Guest;
  readonly log: BuildLog;
  readonly chance: Chance;
  readonly carriageReturns: BuilderSettings["carriageReturns"];
  /** Lets the time of a step pass that is not run. */
  readonly pass: () => Promise<void>;
}

/** Hands what a script prints to the log, as Packer does. */
function printer({ log, carriageReturns }: StepPlace): (line: Buffer) => void {
  return (line) => log.write(output(scriptLine(line, carriageReturns)));
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

/** The marks Packer sets before and after each provisioner. */
export function telemetry(log: BuildLog, kind: string, moment: "Starting provisioner" | "ending"): void {
  log.write(debug(`[INFO] (telemetry) ${moment} ${kind}`));
}

/** What the log says when a command has ended. */
export function exitLines(log: BuildLog, command: string, code: number): void {
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
export async function runShell(place: StepPlace, script: Buffer, outcome: Outcome | undefined): Promise<void> {
  const { guest, log, chance } = place;
  telemetry(log, "shell", "Starting provisioner");
  log.write(ui(`Provisioning with shell script: /tmp/packer-shell${chance.between(100_000_000, 4_294_967_295)}`));
  const path = `/tmp/script_${chance.between(1000, 9999)}.sh`;
  if (guest.vm === undefined) {
    const code = await writeSimulated(place, outcome, { whyNot: `this step was not run: ${guest.simulated}` });
    if (code !== 0) {
      exitLines(log, `chmod +x ${path}; ${path}`, code);
      throw badExit(code, [0], outcome);
    }
  } else {
    const command = `chmod +x ${path}; PACKER_BUILDER_TYPE='azure-arm' PACKER_BUILD_NAME='azure-arm'  ${path}`;
    await upload(place, path, script);
    const code = exitCode(await guest.vm.run({ command, user: "packer", onLine: printer(place) }));
    exitLines(log, command, code);
    if (code !== 0) throw badExit(code, [0], undefined);
    await guest.vm.run({ command: `rm -f ${path}`, user: "packer", onLine: () => undefined });
  }
  telemetry(log, "shell", "ending");
}

/** Packer's words for an exit code that is not allowed, or those of the simulated outcome. */
export function badExit(code: number, allowed: readonly number[], outcome: Outcome | undefined): StepFailure {
  const usual = `Script exited with non-zero exit status: ${code}. Allowed exit codes are: [${allowed.join(" ")}]`;
  return new StepFailure(outcome?.reason ?? usual);
}

/** Writes a file as the build user: the folder must be there and writable for it. */
async function upload({ guest, log }: StepPlace, path: string, content: Buffer): Promise<void> {
  const said: string[] = [];
  const target = `'${path.replaceAll("'", `'\\''`)}'`;
  const end = await guest.vm?.run({
    command: `cat > ${target}`,
    user: "packer",
    stdin: content,
    onLine: (line) => said.push(line.toString()),
  });
  if (end === undefined || exitCode(end) === 0) return;
  const reason = said.join(" ").replace(/^.*?: (?=[^:]+: [^:]+$)/, "");
  log.write(plain(`    azure-arm: ${reason}`));
  throw new StepFailure(`Upload failed: ${reason}`);
}

/** A File customizer. @throws StepFailure when the destination cannot be written */
export async function placeFile(place: StepPlace, destination: string, content: Buffer): Promise<void> {
  const { guest, log, pass } = place;
  const name = destination.split(/[\\/]/).at(-1) ?? "";
  telemetry(log, "file", "Starting provisioner");
  log.write(ui(`Uploading /aib/packerInput/${name} => ${destination}`));
  // Packer's progress bar begins each of its lines with a carriage return (TS, File download time is long; newer form inferred).
  const total = content.length;
  for (const part of [0.5, 1])
    log.write(progress(`\r${name} ${Math.round(total * part)} B / ${total} B  ${(part * 100).toFixed(2)}%`));
  if (guest.vm === undefined) {
    log.write(output(`[emulator] this file was not placed: ${guest.simulated}`));
    await pass();
  } else await upload(place, destination, content);
  telemetry(log, "file", "ending");
}

/** The hidden last customizer. @throws StepFailure when its script is gone or fails */
export async function deprovision(place: StepPlace): Promise<void> {
  const { guest, log, chance } = place;
  telemetry(log, "shell", "Starting provisioner");
  log.write(ui(`Provisioning with shell script: /tmp/packer-shell${chance.between(100_000_000, 4_294_967_295)}`));
  if (guest.vm !== undefined) {
    const onLine = printer(place);
    const command = `cat ${DEPROVISIONING_SCRIPT} && chmod +x ${DEPROVISIONING_SCRIPT} && sh ${DEPROVISIONING_SCRIPT}`;
    const code = exitCode(await guest.vm.run({ command, user: "root", onLine }));
    exitLines(log, `sudo sh ${DEPROVISIONING_SCRIPT}`, code);
    if (code !== 0) throw badExit(code, [0], undefined);
  }
  telemetry(log, "shell", "ending");
}
