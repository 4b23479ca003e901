/** The checks made before a build, as inputs name them. */
import { problemCodes } from "../codes.ts";
import { bad, good, type Parser } from "../values/parsed.ts";

/** Stable IDs of the checks, in the order in which they are told (docs/preflight.md). */
export const checkIds = [
  "P1",
  "P2",
  "P3",
  "P4",
  "P5",
  "P6",
  "P7",
  "P8",
  "P9",
  "P10",
  "P11",
  "P12",
  "P13",
  "P14",
  "P15",
] as const;
export type CheckId = (typeof checkIds)[number];

/** IDs with commas or blanks between them, in any letter case. */
export const parseSkipChecks: Parser<readonly CheckId[]> = (text) => {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const found = words.map((word) => checkIds.find((id) => id.toLowerCase() === word.toLowerCase()));
  const unknown = words.filter((_, index) => found[index] === undefined);
  if (unknown.length === 0) return good([...new Set(found.filter((id) => id !== undefined))]);
  return bad(
    problemCodes.notAChoice,
    `\`${unknown.join(", ")}\` ${unknown.length === 1 ? "is no check" : "are no checks"}`,
    checkIds.join(", "),
  );
};
