/** What each picture was made from, by digest: images/pictures.json. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Digests (SHA-256, hex) of a picture and of its source. */
export interface MadeFrom {
  readonly source: string;
  readonly sourceDigest: string;
  readonly digest: string;
}

const listName = "images/pictures.json";

/** The icons by file, with their width and height in pixels; the marketplace and the agent ask for these. */
export const icons: Readonly<Record<string, number>> = {
  "images/icon-128.png": 128,
  "tasks/AzureImageBuilderV1/icon.png": 32,
  "tasks/AzureImageLifecycleV1/icon.png": 32,
};

/** The drawing of all icons. */
export const iconSource = "images/icon.svg";

/** The screenshots by file, with the text that each shows. */
export const screenshots = {
  "images/log.png": "images/log.txt",
  "images/failure.png": "images/failure.txt",
  "images/summary.png": "images/summary.txt",
} as const;

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Pictures by their path in `root`. */
export function readMadeFrom(root: string): Readonly<Record<string, MadeFrom>> {
  return JSON.parse(readFileSync(join(root, listName), "utf8")) as Readonly<Record<string, MadeFrom>>;
}

/** The entry that a picture has by the files as they are. */
export function describePicture(root: string, picture: string, source: string): MadeFrom {
  return { source, sourceDigest: digestOf(join(root, source)), digest: digestOf(join(root, picture)) };
}

/** Writes down what these pictures, by path, were made from; the others keep their entries. */
export function noteMadeFrom(root: string, sources: Readonly<Record<string, string>>): void {
  const made = Object.entries(sources).map(([picture, source]) => [picture, describePicture(root, picture, source)]);
  const all = { ...readMadeFrom(root), ...(Object.fromEntries(made) as Readonly<Record<string, MadeFrom>>) };
  const sorted = Object.fromEntries(Object.entries(all).sort(([one], [other]) => one.localeCompare(other)));
  writeFileSync(join(root, listName), `${JSON.stringify(sorted, undefined, 2)}\n`);
}
