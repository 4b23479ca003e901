/** Parsers of inputs that only this task has. */
import { problemCodes } from "../../../AzureImageBuilderV1/src/codes.ts";
import { bad, good, type Parser } from "../../../AzureImageBuilderV1/src/values/parsed.ts";
import { isIdOf, parseSubscriptionId } from "../../../AzureImageBuilderV1/src/values/resource-id.ts";
import { isGalleryVersion } from "../../../AzureImageBuilderV1/src/values/version.ts";

const units: Readonly<Record<string, number>> = { d: 24 * 60 * 60_000, h: 60 * 60_000, m: 60_000 };

const durationLegal = "days, hours or minutes up to 10 years, e.g. 30d, 12h or 90m";

/** A duration in milliseconds: a whole number with `d`, `h` or `m`, up to ten years. */
export const parseDuration: Parser<number> = (text) => {
  const [, count, unit = ""] = /^(\d{1,7})\s*([dhm])$/i.exec(text) ?? [];
  const ms = Number(count) * (units[unit.toLowerCase()] ?? Number.NaN);
  if (ms <= 3650 * 24 * 60 * 60_000) return good(ms);
  return bad(problemCodes.badTime, `\`${text}\` is not a duration`, durationLegal);
};

/** A day, a moment, or a duration from now on. */
export type EndOfLife = { readonly at: Date } | { readonly inMs: number };

/** `2026-12-31`, `2026-12-31T12:00:00Z`, or a duration. */
export const parseEndOfLife: Parser<EndOfLife> = (text) => {
  const duration = parseDuration(text);
  if (duration.ok) return good({ inMs: duration.value });
  const [, day = ""] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/i.exec(text) ?? [];
  const date = new Date(text);
  // JavaScript takes 31 February for 3 March.
  const isDay = day !== "" && !Number.isNaN(date.getTime()) && new Date(day).toISOString().startsWith(day);
  if (isDay) return good({ at: date });
  return bad(
    problemCodes.badTime,
    `\`${text}\` is neither a date nor a duration`,
    `a date such as 2027-03-31, or ${durationLegal}`,
  );
};

const versionType = "Microsoft.Compute/galleries/images/versions";

/** The ID of a gallery version, or a number `x.y.z`. */
export const parseImageVersion: Parser<string> = (text) => {
  const id = text.replace(/\/+$/, "");
  if (isIdOf(versionType, id) && isGalleryVersion(id.split("/").at(-1) ?? "")) return good(id);
  if (isGalleryVersion(text)) return good(text);
  return bad(
    problemCodes.badResourceId,
    `\`${text}\` names no gallery version`,
    "the resource ID of a gallery version (…/galleries/…/images/…/versions/1.2.0), or its number beside galleryImage",
  );
};

/** IDs with commas, blanks or lines between them. */
export const parseSubscriptionIds: Parser<readonly string[]> = (text) => {
  const ids: string[] = [];
  for (const word of text.split(/[\s,;]+/).filter((one) => one !== "")) {
    const parsed = parseSubscriptionId(word);
    if (!parsed.ok) return parsed;
    ids.push(parsed.value);
  }
  return good([...new Set(ids)]);
};
