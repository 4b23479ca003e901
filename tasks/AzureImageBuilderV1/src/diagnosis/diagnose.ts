/** Why a build failed, from all that is known of it. Pure. */
import type { ServiceErrorBody } from "../ports.ts";
import { catalogue, silence, toldInDebugLines } from "./catalogue/index.ts";
import { findMatches, type Match, sift } from "./match.ts";
import { anywhere, type Passage, readPassage } from "./passage.ts";
import { findSilence } from "./silence.ts";
import { findFailedStep } from "./step.ts";
import type { Diagnosis, Evidence, FailedStep, Finding, KnownFailure } from "./types.ts";

const harmlessEntries = catalogue.filter(({ weight }) => weight === "harmless");
const causes = catalogue.filter(({ weight }) => weight === "cause");
const symptoms = catalogue.filter(({ weight }) => weight === "symptom");

/** Words by which a line that no entry knows may tell of a failure. */
const alarming = new RegExp(
  '\\berror(?:ed|s)?\\b(?!"\\s{0,4}:\\s{0,4}\\{)|\\bfail(?:ed|ure|s)\\b|exception|\\bfatal\\b|denied|refused|timed out|timeout waiting|' +
    "\\b(?:unable|not allowed|cannot|not found|not permitted|could not)\\b|non-zero|cancell?ed|Cancelling",
  "i",
);

/** What one text tells. */
interface Told {
  /** Causes in the failed step; of a text without steps, all. */
  readonly near: readonly Match[];
  /** Causes in what went before the failed step. */
  readonly earlier: readonly Match[];
  readonly symptoms: readonly Match[];
  readonly step?: FailedStep;
  readonly harmless: boolean;
}

/**
 * Diagnoses a failure. The causes that the failed step of the log tells come first, then those of the service's answers;
 * what the log tells before the failed step counts only where there is no other cause. Symptoms come last. No findings: the failure is not known. Never throws.
 */
export function diagnose(evidence: Evidence): Diagnosis {
  const { error, provisioningError, runMessage, log, text } = evidence;
  const answers = [
    error === undefined ? "" : flatten(error, 0).join("\n"),
    [provisioningError?.code, provisioningError?.message].filter((part) => part !== undefined).join(": "),
    runMessage ?? "",
  ];
  return conclude([
    ...(log === undefined ? [] : [readPassage(log, ["customization-log"])]),
    ...answers.filter((answer) => answer !== "").map((answer) => readPassage(answer, ["arm-error"])),
    ...(text === undefined ? [] : [readPassage(text.content, [text.where])]),
  ]);
}

/** Diagnoses a text of which it is not known where it comes from, as a text of every place. Never throws. */
export function diagnoseAnywhere(content: string): Diagnosis {
  return conclude([readPassage(content, anywhere)]);
}

function conclude(passages: readonly Passage[]): Diagnosis {
  const told = passages.map(listen);
  const near = told.flatMap((one) => one.near);
  const found = [
    ...(near.length > 0 ? near : told.flatMap((one) => one.earlier)),
    ...told.flatMap((one) => one.symptoms),
  ];
  const step = told.find((one) => one.step !== undefined)?.step;
  return {
    findings: describe(found),
    ...(step === undefined ? {} : { step }),
    harmless: found.length === 0 && told.length > 0 && told.every(({ harmless }) => harmless),
  };
}

function listen(passage: Passage): Told {
  const sifted = sift(passage, harmlessEntries);
  const { lines } = sifted.passage;
  const isLog = passage.places.includes("customization-log") || lines.some(({ known }) => known);
  const found = isLog ? findFailedStep(lines) : undefined;
  const start = found?.start ?? 0;
  const search = (entries: readonly KnownFailure[], part: typeof lines): readonly Match[] =>
    findMatches(entries, { lines: part, passage: sifted.passage, inDebugLines: toldInDebugLines });
  const silent = isLog ? findSilence(lines) : undefined;
  return {
    near: [
      ...search(causes, lines.slice(start)),
      ...(silent === undefined ? [] : [{ entry: silence, evidence: silent }]),
    ],
    earlier: start === 0 ? [] : search(causes, lines.slice(0, start)),
    symptoms: search(symptoms, lines),
    ...(found === undefined ? {} : { step: found.step }),
    harmless: sifted.found && found === undefined && !lines.some(({ debug, text }) => !debug && alarming.test(text)),
  };
}

/** The lines of an error tree, the innermost last. Azure nests a few levels; more than 20 are not looked at. */
function flatten({ code, message, details }: ServiceErrorBody, depth: number): readonly string[] {
  const own = [code, message].filter((part) => part !== undefined).join(": ");
  return [own, ...(depth < 20 ? (details ?? []).flatMap((detail) => flatten(detail, depth + 1)) : [])];
}

function describe(matches: readonly Match[]): readonly Finding[] {
  const first = new Map<string, Match>();
  for (const match of matches) if (!first.has(match.entry.id)) first.set(match.entry.id, match);
  return [...first.values()].map(({ entry, evidence }) => ({
    id: entry.id,
    cause: entry.cause,
    remedy: entry.remedy,
    ...(entry.command === undefined ? {} : { command: entry.command }),
    link: entry.link,
    retryable: entry.retryable,
    weight: entry.weight === "symptom" ? "symptom" : "cause",
    evidence,
  }));
}
