/** The run as JSON: the form other tools rely on (docs/local-runner.md), with every secret masked. */
import { readFileSync, statSync } from "node:fs";
import type { TaskResult } from "../agent/results.ts";
import type { Issue, OutputVariable } from "../agent/state.ts";
import type { RunReport, TimelineRecord } from "./types.ts";

/** What `--json` writes. */
export interface JsonReport {
  readonly result: TaskResult;
  readonly steps: readonly {
    readonly name: string;
    readonly task: string;
    readonly result: TaskResult;
    /** null where no process was started. */
    readonly exitCode: number | null;
    readonly outputs: Readonly<Record<string, string>>;
    readonly issues: readonly {
      readonly type: Issue["type"];
      readonly code: string | null;
      readonly message: string;
    }[];
    readonly durationMs: number;
    readonly attempt: number;
  }[];
  readonly variables: Readonly<Record<string, string>>;
  /** By `step.variable`. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly attachments: readonly {
    readonly step: string;
    readonly type: string;
    readonly name: string;
    /** Bytes of the file itself. */
    readonly size: number;
    /** As text, at most a million characters. */
    readonly content: string;
  }[];
  /** Times in ms since 1970. */
  readonly timeline: readonly TimelineRecord[];
}

const mostContent = 1_000_000;

/** Builds the report; attachments are read from the run's work folder, which must still be there. */
export function buildJsonReport(report: RunReport): JsonReport {
  const json: JsonReport = {
    result: report.result,
    steps: report.steps.map((step) => ({
      name: step.name,
      task: step.task,
      result: step.result,
      exitCode: step.exitCode ?? null,
      outputs: outputValues([...step.outputs]),
      issues: step.issues.map(({ type, code, message }) => ({ type, code: code ?? null, message })),
      durationMs: Math.round(step.durationMs),
      attempt: step.attempt,
    })),
    variables: Object.fromEntries(report.variables.map(({ name, value, secret }) => [name, secret ? "***" : value])),
    outputs: outputValues(
      report.steps.flatMap((step) =>
        [...step.outputs].map(
          ([name, output]) => [`${step.name.replace(/^(Pre|Post)-job: /, "")}.${name}`, output] as const,
        ),
      ),
    ),
    attachments: report.attachments.map(({ step, type, name, path }) => ({
      step,
      type,
      name,
      size: statSync(path).size,
      content: readFileSync(path, "utf8").slice(0, mostContent),
    })),
    timeline: report.timeline,
  };
  return maskTexts(json, report.mask) as JsonReport;
}

function outputValues(outputs: readonly (readonly [string, OutputVariable])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(outputs.map(([name, { value, secret }]) => [name, secret ? "***" : value]));
}

/** Masks every text within a value, keys included; many lines are masked one by one, as a log is. */
function maskTexts(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return value.split("\n").map(mask).join("\n");
  if (Array.isArray(value)) return value.map((item) => maskTexts(item, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskTexts(item, mask)]));
}
