/** Version numbers by a pattern, e.g. `1.2.{next}` or `{yyyy}.{MMdd}.{next}` (docs/reuse.md). */
import { problemCodes } from "../codes.ts";
import { bad, good, type Parsed, type Parser } from "./parsed.ts";
import { isGalleryVersion } from "./version.ts";

/** A pattern that `parseVersionPattern` has taken. */
export interface VersionPattern {
  /** As given. */
  readonly text: string;
}

/** What a run puts into a pattern. */
export interface RunNumbers {
  /** When the run began; dates are in UTC. */
  readonly startedAt: Date;
  /** `Build.BuildNumber`; `""` where the agent does not tell it. */
  readonly buildNumber: string;
}

/** Three numbers, or two and the place of the one that is still to be found. */
export type FilledPattern = readonly (number | "next")[];

const legal =
  "three numbers with points between, of digits, {next} (once, a number by itself), {build} and dates such as {yyyy} or {MMdd}, " +
  "e.g. 1.2.{next}, 1.{build} or {yyyy}.{MMdd}.{next}";
const largest = 2_147_483_647;

const dateParts: Readonly<Record<string, (date: Date) => number>> = {
  yyyy: (date) => date.getUTCFullYear(),
  yy: (date) => date.getUTCFullYear() % 100,
  MM: (date) => date.getUTCMonth() + 1,
  dd: (date) => date.getUTCDate(),
  HH: (date) => date.getUTCHours(),
  mm: (date) => date.getUTCMinutes(),
  ss: (date) => date.getUTCSeconds(),
};
const datePart = /yyyy|yy|MM|dd|HH|mm|ss/g;
const date = /^(?:yyyy|yy|MM|dd|HH|mm|ss)+$/;

/** Whether a text is meant as a pattern; it may still be wrong. */
export function isVersionPattern(text: string): boolean {
  return /[{}]/.test(text);
}

/** A pattern of digits, points and known names in braces, with at most one `{next}`. */
export const parseVersionPattern: Parser<VersionPattern> = (text) => {
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "");
  const unknown = names.find((name) => name !== "next" && name !== "build" && !date.test(name));
  if (unknown !== undefined) return wrong(`\`{${unknown}}\` is nothing that a version's number is made of`);
  if (/[^\d.]/.test(text.replace(/\{[^{}]*\}/g, "")))
    return wrong(`\`${text}\` has more in it than numbers and names in braces`);
  if (names.filter((name) => name === "next").length > 1) return wrong("{next} is there more than once");
  const parts = text.split(".");
  if (parts.some((part) => part.includes("{next}") && part !== "{next}")) {
    return wrong("{next} is joined to something else, and is a number by itself");
  }
  if (parts.includes("")) return wrong(`\`${text}\` has a point too many`);
  // A build number may bring points of its own.
  if (!names.includes("build") && parts.length !== 3)
    return wrong(`\`${text}\` makes ${parts.length} numbers, and a version has three`);
  return good({ text });
};

function wrong(why: string): Parsed<never> {
  return bad(problemCodes.badVersion, why, legal);
}

/** The pattern with what this run puts in. Leading zeros are dropped: `{MMdd}` is 105 on January 5th. */
export function fillPattern({ text }: VersionPattern, run: RunNumbers): Parsed<FilledPattern> {
  if (text.includes("{build}") && !/^\d+(?:\.\d+)*$/.test(run.buildNumber)) {
    const given = run.buildNumber === "" ? "is not known here" : `is \`${run.buildNumber}\``;
    return bad(
      problemCodes.badVersion,
      `{build} cannot be put in: the build number ${given}`,
      "a build number of digits and points alone, as the pipeline's `name` makes it, e.g. $(Date:yyyyMMdd)$(Rev:.r)",
    );
  }
  const filled = text
    .replaceAll("{build}", run.buildNumber)
    .replace(/\{([yMdHms]+)\}/g, (_, form: string) =>
      form.replace(datePart, (part) => String(dateParts[part]?.(run.startedAt) ?? "").padStart(part.length, "0")),
    );
  const parts = filled.split(".");
  const large = parts.find((part) => part !== "{next}" && Number(part) > largest);
  if (large !== undefined) return wrongHere(text, `the number ${large} is above ${largest}`);
  if (parts.length !== 3) return wrongHere(text, `\`${filled}\` are ${parts.length} numbers, and a version has three`);
  return good(parts.map((part) => (part === "{next}" ? "next" : Number(part))));
}

function wrongHere(text: string, why: string): Parsed<never> {
  return bad(problemCodes.badVersion, `\`${text}\` makes no version: ${why}`, `three numbers up to ${largest}`);
}

/**
 * The version: in the place of `{next}` one more than the highest among `versions` with the same numbers before it, 0
 * where there is none. Undefined where the numbers are at their end.
 */
export function nextVersion(pattern: FilledPattern, versions: readonly string[]): string | undefined {
  const at = pattern.indexOf("next");
  const known = versions.filter(isGalleryVersion).map((version) => version.split(".").map(Number));
  const same = known.filter((version) => pattern.slice(0, at).every((part, index) => version[index] === part));
  const highest = same.reduce((most, version) => Math.max(most, version[at] ?? -1), -1);
  if (highest >= largest && at >= 0) return undefined;
  return pattern.map((part) => (part === "next" ? highest + 1 : part)).join(".");
}

/** Whether a version is one that the pattern makes, whatever stands in the place of `{next}`. */
export function isOfPattern(pattern: FilledPattern, version: string): boolean {
  const numbers = isGalleryVersion(version) ? version.split(".").map(Number) : [];
  return numbers.length === 3 && pattern.every((part, index) => part === "next" || numbers[index] === part);
}
