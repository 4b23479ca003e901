/** What a run's page shows of a step: plain data, and the Markdown made of it. */
import type { FailureReport, Leftovers, PhaseTime, StepTime } from "../build/types.ts";
import type { Portal } from "./portal.ts";
import type { StepPlace } from "./references.ts";
import { type Limits, sections } from "./summary-sections.ts";

/** An image, or a target that got none. */
export interface SummaryImage {
  /** Name of the target. */
  readonly name: string;
  readonly kind: "gallery" | "managedImage" | "vhd" | "missing";
  /** Resource ID. */
  readonly id?: string;
  /** Address of a VHD. */
  readonly uri?: string;
  readonly version?: string;
  /** Resource ID of the gallery's image definition. */
  readonly definition?: string;
  readonly regions: readonly string[];
}

/** Plain data: it can be written as JSON and read back. Every text may come from anyone. */
export interface SummaryData {
  readonly outcome: "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled" | "Started" | "Found" | "Reused";
  readonly images: readonly SummaryImage[];
  readonly source?: { readonly name?: string; readonly version?: string };
  readonly artifactDigest?: string;
  readonly requestDigest?: string;
  /** `removed`: it is there no more. Absent where no template is known. */
  readonly template?: { readonly name: string; readonly id: string; readonly removed: boolean };
  /** Milliseconds of the step. */
  readonly totalMs?: number;
  readonly phases: readonly PhaseTime[];
  readonly steps: readonly StepTime[];
  readonly leftovers: Leftovers;
  readonly failure?: FailureReport;
  /** Why there is no image, where no report says it. */
  readonly reason?: string;
  /** What to do next, as the log's last line says it. */
  readonly next?: string;
  readonly notes: readonly string[];
  readonly portal?: Portal;
  /** Absent where the step's name is unknown. */
  readonly place?: StepPlace;
}

/** Azure DevOps does not say how long a summary may be; what is longer than this nobody reads. Bytes of UTF-8. */
export const summaryLimit = 60 * 1024;

/** Evidence goes first, then long lists and long texts. */
const levels: readonly Limits[] = [
  { evidenceLines: 200, evidenceWidth: 2000, rows: 200, text: 1000 },
  { evidenceLines: 20, evidenceWidth: 300, rows: 200, text: 1000 },
  { evidenceLines: 0, evidenceWidth: 0, rows: 50, text: 400 },
  { evidenceLines: 0, evidenceWidth: 0, rows: 10, text: 120 },
];

/** The summary as Markdown, at most `summaryLimit` long. No text in it can be more than text. */
export function describeSummary(data: SummaryData): string {
  let shortest: readonly string[] = [];
  for (const limits of levels) {
    shortest = sections(data, limits);
    if (size(shortest) <= summaryLimit) return join(shortest);
  }
  // Names of nothing but markup: whole sections go.
  return join(
    shortest.reduce<readonly string[]>((kept, section) => {
      const longer = [...kept, section];
      return size(longer) <= summaryLimit ? longer : kept;
    }, []),
  );
}

function join(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}

function size(parts: readonly string[]): number {
  return Buffer.byteLength(join(parts));
}
