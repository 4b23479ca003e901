/** The samples as their comment heads tell them: the content of samples/README.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a sample's comment head says. */
export interface SampleHead {
  /** Path of the pipeline below the folder of samples, with `/`. */
  readonly path: string;
  readonly shows: string;
  readonly needs: string;
  /** What a user has to change; empty where nothing is. */
  readonly change: string;
}

/** Folders that have a page and a table of their own. */
const others = ["setup", "acceptance"];

/**
 * Heads of all pipelines (`*.yml`) below the folder of samples, in the order of their paths. Throws an Error for a pipeline
 * whose head does not tell what it shows and needs.
 */
export function readSampleHeads(folder: string): readonly SampleHead[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".yml") && !others.includes(path.split("/")[0] ?? ""))
    .sort()
    .map((path) => ({ path, ...parseHead(path, readFileSync(join(folder, path), "utf8")) }));
}

/** `Shows:`, `Needs:` and `Change:` begin a part each; it goes on over indented lines. */
function parseHead(path: string, text: string): Omit<SampleHead, "path"> {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const head = lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => line.replace(/^# ?/, "").trim())
    .join(" ");
  const part = (name: string): string => new RegExp(`\\b${name}: (.*?)(?= (?:Needs|Change): |$)`).exec(head)?.[1] ?? "";
  const [shows, needs, change] = [part("Shows"), part("Needs"), part("Change")];
  if (shows === "" || needs === "") {
    throw new Error(`samples/${path}: its comment head does not say "# Shows: …" and "# Needs: …".`);
  }
  return { shows, needs, change };
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** One table of all samples; `folder` is theirs. */
export function sampleTable(folder: string): string {
  const rows = readSampleHeads(folder).map(
    ({ path, shows, needs }) =>
      `| [${path.replace(/\/azure-pipelines\.yml$/, "")}](${path}) | ${cell(shows)} | ${cell(needs)} |`,
  );
  return ["| sample | shows | what must be there |", "| --- | --- | --- |", ...rows].join("\n");
}
