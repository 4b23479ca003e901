/** Which findings are worth telling a user, out of all that fit. */
import type { Finding } from "./types.ts";

/** More causes would hide the first, and a second symptom says the same of the same failure. */
const most: Readonly<Record<Finding["weight"], number>> = { cause: 2, symptom: 1 };

/** The best first. Beside a cause a symptom says nothing more, and neither does a second reading of the same words. */
export function chooseTold(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ weight }) => weight === findings[0]?.weight)
    .filter(({ evidence }) => !seen.has(evidence) && seen.add(evidence))
    .slice(0, most[findings[0]?.weight ?? "cause"]);
}
