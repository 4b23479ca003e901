/** Programs that read archives and are not ours, each with the way it unpacks. */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { longPath } from "./hard-tree.ts";
import type { FormatName, Restored } from "./packing.ts";

export interface Judge extends Restored {
  readonly title: string;
  readonly format: FormatName;
  /** Commands it needs. */
  readonly needs: readonly string[];
  /** What of the hard tree it does not take from any archive. */
  readonly refuses: readonly string[];
  /** Unpacks into an empty folder. Throws where it complains. */
  unpack(archive: string, target: string): unknown;
  /** Reads all contents against their CRCs, and gives the number of entries. */
  count?(archive: string): number;
}

const python =
  (code: string) =>
  (...args: readonly string[]): string =>
    run("python3", ["-c", `import sys, tarfile, zipfile\n${code}`, ...args]);

/** Runs C# on mono, whose class library is that of .NET Framework. Compiled beside the archive. */
const dotNet =
  (code: string) =>
  (archive: string, ...args: readonly string[]): string => {
    const source = `${archive}.cs`;
    const using = "using System; using System.IO; using System.IO.Compression;";
    writeFileSync(source, `${using} class Program { static void Main(string[] a) { ${code} } }`);
    const references = ["System.IO.Compression", "System.IO.Compression.FileSystem"].map((name) => `-r:${name}`);
    run("mcs", ["-nologo", ...references, `-out:${archive}.exe`, source]);
    return run("mono", [`${archive}.exe`, archive, ...args]);
  };

const lines = (output: string): number => output.trimEnd().split("\n").length;

const all = { modes: true, links: true, refuses: [] };
const contents = { modes: false, links: false, refuses: [] };

export const judges: readonly Judge[] = [
  {
    ...all,
    title: "GNU tar",
    format: "tar.gz",
    needs: ["tar"],
    unpack: (archive, target) => run("tar", ["-xpzf", archive, "-C", target]),
  },
  {
    ...all,
    title: "bsdtar",
    format: "tar.gz",
    needs: ["bsdtar"],
    unpack: (archive, target) => run("bsdtar", ["-xpzf", archive, "-C", target]),
  },
  {
    ...all,
    title: "busybox tar",
    format: "tar.gz",
    needs: ["busybox"],
    // It passes over extended headers, and cuts what they hold.
    refuses: [longPath.split("/", 1)[0] ?? ""],
    unpack: (archive, target) => run("busybox", ["tar", "-xpzf", archive, "-C", target]),
  },
  {
    ...all,
    title: "Python's tarfile",
    format: "tar.gz",
    needs: ["python3"],
    unpack: python("tarfile.open(sys.argv[1]).extractall(sys.argv[2])"),
  },
  {
    ...all,
    title: "Info-ZIP's unzip",
    format: "zip",
    needs: ["unzip"],
    // Without -^ it drops control characters from names.
    unpack: (archive, target) => run("unzip", ["-q", "-^", archive, "-d", target]),
    count: (archive) => {
      run("unzip", ["-tq", archive]);
      return lines(run("unzip", ["-Z1", archive]));
    },
  },
  {
    ...all,
    title: "7-Zip",
    format: "zip",
    needs: ["7z"],
    // Links that go up, also inside the tree.
    refuses: ["private/link to a folder"],
    unpack: (archive, target) => run("7z", ["x", "-bso0", `-o${target}`, archive]),
    count: (archive) => {
      const [, folders, files] = /Folders: (\d+)\s+Files: (\d+)/.exec(run("7z", ["t", archive])) ?? [];
      return Number(folders) + Number(files);
    },
  },
  {
    ...all,
    title: "bsdtar",
    format: "zip",
    needs: ["bsdtar"],
    unpack: (archive, target) => run("bsdtar", ["-xpf", archive, "-C", target]),
    count: (archive) => lines(run("bsdtar", ["-tf", archive])),
  },
  {
    ...contents,
    title: "Python's zipfile",
    format: "zip",
    needs: ["python3"],
    unpack: python("zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])"),
    count: (archive) =>
      Number(python("z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))")(archive)),
  },
  {
    ...contents,
    title: ".NET's ZipFile",
    format: "zip",
    needs: ["mono", "mcs"],
    unpack: dotNet("ZipFile.ExtractToDirectory(a[0], a[1]);"),
    count: (archive) =>
      Number(
        dotNet(
          "var zip = ZipFile.OpenRead(a[0]); Console.WriteLine(zip.Entries.Count);" +
            "foreach (var one in zip.Entries) using (var stream = one.Open()) stream.CopyTo(Stream.Null);",
        )(archive),
      ),
  },
];

/** Commands that are not on this machine. */
export function missing({ needs }: Pick<Judge, "needs">): readonly string[] {
  return needs.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
}

/** Runs a program in a locale whose names are UTF-8, and gives its output. Throws with what it printed where it fails. */
export function run(command: string, args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  return execFileSync(command, args, { stdio: "pipe", encoding: "utf8", maxBuffer: 64 * 1024 * 1024, env });
}
