/** The step in which a build's log ends with an error (wire notes, section 7: markers). */
import type { PassageLine } from "./passage.ts";
import type { FailedStep } from "./types.ts";

/** The failed step, and where it begins among the lines. */
export interface FoundStep {
  readonly step: FailedStep;
  /** The index of its first line. */
  readonly start: number;
}

const telemetryStart = /^\[INFO\] \(telemetry\) Starting provisioner ([\w-]{1,40})/;

/** Packer's words at the start of a step, for logs without its telemetry lines. */
const uiStarts: readonly (readonly [RegExp, string])[] = [
  [/^Provisioning with shell script: /, "shell"],
  [/^Provisioning with powershell script: /i, "powershell"],
  [/^Uploading the Windows update elevated script/, "windows-update"],
  [/^Restarting Machine/, "windows-restart"],
  [/^Uploading [^\n]{1,300} => /, "file"],
];

/** What Packer says when no step runs any more. */
const over = new RegExp(
  "^(?:Provisioning step had errors|Cancelling (?:build|builder|hook|provision)|Build '[^'\\n]{1,80}' (?:errored|finished)|" +
    "Some builds didn't complete|Wait completed after|Deleting (?:individual resources|Virtual Machine deployment)|" +
    "The resource group was (?:not )?created by Packer|Cleanup requested|Builds finished but no artifacts)",
);
const failed =
  /^Provisioning step had errors|^Build '[^'\n]{1,80}' errored|^Some builds didn't complete|^Cancelling build after/;
/** After the last step: the image is taken. */
const afterwards =
  /^(?:Querying the machine's properties|Powering off machine|Capturing image)|^Build '[^'\n]{1,80}' finished/;
const exit =
  /(?:non-zero exit status: |returned with exit code |exited with code: |Remote command exited with '|Communicator ended with: )(\d{1,10})/;

/** Finds the failed step. Undefined where the log tells of none: it ended well, or before the first step. */
export function findFailedStep(lines: readonly PassageLine[]): FoundStep | undefined {
  const starts = findStarts(lines);
  const last = starts.at(-1);
  const start = last?.index ?? 0;
  const own = lines.slice(start);
  if (own.some(({ text }) => afterwards.test(text))) return undefined;
  const codes = own.flatMap((line) => readExitCode(line) ?? []);
  const exitCode = codes.filter((code) => code !== 0).at(-1);
  const hasFailed = own.some(({ text }) => failed.test(text)) || (codes.at(-1) ?? 0) !== 0;
  if (!hasFailed) return undefined;
  const provisioner = last?.provisioner ?? guessProvisioner(own, exitCode);
  if (provisioner === undefined) return undefined;
  return {
    start,
    step: {
      number: Math.max(1, starts.length),
      provisioner,
      ...(exitCode === undefined ? {} : { exitCode }),
      lines: quoteStep(last === undefined ? own : own.slice(1)),
    },
  };
}

interface Start {
  readonly index: number;
  readonly provisioner: string;
}

function findStarts(lines: readonly PassageLine[]): readonly Start[] {
  const told = lines.flatMap(({ text }, index) => {
    const provisioner = telemetryStart.exec(text)?.[1];
    return provisioner === undefined ? [] : [{ index, provisioner }];
  });
  if (told.length > 0) return told;
  return lines.flatMap(({ text, debug }, index) => {
    const provisioner = debug ? undefined : uiStarts.find(([pattern]) => pattern.test(text))?.[1];
    return provisioner === undefined ? [] : [{ index, provisioner }];
  });
}

/** What a script prints about other exit codes is not its own. */
function readExitCode({ text, output }: PassageLine): number | undefined {
  const code = output ? undefined : exit.exec(text)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** For an excerpt that begins within a step. Undefined: nothing tells that a step ran. */
function guessProvisioner(lines: readonly PassageLine[], exitCode: number | undefined): string | undefined {
  const plugin = lines.findLast((line) => line.plugin?.startsWith("packer-provisioner-") === true)?.plugin;
  if (plugin !== undefined) return plugin.slice("packer-provisioner-".length);
  const all = lines.map(({ text }) => text).join("\n");
  if (/\.ps1\b|\bpowershell(?:\.exe)? -/i.test(all)) return "powershell";
  if (/\/tmp\/script_\d{1,9}\.sh/.test(all)) return "shell";
  return exitCode !== undefined || lines.some(({ output }) => output) ? "unknown" : undefined;
}

/** The last lines that are not Packer's debug log, up to the end of the step. */
function quoteStep(lines: readonly PassageLine[]): readonly string[] {
  const said = lines.filter(({ debug, text }) => !debug && text.trim() !== "");
  // A line about the end may stand before the last of the step's own, where streams were mixed.
  const lastOutput = said.findLastIndex(({ output }) => output);
  const end = said.findIndex(({ text }, index) => index > lastOutput && over.test(text));
  return (end < 0 ? said : said.slice(0, end)).slice(-20).map(({ text }) => text.slice(0, 2000));
}
