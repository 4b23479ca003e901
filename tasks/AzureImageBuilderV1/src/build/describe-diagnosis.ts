/** A failure as the last lines of the log tell it: what failed, the step's own last words, why, what to do. */
import { chooseTold } from "../diagnosis/told.ts";
import type { Finding } from "../diagnosis/types.ts";
import type { TemplateRef } from "../ports.ts";
import type { LateImage } from "./late-image.ts";
import type { LogResult } from "./follow-log.ts";
import { azCommand } from "../values/template-ref.ts";
import type { FailureReport } from "./types.ts";

/** Lines of the failing step that are quoted. */
const quoted = 12;
const longestEvidence = 240;
/** What Packer says before a script's own first word. */
const preamble = /^Provisioning with /;

interface Around {
  readonly ref: TemplateRef;
  readonly log: LogResult;
  readonly late: readonly LateImage[];
}

/** The message's lines, and what to do next. */
export function describeDiagnosis(
  { headline, diagnosis, serviceWords, ids, logPlace }: FailureReport,
  { ref, log, late }: Around,
): { readonly lines: readonly string[]; readonly next: string } {
  const { step, findings } = diagnosis;
  const told = chooseTold(findings);
  const isLate = late.length > 0;
  const idList = Object.entries(ids).map(([what, id]) => `${what} ${id}`);
  return {
    lines: [
      headline,
      ...late.map(({ id, state }) => `The image version exists all the same: ${id} (${state}).`),
      ...section(
        "Last lines of the step:",
        (step?.lines ?? [])
          .filter((line) => !preamble.test(line))
          .slice(-quoted)
          .map((line) => `| ${line}`),
      ),
      ...told.flatMap(describeFinding),
      ...(told.length === 0 && !isLate ? ["Cause: not known; this is what there is to see."] : []),
      ...section("The service says:", serviceWords.split("\n")),
      ...(idList.length === 0 ? [] : [`For a support request: ${idList.join(", ")}.`]),
      `Log in Azure: ${logPlace}.`,
    ],
    next: isLate ? nextForLate : nextFor(told, { log, ref }),
  };
}

const nextForLate =
  "Do not build again: wait until the version's replication has ended, and use it. " +
  "For the next build name fewer regions, or set buildTimeoutInMinutes higher.";

function nextFor(findings: readonly Finding[], { log, ref }: Pick<Around, "log" | "ref">): string {
  const [best] = findings;
  if (best !== undefined) {
    const command = best.command === undefined ? "" : ` Command: ${best.command}`;
    const again = best.retryable ? " Running the step again may be enough." : "";
    return `${best.remedy}${command}${again}`;
  }
  if (log.text !== "") return "Read the build's log from its end upwards for the step that failed.";
  return `Read the build's log in Azure; the template is still there: ${azCommand("show", ref)}`;
}

function describeFinding({ id, cause, evidence, link }: Finding, index: number): readonly string[] {
  const label = index === 0 ? "Probable cause" : "Perhaps also";
  return [`${label}: ${cause} [${id}]`, `  seen: ${shorten(evidence.trim())}`, `  more: ${link}`];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  const full = lines.filter((line) => line.trim() !== "");
  return full.length === 0 ? [] : [title, ...full.map((line) => `  ${line}`)];
}

/** The service's words stand whole below. */
function shorten(text: string): string {
  return text.length > longestEvidence ? `${text.slice(0, longestEvidence)}…` : text;
}
