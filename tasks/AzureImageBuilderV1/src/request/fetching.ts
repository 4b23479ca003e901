/** Finds calls of package managers and of programs that fetch, in the lines of a script. */
import { linuxDownload } from "../kinds/customizer/download-linux.ts";
import { windowsDownload } from "../kinds/customizer/download-windows.ts";

interface Program {
  /** In lower case, without folder and ending. */
  readonly names: string;
  /** One of these words must be among the arguments; absent: any argument but a question such as `--version`. */
  readonly verbs?: string;
}

/** What brings something from elsewhere. Where it is pinned cannot be told: `install nginx=1.26` counts as well. */
const programs: readonly Program[] = [
  {
    names: "apt apt-get aptitude",
    verbs: "update upgrade full-upgrade dist-upgrade safe-upgrade install reinstall build-dep source download",
  },
  {
    names: "yum dnf dnf5 tdnf microdnf",
    verbs:
      "update upgrade install reinstall localinstall groupinstall group module swap distro-sync builddep download makecache",
  },
  { names: "zypper", verbs: "install in update up dist-upgrade dup patch refresh ref" },
  { names: "apk", verbs: "add update upgrade fetch" },
  { names: "snap", verbs: "install refresh download" },
  { names: "pip pip3 pipx uv", verbs: "install download wheel upgrade sync add" },
  { names: "conda mamba", verbs: "install create update" },
  { names: "npm", verbs: "install i ci add update exec" },
  { names: "yarn pnpm", verbs: "install add up upgrade dlx" },
  { names: "npx" },
  { names: "gem cargo", verbs: "install update fetch" },
  { names: "go", verbs: "install get" },
  { names: "dotnet", verbs: "install restore add" },
  { names: "nuget", verbs: "install restore" },
  { names: "choco winget scoop", verbs: "install upgrade update import" },
  { names: "cinst" },
  { names: "git", verbs: "clone pull fetch submodule" },
  { names: "docker podman nerdctl", verbs: "pull run build buildx compose create" },
  { names: "helm", verbs: "pull install upgrade update" },
  { names: "az", verbs: "install download download-batch upgrade" },
  { names: "azcopy", verbs: "copy cp sync" },
  { names: "ansible-galaxy", verbs: "install" },
  { names: "curl wget aria2c" },
  { names: "invoke-webrequest iwr invoke-restmethod irm start-bitstransfer" },
  { names: "install-module update-module save-module install-script install-package install-packageprovider" },
  { names: "install-psresource update-psresource save-psresource install-windowsupdate update-help" },
  { names: "unattended-upgrade unattended-upgrades do-release-upgrade" },
];

const byName = new Map(
  programs.flatMap(({ names, verbs }) =>
    names.split(" ").map((name) => [name, verbs === undefined ? undefined : new Set(verbs.split(" "))] as const),
  ),
);

/** Cmdlets that mean something without an argument, and programs that do. */
const alone = new Set([
  "unattended-upgrade",
  "unattended-upgrades",
  "do-release-upgrade",
  "update-help",
  "update-module",
  "yarn",
]);

/** Words before the program's own name. */
const leading = new Set(
  "sudo env exec nohup time nice ionice command then do else if elif while until ! eval xargs retry & . return try".split(
    " ",
  ),
);

const questions = /^(?:--version|-v|--help|-h|-\?|help|version)$/i;

/** The lines by which the task itself downloads a file whose SHA-256 it checks: they bring nothing new. */
const own: Readonly<Record<"Shell" | "PowerShell", ReadonlySet<string>>> = {
  Shell: new Set(linuxDownload({ url: "", sha256: "", to: "", noun: "file" })),
  PowerShell: new Set(windowsDownload({ url: "", sha256: "", to: "", noun: "file" })),
};

/** Names of the programs that are called, each once, in the order of their first call. */
export function fetchingPrograms(type: "Shell" | "PowerShell", lines: readonly string[]): readonly string[] {
  const kept = lines.flatMap((line) => line.split(/\r?\n/)).filter((line) => !own[type].has(line));
  const continued = type === "Shell" ? /\\\n/g : /`\n/g;
  const found = kept
    .join("\n")
    .replace(continued, " ")
    .split("\n")
    .flatMap((line) => programsOf(bareLine(line)));
  return [...new Set(found)];
}

/**
 * A line without comments and quoted texts: what is quoted is an argument and no call, unless it is handed to another
 * shell (`-c '…'`) or holds a call of its own (`"$(…)"`).
 */
function bareLine(line: string): string {
  const handed = line.replace(
    /(\s-c(?:ommand)?\s+)(?:"([^"]*)"|'([^']*)')/gi,
    (_, option: string, a?: string, b?: string) => {
      return `${option}; ${a ?? b ?? ""} ;`;
    },
  );
  return handed
    .replace(/"(?:\\.|[^"\\])*"|'[^']*'/g, (quoted) => (/^".*(?:\$\(|`)/.test(quoted) ? quoted.slice(1, -1) : "_"))
    .replace(/(^|\s)#.*$/, "$1");
}

function programsOf(line: string): readonly string[] {
  const isDownload = /\.download(?:file|string|data)(?:async|taskasync)?\s*\(/i.test(line);
  const calls = line.split(/&&|\|\||[;|(){}`]|\s&\s/).flatMap((call) => programOf(call.trim()) ?? []);
  return isDownload ? [...calls, "WebClient"] : calls;
}

/** The program of one call, where it fetches. */
function programOf(call: string): string | undefined {
  const words = call.replace(/^\$[\w:.[\]]+\s*\+?=\s*/, "").split(/\s+/);
  const at = words.findIndex((word, index) => !isLeading(word, words[index - 1]));
  const name = nameOf(words[at] ?? "");
  const given = words.slice(at + 1);
  if (words[at - 1] === "command" && given.length === 0) return undefined;
  if (/^(?:python[\d.]*|py)$/.test(name)) {
    const module = given.indexOf("-m");
    return module < 0 ? undefined : programOf(given.slice(module + 1).join(" "));
  }
  if (!byName.has(name)) return undefined;
  const verbs = byName.get(name);
  const fetches =
    verbs === undefined
      ? given.some((word) => word !== "" && !questions.test(word))
      : given.some((word) => verbs.has(word.toLowerCase()));
  return fetches || (alone.has(name) && given.length === 0) ? name : undefined;
}

/** Assignments, `sudo` and its like with their options. */
function isLeading(word: string, before: string | undefined): boolean {
  if (leading.has(word.toLowerCase()) || /^\w+=\S*$/.test(word)) return true;
  return before !== undefined && word.startsWith("-") && !(before === "command" && /^-v$/i.test(word));
}

/** `/usr/bin/apt-get` is apt-get, `choco.exe` choco, `pip3.12` pip3. */
function nameOf(word: string): string {
  const last = word.split(/[\\/]/).at(-1) ?? "";
  return last
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat|ps1)$/, "")
    .replace(/^(pip3?)[\d.]+$/, "$1");
}
