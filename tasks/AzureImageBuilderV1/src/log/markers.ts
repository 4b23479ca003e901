/** What lines of the log say about its steps (wire notes, section 7; whole logs of 2026 for those without telemetry). */
import type { LogLine } from "./types.ts";

/** Packer's words for what the service makes of a customizer. */
export type Provisioner = "shell" | "powershell" | "windows-restart" | "windows-update" | "file";

export type Marker =
  /** Packer's debug log names what starts. */
  | { readonly kind: "start"; readonly provisioner: Provisioner }
  /**
   * What a provisioner says first. `repeats`: it may say so again within a step; `services`: this line already tells
   * whether the step is the service's own.
   */
  | {
      readonly kind: "said";
      readonly provisioner: Provisioner;
      readonly repeats: boolean;
      readonly services?: boolean;
    }
  /** What is uploaded or run: tells the service's own steps. */
  | { readonly kind: "subject"; readonly services: boolean }
  | { readonly kind: "command"; readonly runs: boolean }
  /** A command's exit code; `final`: that of the step's script, in any case. */
  | { readonly kind: "exit"; readonly code: number; readonly final: boolean }
  | { readonly kind: "ended"; readonly provisioner: Provisioner }
  /** Packer has gone on to what comes after all steps. `certain`: no script's words look like that. */
  | { readonly kind: "after" | "failed"; readonly certain: boolean }
  | { readonly kind: "cancelled" };

type Rule = readonly [pattern: RegExp, read: (found: RegExpExecArray) => Marker | undefined];

/** The service uploads and runs a script of this name as hidden customizers. */
const SERVICES = /DeprovisioningScript/i;

const provisioners: Readonly<Record<Provisioner, true>> = {
  file: true,
  powershell: true,
  shell: true,
  "windows-restart": true,
  "windows-update": true,
};

const isProvisioner = (word: string): word is Provisioner => Object.hasOwn(provisioners, word);

function named(kind: "start" | "ended"): Rule[1] {
  return ([, word = ""]) => (isProvisioner(word) ? { kind, provisioner: word } : undefined);
}

const debugRules: readonly Rule[] = [
  [/^\[INFO\] \(telemetry\) Starting provisioner ([\w-]+)/, named("start")],
  [/^\[INFO\] \(telemetry\) ending ([\w-]+)/, named("ended")],
  [/^Found command: (.*)/, ([, command = ""]) => ({ kind: "subject", services: SERVICES.test(command) })],
  [/^(?:\[(?:INFO|DEBUG)\] )?starting remote command: /i, () => ({ kind: "command", runs: true })],
  [/^Uploading file to /, () => ({ kind: "command", runs: false })],
  [/ returned with exit code (\d+)$/, ([, code]) => ({ kind: "exit", code: Number(code), final: true })],
  [/^\[ERROR\] Remote command exited without exit/, () => ({ kind: "command", runs: false })],
  [
    /^(?:Received interrupt signal|Cancelling (?:builder|provisioning|provisioner|hook) )/,
    () => ({ kind: "cancelled" }),
  ],
  [
    /^\[(?:INFO|ERROR)\] (?:Remote command exited with '(\d+)'|command .* exited with code: (\d+)|.*Communicator ended with: (\d+))/,
    ([, remote, command, communicator]) => ({
      kind: "exit",
      code: Number(remote ?? command ?? communicator),
      final: false,
    }),
  ],
];

const said = (provisioner: Provisioner, more: { repeats?: boolean; services?: boolean } = {}): Marker => ({
  kind: "said",
  provisioner,
  repeats: false,
  ...more,
});

const uiRules: readonly Rule[] = [
  [/^Provisioning with Powershell\.\.\./, () => said("powershell")],
  [/^Provisioning with powershell script: /, () => said("powershell", { repeats: true, services: false })],
  [/^Provisioning with shell script: (.*)/, ([, path = ""]) => said("shell", { services: SERVICES.test(path) })],
  [/^Uploading (.* => .*)/, ([, paths = ""]) => said("file", { services: SERVICES.test(paths) })],
  [/^Restarting Machine/, () => said("windows-restart", { services: false })],
  // The plugin's published source; not recorded in a log of the service.
  [
    /^(?:Uploading the Windows update elevated script|Running Windows update)\.\.\./,
    () => said("windows-update", { repeats: true, services: false }),
  ],
  [
    /^(?:Querying the machine's properties|Powering off machine|Capturing image|Skipping image creation)/,
    () => ({ kind: "after", certain: false }),
  ],
  [/^Build '[^']*' errored/, () => ({ kind: "failed", certain: true })],
  [
    /^(?:Provisioning step had errors|Step "StepProvision" failed|Deleting (?:individual resources|Virtual Machine|resource group)|The resource group was )/,
    () => ({ kind: "failed", certain: false }),
  ],
];

/** What a line says about the steps; undefined for most lines. Script output says nothing, whatever it looks like. */
export function readMarker({ kind, text }: LogLine): Marker | undefined {
  const rules = kind === "debug" ? debugRules : kind === "ui" ? uiRules : [];
  for (const [pattern, read] of rules) {
    const found = pattern.exec(text);
    if (found !== null) return read(found);
  }
  return undefined;
}
