/** The targets of a list: each is read as the inputs of a single one would be. */
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { TargetEntry } from "../kinds/target/list.ts";
import { targetKinds } from "../kinds/target/index.ts";
import type { ListedTarget, TargetValues } from "../kinds/target/types.ts";
import { findUnresolved } from "../values/unresolved.ts";
import { atPlace } from "./at-place.ts";
import type { Row } from "./row.ts";
import { inputTable } from "./table.ts";

const nothing: TargetValues = {
  galleryImage: undefined,
  galleryVersion: undefined,
  distributeVersioningMajor: undefined,
  targetRegions: undefined,
  replicationRegions: undefined,
  distributeStorageAccountType: undefined,
  excludeFromLatest: false,
  replicationMode: "Full",
  managedImage: undefined,
  managedImageLocation: undefined,
  vhdUri: undefined,
};

/** Reads the targets of a list; what is wrong is noted at its line and column. */
export function combineTargets(entries: readonly TargetEntry[], findings: Findings): readonly ListedTarget[] {
  return entries.flatMap((entry) => {
    const choice = readEntry(entry, findings);
    return choice === undefined ? [] : [{ choice, name: entry.name, place: entry.place }];
  });
}

function readEntry(entry: TargetEntry, findings: Findings): ListedTarget["choice"] | undefined {
  const { kind, name, place, texts } = entry;
  const target = targetKinds[kind];
  const { mainInput, mainInputRequired, options } = target;
  const values: Record<string, unknown> = { ...nothing };
  for (const { input, option, text, place: at } of texts) {
    const own = atPlace(findings, { name: `${name}: ${option}`, place: at });
    const row: Row<unknown> = inputTable[input];
    const parsed = row.parse(text);
    const unresolved = findUnresolved(text, row.scrutiny ?? "name");
    if (unresolved !== undefined || !parsed.ok) {
      const { code, why, legal } =
        unresolved ?? (parsed.ok ? { code: problemCodes.badTarget, why: "", legal: "" } : parsed);
      own.problem("targets", { code, given: text, why, legal });
      continue;
    }
    values[input] = parsed.value;
  }
  if (mainInputRequired && !texts.some(({ input }) => input === mainInput)) {
    const option = Object.keys(options).find((one) => options[one] === mainInput) ?? "";
    atPlace(findings, { name, place }).problem("targets", {
      code: problemCodes.missing,
      why: `\`${option}\` is missing`,
      legal: inputTable[mainInput].missing?.legal ?? "",
    });
    return undefined;
  }
  // Each value comes from the row of its own name, which is what TargetValues says.
  return target.read(values as unknown as TargetValues, atPlace(findings, { name, place }));
}
