/** Findings about one entry of a list. */
import type { Findings } from "../findings.ts";
import type { Place } from "../values/structure.ts";

/** Findings that are reported for the input `targets`, with the entry's name and place, whatever input they are about. */
export function atPlace(
  findings: Findings,
  { name, place: { line, column } }: { readonly name: string; readonly place: Place },
): Findings {
  const told = (input: string): string => (input === "targets" ? "" : `${input}: `);
  return {
    ...findings,
    problem: (input, text) =>
      findings.problem("targets", { ...text, line, column, why: `\`${name}\`: ${told(input)}${text.why}` }),
    note: (code, _input, message) => findings.note(code, "targets", `${name}: ${message}`),
  };
}
