/** What in a shell script only root may do (facts, section 1.5). */
import { argumentsHave as has, type ShellCommand, verbOf } from "./shell-script.ts";

const packageVerb =
  /^(?:install|update|upgrade|dist-upgrade|full-upgrade|remove|purge|autoremove|erase|localinstall|groupinstall|reinstall|clean|autoclean|in|up|patch|refresh|dup)$/;
const unitVerb = /^(?:enable|disable|start|stop|restart|reload|mask|unmask|daemon-reload|set-default)$/;

/** Commands that nobody but root may use; any other is not judged. */
export function needsRoot(command: ShellCommand): boolean {
  if (command.asRoot) return false;
  switch (command.program) {
    case "apt":
    case "apt-get":
    case "aptitude":
    case "yum":
    case "dnf":
    case "microdnf":
    case "tdnf":
    case "zypper":
      return packageVerb.test(verbOf(command)) && !has(command, /^(?:-s|--dry-run|--simulate|--help)$/);
    case "snap":
      return /^(?:install|remove|refresh)$/.test(verbOf(command));
    case "dpkg":
      return has(command, /^(?:-i|--install|-P|--purge|-r|--remove|--configure)$/);
    case "systemctl":
      return unitVerb.test(verbOf(command)) && !has(command, /^--(?:user|root)/);
    case "useradd":
    case "adduser":
    case "userdel":
    case "usermod":
    case "groupadd":
    case "update-grub":
    case "update-ca-certificates":
    case "update-initramfs":
    case "add-apt-repository":
      return !has(command, /^--help$/);
    default:
      return false;
  }
}

const rootsPlaces = /^\/(?:etc|usr|boot|root|lib|sbin|bin)\//;

/** Writes into places of root: by the shell itself, whose `>` no sudo reaches, or by a program. */
export function writesAsUser({ writes, program, args, asRoot, shellIsRoot }: ShellCommand, text: string): boolean {
  const isClosed = (path: string): boolean => rootsPlaces.test(path) && !isOpened(path, text);
  if (!shellIsRoot && writes.some(isClosed)) return true;
  if (asRoot) return false;
  const paths = args.map((arg) => arg.text);
  if (/^(?:cp|mv|ln)$/.test(program)) return isClosed(paths.at(-1) ?? "");
  return /^(?:tee|mkdir|touch)$/.test(program) && paths.some(isClosed);
}

/** Whether the script has made a place writable before. */
function isOpened(path: string, text: string): boolean {
  const folder = path.split("/").slice(0, 3).join("/");
  return text.split("\n").some((line) => /\b(?:chmod|chown|install|setfacl)\b/.test(line) && line.includes(folder));
}

/** The script finds out itself who runs it, or becomes root as a whole. */
export function looksAtUser(text: string): boolean {
  return /\bid\s+-u\b|\bE?UID\b|\bwhoami\b|\bsudo\s+(?:-\w+\s+)*(?:su|-i|-s|bash|sh)\s*(?:$|<|-\s*$|\$0|"\$0")/m.test(
    text,
  );
}
