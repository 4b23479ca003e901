/** Why a build failed, as the summary tells it: cause and remedy first, what was seen after them. */
import { chooseTold } from "../diagnosis/told.ts";
import type { Finding } from "../diagnosis/types.ts";
import type { FailureReport } from "../build/types.ts";
import { cleanLine } from "../log/clean.ts";
import { createRedactor } from "../log/redact.ts";
import { code, codeBlock, link, oneLine, prose, quoteBlock } from "./summary-markdown.ts";
import type { Limits } from "./summary-sections.ts";
import type { SummaryData } from "./summary.ts";

/** Nothing for a build that did not fail. */
export function describeFailure(data: SummaryData, limits: Limits): readonly string[] {
  const { failure, next, images } = data;
  if (failure === undefined) return next === undefined ? [] : [`**What to do.** ${prose(next, limits.text)}`];
  const { diagnosis, serviceWords, ids, logPlace } = failure;
  const [best, ...others] = chooseTold(diagnosis.findings);
  return [
    `**What failed.** ${prose(failure.headline, limits.text)}`,
    ...(best === undefined ? describeUnknown(images.length > 0, limits) : describeCause(best, limits)),
    ...describeRemedy(best, next, limits),
    ...others.map((other) => `**Perhaps also.** ${prose(other.cause, limits.text)} ${reference(other)}`),
    ...evidence("Last lines of the step:", diagnosis.step?.lines ?? [], limits),
    ...evidence("The service says:", serviceWords.split("\n"), limits),
    support(ids, logPlace, limits),
  ];
}

/** An image that is there all the same says enough. */
function describeUnknown(isThere: boolean, { evidenceLines }: Limits): readonly string[] {
  if (isThere) return [];
  return [`**Cause.** Not known; ${evidenceLines > 0 ? "this is what there is to see" : "see the log"}.`];
}

function describeCause(finding: Finding, limits: Limits): readonly string[] {
  return [
    `**Probable cause.** ${prose(finding.cause, limits.text)} ${reference(finding)}`,
    ...evidence("Seen:", [finding.evidence], limits),
  ];
}

/** The catalogue's own id and link. */
function reference({ id, link: address }: Finding): string {
  const page =
    URL.canParse(address) && /^https:\/\/[\w./#?=&%-]+$/.test(address) ? `, ${link("more on it", address)}` : "";
  return `(${code(id, 60)}${page})`;
}

/** `next` goes beyond the remedy where the image exists all the same, or nothing is known. */
function describeRemedy(best: Finding | undefined, next: string | undefined, limits: Limits): readonly string[] {
  if (best === undefined || (next !== undefined && !next.startsWith(best.remedy))) {
    return next === undefined ? [] : [`**What to do.** ${prose(next, limits.text)}`];
  }
  const again = best.retryable ? " Running the step again may be enough." : "";
  return [
    `**What to do.** ${prose(best.remedy, limits.text)}${again}`,
    ...(best.command === undefined ? [] : [codeBlock("sh", oneLine(best.command, limits.text))]),
  ];
}

function evidence(title: string, lines: readonly string[], limits: Limits): readonly string[] {
  const redact = createRedactor();
  const full = lines
    .flatMap((line) => line.split(/\r\n|[\r\n\u2028\u2029]/))
    .map((line) => redact(cleanLine(line)))
    .filter((line) => line.trim() !== "");
  if (full.length === 0 || limits.evidenceLines === 0) return [];
  return [title, quoteBlock(full.slice(-limits.evidenceLines), limits.evidenceWidth)];
}

function support(ids: FailureReport["ids"], logPlace: string, limits: Limits): string {
  const told = Object.entries(ids).slice(0, 10);
  return [
    ...told.map(([what, id]) => `- For a support request: ${prose(what, 60)} ${code(id, limits.text)}`),
    `- Log in Azure: ${prose(logPlace, limits.text)}`,
  ].join("\n");
}
