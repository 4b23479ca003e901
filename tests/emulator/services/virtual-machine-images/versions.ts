/** The number a new gallery version gets (wire notes, section 5; facts, section 1.8). */
import { compareVersions } from "../compute/catalogue.ts";
import { objectOf, textOf } from "./json.ts";

export interface VersionRequest {
  /** \`versioning\` of the distributor, as sent. */
  readonly versioning: unknown;
  /** Numbers the definition has. */
  readonly existing: readonly string[];
  /** Version of the source image: its number, or an id that ends in it. */
  readonly source: string | undefined;
  readonly apiVersion: string;
  readonly now: Date;
}

const LARGEST = 2 ** 31 - 1;

/** The next version number. */
export function nextVersion(request: VersionRequest): string {
  const versioning = objectOf(request.versioning);
  if (request.apiVersion < "2022-07-01") return timeVersion(request.now);
  if (versioning["scheme"] === "Source") return sourceVersion(request);
  const major = typeof versioning["major"] === "number" ? versioning["major"] : -1;
  return latestVersion(request.existing, major);
}

/** Before 2022-07-01: the two halves of the time in seconds, which fits the three recorded numbers (inferred). */
function timeVersion(now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  return `0.${seconds >>> 16}.${seconds & 0xffff}`;
}

/** Scheme Latest, also the default: one more than the highest number, of all or of one major; 1.0.0 or n.0.0 where there is none. */
function latestVersion(existing: readonly string[], major: number): string {
  const candidates = existing.filter((version) => major < 0 || version.startsWith(`${major}.`));
  const highest = [...candidates].sort(compareVersions).at(-1);
  if (highest === undefined) return major < 0 ? "1.0.0" : `${major}.0.0`;
  const [first = 0, second = 0, third = 0] = highest.split(".").map(Number);
  return `${first}.${second}.${third + 1}`;
}

/** Scheme Source: the source's own number as three whole numbers; one more where that is taken (the latter inferred). */
function sourceVersion({ source, existing }: VersionRequest): string {
  const parts = textOf(source).split("/").at(-1)?.split(".").map(Number) ?? [];
  const [first = 0, second = 0, third = 0] = parts.map((part) =>
    Number.isInteger(part) && part <= LARGEST ? part : 0,
  );
  let patch = third;
  while (existing.includes(`${first}.${second}.${patch}`)) patch += 1;
  return `${first}.${second}.${patch}`;
}
