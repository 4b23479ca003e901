/** Azure regions and the list `westeurope=2:Standard_ZRS, northeurope`. */
import { problemCodes } from "../codes.ts";
import type { TargetRegion } from "../image-template.ts";
import { bad, choiceParser, good, type Parsed, type Parser } from "./parsed.ts";

/** Storage types of a gallery version (facts, section 13, row 4). */
export const storageTypes = { Standard_LRS: [], Standard_ZRS: [], Premium_LRS: [] } as const;

/** A storage type in any letter case. */
export const parseStorageType = choiceParser<keyof typeof storageTypes>(storageTypes);

/** A region's short name: blanks out, lower case, so that `West Europe` is `westeurope`. */
export function regionName(text: string): string {
  return text.replace(/\s+/g, "").toLowerCase();
}

/** A region by its short or display name. */
export const parseRegion: Parser<string> = (text) =>
  /^[a-z][a-z0-9]{2,39}$/.test(regionName(text))
    ? good(regionName(text))
    : bad(problemCodes.badRegions, `\`${text}\` is not a region's name`, "a region, e.g. westeurope");

const legalList =
  "a comma-separated list of regions, each with copies (1 to 100) and storage type if wanted, " +
  "e.g. westeurope=2:Standard_ZRS, northeurope";

/** Regions of a gallery version. Blanks and empty items do not matter; a region may stand there once. */
export const parseTargetRegions: Parser<readonly TargetRegion[]> = (text) => {
  const items = text
    .split(/[,;\r\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0) return bad(problemCodes.badRegions, `\`${text}\` names no region`, legalList);
  const regions: TargetRegion[] = [];
  for (const item of items) {
    const region = parseItem(item);
    if (!region.ok) return region;
    if (regions.some((known) => known.name === region.value.name)) {
      return bad(problemCodes.badRegions, `the region ${region.value.name} stands there twice`, legalList);
    }
    regions.push(region.value);
  }
  const copies = regions.reduce((sum, region) => sum + (region.replicaCount ?? 1), 0);
  if (copies > 100) return bad(problemCodes.badRegions, `${copies} copies are too many for one version`, legalList);
  return good(regions);
};

function parseItem(item: string): Parsed<TargetRegion> {
  const [, name = "", count, storage] = /^([^=:]+)(?:=\s*(\d{1,3}))?\s*(?::\s*([^=:]+))?$/.exec(item) ?? [];
  const region = name === "" ? undefined : parseRegion(name.trim());
  if (region === undefined || !region.ok) return bad(problemCodes.badRegions, `\`${item}\` is not a region`, legalList);
  const copies = count === undefined ? undefined : Number(count);
  if (copies !== undefined && (copies < 1 || copies > 100)) {
    return bad(problemCodes.badRegions, `\`${item}\` asks for ${copies} copies`, legalList);
  }
  const storageType = storage === undefined ? undefined : parseStorageType(storage.trim());
  if (storageType !== undefined && !storageType.ok) {
    return bad(problemCodes.badRegions, `\`${item}\` names no storage type`, `${storageType.legal} after the colon`);
  }
  return good({
    name: region.value,
    ...(copies === undefined ? {} : { replicaCount: copies }),
    ...(storageType === undefined ? {} : { storageAccountType: storageType.value }),
  });
}
