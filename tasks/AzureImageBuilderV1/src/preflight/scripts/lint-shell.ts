/** What is wrong with the shell script of a step (facts, sections 1.5 and 10, P15). */
import { looksAtUser, needsRoot, writesAsUser } from "./lint-shell-root.ts";
import { argumentsHave as has, type ShellCommand, readShellScript, verbOf } from "./shell-script.ts";

/** What the lines of a script do that they should not. */
export type ShellFault =
  "restarts" | "closesWay" | "needsRoot" | "asks" | "needsBash" | "removesEnd" | "generalizes" | "hasMark";

export interface ShellFinding {
  readonly fault: ShellFault;
  /** The lines, as written. */
  readonly lines: readonly string[];
}

/** Everything that is wrong with a script, each fault once. `shIsBash`: whether the image's `sh` knows what bash knows. */
export function lintShell(text: string, { shIsBash }: { readonly shIsBash: boolean }): readonly ShellFinding[] {
  const commands = readShellScript(text);
  const asRoot = looksAtUser(text);
  const letsIn = commands.some(letsSshIn);
  const answered = /APT::Get::Assume-Yes|apt\.conf|assumeyes=/.test(text);
  const rules: Readonly<Record<Exclude<ShellFault, "hasMark">, (command: ShellCommand) => boolean>> = {
    restarts,
    closesWay: (command) => closesWay(command, letsIn),
    needsRoot: (command) => !asRoot && (needsRoot(command) || writesAsUser(command, text)),
    asks: (command) => !answered && asks(command),
    needsBash: (command) => !shIsBash && command.inSh && needsBash(command),
    removesEnd,
    generalizes,
  };
  const found = (Object.keys(rules) as (keyof typeof rules)[]).flatMap((fault): readonly ShellFinding[] => {
    const lines = commands.filter(rules[fault]).map(({ line }) => line);
    return lines.length === 0 ? [] : [{ fault, lines: [...new Set(lines)] }];
  });
  return text.startsWith("\uFEFF#!")
    ? [{ fault: "hasMark", lines: [text.slice(1).split("\n")[0] ?? ""] }, ...found]
    : found;
}

function restarts(command: ShellCommand): boolean {
  switch (command.program) {
    case "reboot":
    case "poweroff":
    case "halt":
      return !has(command, /^--help|^--version/);
    case "shutdown":
      return command.args.length > 0 && !has(command, /^-[ck]|^--(?:help|show)/);
    case "init":
    case "telinit":
      return has(command, /^[06]$/);
    case "systemctl":
      return /^(?:reboot|poweroff|halt|kexec|soft-reboot)$/.test(verbOf(command));
    default:
      return false;
  }
}

const sshUnit = /^sshd?(?:\.service)?$/;

function closesWay(command: ShellCommand, letsIn: boolean): boolean {
  switch (command.program) {
    case "systemctl":
      return (
        (/^stop$|^mask$/.test(verbOf(command)) || (verbOf(command) === "disable" && has(command, /^--now$/))) &&
        has(command, sshUnit)
      );
    case "service":
      return has(command, sshUnit) && has(command, /^stop$/);
    case "ufw":
      return verbOf(command) === "enable" && !letsIn;
    case "iptables":
      return has(command, /^(?:-P|--policy)$/) && has(command, /^INPUT$/) && has(command, /^DROP$/) && !letsIn;
    default:
      return false;
  }
}

function letsSshIn(command: ShellCommand): boolean {
  const isRule = command.program === "ufw" || command.program === "iptables";
  return isRule && has(command, /^(?:22(?:\/tcp)?|ssh|OpenSSH)$/i) && has(command, /^(?:allow|limit|ACCEPT)$/);
}

const yes = /^(?:-[a-xzA-Z]*y[a-zA-Z]*|--yes|--assume-?yes|--assumeyes|-qq|--force-yes|--non-interactive|-n)$/;

function asks(command: ShellCommand): boolean {
  if (command.isFed) return false;
  const verb = verbOf(command);
  const isDry = has(command, /^(?:-s|--dry-run|--simulate|-d|--download-only|--downloadonly|--help)$/);
  switch (command.program) {
    case "apt":
    case "apt-get":
      return (
        /^(?:install|upgrade|dist-upgrade|full-upgrade|remove|purge|autoremove)$/.test(verb) &&
        !isDry &&
        !has(command, yes)
      );
    case "yum":
    case "dnf":
    case "tdnf":
    case "microdnf":
      return (
        /^(?:install|update|upgrade|remove|erase|autoremove|groupinstall)$/.test(verb) && !isDry && !has(command, yes)
      );
    case "zypper":
      return /^(?:install|in|update|up|patch|remove|rm|dup|dist-upgrade)$/.test(verb) && !isDry && !has(command, yes);
    default:
      return false;
  }
}

const bashPrograms = new Set([
  "[[",
  "source",
  "function",
  "pushd",
  "popd",
  "shopt",
  "declare",
  "typeset",
  "mapfile",
  "readarray",
]);
const bashExpansion = /\$\{!?[A-Za-z_]\w*(?:\^|,|\/|:\s*\d|\[)/;

/** What dash, the `sh` of Ubuntu and Debian, refuses. */
function needsBash(command: ShellCommand): boolean {
  const { program, args, odd } = command;
  if (odd.length > 0 || bashPrograms.has(program)) return true;
  if (args.some(({ open }) => bashExpansion.test(open))) return true;
  switch (program) {
    case "set":
      return has(command, /^pipefail$/);
    case "[":
    case "test":
      return args.some(({ text, quoted }) => text === "==" && !quoted);
    case "trap":
      return has(command, /^ERR$/);
    default:
      return false;
  }
}

/** The script that the service runs last lies in /tmp (facts, section 1.5). */
function removesEnd(command: ShellCommand): boolean {
  return command.program === "rm" && has(command, /^\/tmp\/?(?:\*|DeprovisioningScript\.sh)?$/);
}

function generalizes(command: ShellCommand): boolean {
  return command.program === "waagent" && has(command, /^-{0,2}deprovision/);
}
