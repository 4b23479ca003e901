/** What became of a cell, against what was expected of it. */
import type { MadeFault } from "./fault-kinds.ts";
import { requestsOf, type RunReport } from "./report.ts";
import type { PlacedSite } from "./matrix.ts";
import { findRepeated } from "./repeated.ts";
import { countAt } from "./sites.ts";
import type { Cell, Expectation } from "./types.ts";

/** A cell's runs. */
export interface CellRuns {
  readonly place: PlacedSite;
  readonly fault: MadeFault;
  readonly runs: readonly OwnRun[];
}

/** A run, and which of its faults is the cell's. */
export interface OwnRun {
  readonly report: RunReport;
  readonly at: number;
}

/** The cell; where its runs ended differently, the worst of them counts. */
export function judge({ place, fault, runs }: CellRuns, expected: Expectation): Cell {
  const site = { ...place.site, name: place.site.name.replace(/ \([^)]*\)$/, "") };
  const reports = runs.map(({ report }) => report);
  const problems = runs.flatMap((run) => problemsOf(run, { fault, expected }));
  const worst = reports.reduce<RunReport | undefined>(
    (a, b) => (a === undefined || rank(b) > rank(a) ? b : a),
    undefined,
  );
  return {
    site: place.site.name,
    fault: fault.name,
    expected: `${[expected.outcome, ...expected.codes].join(" ")}: ${expected.why}`,
    outcome: worst?.end.outcome ?? "hung",
    code: worst?.end.code ?? "",
    leftovers: reports.flatMap(({ leftovers }) => leftovers),
    attempts: runs.reduce(
      (sum, { report, at }) =>
        sum + countAt(site, requestsOf(report, site.part), place.scenario.reads) + (report.end.refused[at] ?? 0),
      0,
    ),
    problems: [...new Set(reports.length === 0 ? ["nothing was run"] : problems)],
  };
}

interface Circumstances extends Pick<CellRuns, "fault"> {
  readonly expected: Expectation;
}

function problemsOf({ report, at }: OwnRun, { fault, expected }: Circumstances): string[] {
  const { end, requests, leftovers, met } = report;
  const problems: string[] = [];
  const isExpected =
    end.outcome === expected.outcome && (expected.codes.length === 0 || expected.codes.includes(end.code));
  if (!isExpected) problems.push(`ended as ${end.outcome} ${end.code}: ${end.message.slice(0, 300)}`);
  if (isExpected && expected.says !== undefined && !end.lines.includes(expected.says))
    problems.push(`did not say: ${expected.says}`);
  if (leftovers.length > 0) problems.push(`left without a word: ${leftovers.join(", ")}`);
  problems.push(...findRepeated(requests));
  if (fault.at === "site" && (met[at] ?? 0) === 0) problems.push("the fault met no request");
  return problems;
}

function rank({ end: { outcome } }: RunReport): number {
  return ["succeeded", "named-error", "hung", "crashed"].indexOf(outcome);
}
