/** Parsers of single inputs, where a plain value of `values/` does not say it all. */
import { problemCodes } from "../codes.ts";
import { sourceKindNames, sourceKinds } from "../kinds/source/index.ts";
import type { SourceKindName } from "../kinds/source/types.ts";
import type { VersionChoice } from "../kinds/target/types.ts";
import type { WorkloadOptimization } from "../image-template.ts";
import type { OsType, PurchasePlan } from "../ports.ts";
import { parseChecksum, parseHttpsAddress } from "../values/address.ts";
import { bad, good, integerParser, type Parser } from "../values/parsed.ts";
import { idParser } from "../values/resource-id.ts";
import { isGalleryVersion, isVersionNumber } from "../values/version.ts";
import { isVersionPattern, parseVersionPattern } from "../values/version-pattern.ts";

/** The operating system the user named. `mayYield`: by an older word that named the script's kind, not the image's. */
export interface OsChoice {
  readonly osType: OsType;
  readonly mayYield: boolean;
}

const osWords: Readonly<Record<string, OsChoice | undefined>> = {
  auto: undefined,
  linux: { osType: "linux", mayYield: false },
  windows: { osType: "windows", mayYield: false },
  shell: { osType: "linux", mayYield: true },
  powershell: { osType: "windows", mayYield: true },
};

/** `auto` (undefined), `linux`, `windows`, or the older tasks' `shell` and `powershell`, in any letter case. */
export const parseOsChoice: Parser<OsChoice | undefined> = (text) => {
  const word = text.toLowerCase();
  if (Object.hasOwn(osWords, word)) return good(osWords[word]);
  return bad(problemCodes.notAChoice, `\`${text}\` is not one of the values`, "auto, linux, windows");
};

/** The older tasks' words for the kind of source, in any letter case. */
export const parseImageSource: Parser<SourceKindName | undefined> = (text) => {
  const word = text.toLowerCase();
  const kind = sourceKindNames.find((name) => sourceKinds[name].imageSourceWords.includes(word));
  if (kind !== undefined) return good(kind);
  const legal = sourceKindNames.flatMap((name) => sourceKinds[name].imageSourceWords).join(", ");
  return bad(problemCodes.notAChoice, `\`${text}\` is not one of the values`, legal);
};

/** `latest` (undefined) or a version number. */
export const parseSourceVersion: Parser<string | undefined> = (text) => {
  if (text.toLowerCase() === "latest") return good(undefined);
  if (isVersionNumber(text)) return good(text);
  return bad(
    problemCodes.badImage,
    `\`${text}\` is not a version`,
    "latest, or a version number such as 24.04.202601140",
  );
};

/** `name:product:publisher`, in the order of the older tasks. */
export const parsePurchasePlan: Parser<PurchasePlan | undefined> = (text) => {
  const parts = text.split(":").map((part) => part.trim());
  const [name = "", product = "", publisher = ""] = parts;
  if (parts.length === 3 && parts.every((part) => /^[\w.-]+$/.test(part))) return good({ name, product, publisher });
  return bad(problemCodes.badImage, `\`${text}\` is not a purchase plan`, "plan name:product:publisher");
};

/** `Latest`, `Latest 2`, `Source`, `x.y.z` or a pattern such as `1.2.{next}`. */
export const parseGalleryVersion: Parser<VersionChoice | undefined> = (text) => {
  const latest = /^latest(?:\s+(\d{1,9}))?$/i.exec(text);
  if (latest !== null) {
    return good(latest[1] === undefined ? { scheme: "Latest" } : { scheme: "Latest", major: Number(latest[1]) });
  }
  if (text.toLowerCase() === "source") return good({ scheme: "Source" });
  if (isGalleryVersion(text)) return good({ scheme: "Explicit", version: text });
  if (isVersionPattern(text)) {
    const pattern = parseVersionPattern(text);
    return pattern.ok ? good({ scheme: "Pattern", text: pattern.value.text }) : pattern;
  }
  return bad(
    problemCodes.notAChoice,
    `\`${text}\` is not a way to number versions`,
    "Latest, Latest and a major number (Latest 2), Source, three numbers (1.4.0), or a pattern (1.2.{next})",
  );
};

const parseIdentityId = idParser("Microsoft.ManagedIdentity/userAssignedIdentities");

/** IDs of user-assigned identities, one a line (commas do as well). */
export const parseIdentityIds: Parser<readonly string[]> = (text) => {
  const ids: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    for (const one of line.split(",").map((part) => part.trim())) {
      if (one === "") continue;
      const parsed = parseIdentityId(one);
      if (!parsed.ok) return { ...parsed, line: index + 1 };
      ids.push(parsed.value);
    }
  }
  return good(ids);
};

/** `address` or `address sha256=…` of a script that optimises an image for its workload. */
export const parseWorkload: Parser<WorkloadOptimization | undefined> = (text) => {
  const [address = "", checksum, ...rest] = text.split(/\s+/);
  const digest = checksum === undefined ? undefined : parseChecksum(checksum.replace(/^sha256=/i, ""));
  const scriptUri = parseHttpsAddress(address);
  const hasDigest = digest === undefined || (digest.ok && /^sha256=/i.test(checksum ?? ""));
  if (scriptUri.ok && hasDigest && rest.length === 0) {
    const checked = digest?.ok === true ? { sha256Checksum: digest.value } : {};
    return good({ state: "Enabled", scriptUri: scriptUri.value, ...checked });
  }
  return bad(
    problemCodes.badAddress,
    scriptUri.ok ? `\`${text}\` is more than an address` : "the service takes this script by its address only",
    "an https address, with its checksum if wanted: https://example.com/tune.sh sha256=<64 hexadecimal digits>",
  );
};

/** Sizes of data disks in GiB: 1 to 1024, which is what a gallery takes (facts, section 7); at most 64 disks. */
export const parseDataDisks: Parser<readonly number[]> = (text) => {
  const sizes = text.split(/[,;\s]+/).filter((size) => size !== "");
  const size = integerParser(1, 1024);
  const parsed = sizes.map((one) => size(one));
  const wrong = parsed.find((one) => !one.ok);
  const legal = "sizes in GiB from 1 to 1024, at most 64 of them, e.g. 32, 64";
  if (wrong?.ok === false) return { ...wrong, legal };
  if (sizes.length > 64) return bad(problemCodes.notANumber, `${sizes.length} disks are too many`, legal);
  return good(parsed.flatMap((one) => (one.ok ? [one.value] : [])));
};

/** A path on the agent, either separator. Control characters are refused; whether it exists is looked up later. */
export const parsePath: Parser<string | undefined> = (text) =>
  /\p{Cc}/u.test(text)
    ? bad(problemCodes.badPath, "the path has control characters in it", "the path of one file or folder")
    : good(text);
