/** What texts of an image template may be, beyond being texts: the published schema does not say it, the service does. */
import { problemCodes } from "../codes.ts";
import { bad, good, type Parser } from "../values/parsed.ts";
import { idParser } from "../values/resource-id.ts";
import { isGalleryVersion } from "../values/version.ts";

/** An address that the service reads a script or file from. */
export const parseServiceAddress: Parser<string> = (text) => {
  const isHttp = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isHttp) return good(text);
  return bad(
    problemCodes.badAddress,
    `\`${text}\` is not an address`,
    "an address, e.g. https://example.com/install.sh",
  );
};

/** A SHA-256 as the service compares it, or nothing (facts, section 1.5). */
export const parseLowerDigest: Parser<string> = (text) =>
  /^(?:[0-9a-f]{64})?$/.test(text)
    ? good(text)
    : bad(problemCodes.badName, `\`${text}\` is not a SHA-256`, "64 hexadecimal digits, letters in lower case");

/** How long to wait for a restart, or nothing (facts, section 1.5). */
export const parseRestartTimeout: Parser<string> = (text) =>
  /^(?:\d+[smh])?$/.test(text)
    ? good(text)
    : bad(problemCodes.badName, `\`${text}\` is not a time`, "a number with its unit, e.g. 5m or 2h");

/** Any text but the empty one. */
export const parseFilled: Parser<string> = (text) =>
  text === "" ? bad(problemCodes.missing, "it is empty", "a text") : good(text);

/** A run output's name, by the published schema. */
export const parseOutputName: Parser<string> = (text) =>
  /^[A-Za-z0-9-_.]{1,64}$/.test(text)
    ? good(text)
    : bad(problemCodes.badName, `\`${text}\` is not a valid name`, "1 to 64 of A-Z, a-z, 0-9, -, _ and .");

const definitionType = "Microsoft.Compute/galleries/images";
const parseGalleryId = idParser(definitionType, `${definitionType}/versions`);

/** Where a version goes in a gallery: a definition, or a version by its number (facts, section 1.8). */
export const parseGalleryTarget: Parser<string> = (text) => {
  const parsed = parseGalleryId(text);
  const version = /\/versions\/([^/]+)\/?$/i.exec(text)?.[1];
  if (!parsed.ok || version === undefined || isGalleryVersion(version)) return parsed;
  return bad(
    problemCodes.badResourceId,
    `\`${version}\` is not a version number`,
    "the definition's ID, or a version's ID that ends in three numbers, e.g. /versions/1.4.0",
  );
};
