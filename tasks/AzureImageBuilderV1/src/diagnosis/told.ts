/** Which findings are worth telling a user, out of all that fit. */
import type { Finding } from "./types.ts";

/** More causes would hide the first. */
const most = 2;

/** The best first. Beside a cause a symptom says nothing more, and neither does a second reading of the same words. */
export function chooseTold(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ weight }) => weight === findings[0]?.weight)
    .filter(({ evidence }) => !seen.has(evidence) && seen.add(evidence))
    .slice(0, most);
}
