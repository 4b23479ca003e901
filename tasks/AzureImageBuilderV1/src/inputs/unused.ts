/** Inputs that a step fills and does not follow, because it does something else than they are for. */
import { noteCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import { type InputTexts, isGivenIn } from "./read.ts";
import { inputNames, type InputName } from "./table.ts";

/**
 * Notes the filled inputs that are not among `used`, if any, under the input `because`; texts that mean a default say
 * nothing. `reason` ends the sentence that begins with their names: `not used, because …`.
 */
export function noteUnused(
  texts: InputTexts,
  used: readonly InputName[],
  { findings, because, reason }: { readonly findings: Findings; readonly because: InputName; readonly reason: string },
): void {
  const unused = inputNames.filter((name) => !used.includes(name) && isGivenIn(texts, name));
  if (unused.length === 0) return;
  findings.note(noteCodes.ignoredInput, because, `${unused.join(", ")}: not used, because ${reason}`);
}
