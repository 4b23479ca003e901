/** The matrix: sites out of clean runs, each with every fault, and what became of it. */
import { expectationOf, isIndependent, missingRows } from "./expectations.ts";
import { faultKinds, type MadeFault } from "./fault-kinds.ts";
import { type Lanes, openLanes, type Run } from "./lanes.ts";
import { judge } from "./judge.ts";
import { requestsOf, type RunReport } from "./report.ts";
import { leaving, making, type Scenario, scenarios, storing } from "./scenarios.ts";
import { findSites } from "./sites.ts";
import type { Cell, Site } from "./types.ts";

export interface MatrixOptions {
  /** Part of a site's name, or several with `|` between them. */
  readonly site: string;
  /** Part of a fault's name. */
  readonly fault: string;
  /** Faults come twice in a row where they can; not also once. */
  readonly quick: boolean;
  /** Of how many cells one is made, spread over sites and faults; those that create, run, cancel or delete are all made. Default 1. */
  readonly share?: number;
  readonly lanes: number;
  readonly say: (text: string) => void;
}

export interface Matrix {
  readonly cells: readonly Cell[];
  readonly runs: number;
  /** Real time. */
  readonly seconds: number;
}

/** A site in the scenario that stands for it. */
export interface PlacedSite {
  readonly site: Site;
  readonly scenario: Scenario;
}

/** Makes the whole matrix, or the chosen part. Throws an Error where a clean run does not end as it should, or a site has no expectation. */
export async function makeMatrix(options: MatrixOptions): Promise<Matrix> {
  const began = performance.now();
  const lanes = await openLanes(options.lanes);
  try {
    const places = await placeSites(lanes, options);
    const missing = missingRows(places);
    if (missing.length > 0) {
      throw new Error(
        `No expectation is written for: ${missing.join("; ")}. Add rows to scripts/faults/expectations.ts.`,
      );
    }
    const chosen = places.filter(({ site }) => hasPart(site.name, options.site));
    const faults = faultKinds.filter(({ name }) => name.toLowerCase().includes(options.fault.toLowerCase()));
    const plans = planRuns(chosen, faults, options);
    options.say(`${chosen.length} sites, ${faults.length} faults, ${plans.length} cells`);
    const together = await runPlans(lanes, plans, options.say);
    // What did not end well beside other faults is tried by itself.
    const again = plans.filter((plan, index) => plan.isGrouped && (together.cells[index]?.problems.length ?? 1) > 0);
    const alone = await runPlans(lanes, again.map(alonePlan), options.say);
    const cells = plans.map((plan, index) => alone.cells[again.indexOf(plan)] ?? together.cells[index]);
    const runs = together.runs + alone.runs;
    return { cells: cells.filter((cell) => cell !== undefined), runs, seconds: (performance.now() - began) / 1000 };
  } finally {
    lanes.close();
  }
}

const hasPart = (name: string, parts: string): boolean =>
  parts.split("|").some((part) => name.toLowerCase().includes(part.toLowerCase()));

const isOfRun = ({ name }: Site): boolean => / after run/.test(name);

/** Where a build is left to itself, a read of its run comes by chance only. */
const isFollowed = ({ inputs }: Scenario): boolean => inputs["action"] !== "start";

/** How often a run is repeated whose fault met no request: some are sent only where a build takes its time. */
const repetitions = 4;

async function runUntilMet(
  lanes: Lanes,
  runs: readonly Run[],
  say: MatrixOptions["say"],
): Promise<readonly RunReport[]> {
  const reports = [
    ...(await lanes.all(runs, (count) => {
      if (count % 200 === 0) say(`${count} of ${runs.length} runs`);
    })),
  ];
  for (let count = 0; count < repetitions; count += 1) {
    const missed = runs.flatMap((_, index) => (reports[index]?.met.includes(0) ? [index] : []));
    const repeated = await lanes.all(missed.flatMap((index) => runs[index] ?? []));
    for (const [at, report] of repeated.entries()) reports[missed[at] ?? 0] = report;
  }
  return reports;
}

/** Clean runs of all scenarios, and each site in the first that has it. */
async function placeSites(lanes: Lanes, { say }: MatrixOptions): Promise<readonly PlacedSite[]> {
  // Each lane keeps what the first runs have stored and made.
  for (const name of [storing, making, leaving]) {
    for (const report of await lanes.each(cleanRun(name))) checkClean(report, undefined);
  }
  const reports = await lanes.all(scenarios.map(({ name }) => cleanRun(name)));
  const places = new Map<string, PlacedSite>();
  reports.forEach((report, index) => {
    const scenario = scenarios[index];
    if (scenario === undefined) return;
    checkClean(report, scenario);
    for (const found of [
      ...findSites(requestsOf(report, "main"), "main", scenario.reads),
      ...findSites(requestsOf(report, "post-job"), "post-job"),
    ]) {
      const isOwn = scenario.own?.test(found.name) === true;
      const site = isOwn ? { ...found, name: `${found.name} (${scenario.name})` } : found;
      const known = places.get(site.name);
      if (known === undefined || (isOfRun(site) && !isFollowed(known.scenario)))
        places.set(site.name, { site, scenario });
    }
  });
  say(`${scenarios.length} clean runs`);
  // One scenario after the other: another world or pace takes a while to set up.
  const order = (place: PlacedSite): number => scenarios.indexOf(place.scenario);
  return [...places.values()].sort((a, b) => order(a) - order(b));
}

function checkClean(report: RunReport, scenario: Scenario | undefined): void {
  const { end, leftovers } = report;
  if (
    end.code === (scenario?.code ?? "") &&
    end.outcome !== "crashed" &&
    end.outcome !== "hung" &&
    (scenario?.says === undefined || end.lines.includes(scenario.says)) &&
    leftovers.length === 0
  )
    return;
  throw new Error(
    `The run ${scenario?.name ?? ""} without any fault ended as ${end.outcome} ${end.code}, leaving ` +
      `${leftovers.join(", ") || "nothing"}: ${end.message}\n${end.lines.slice(-20).join("\n")}`,
  );
}

const cleanRun = (scenario: string): Run => ({ scenario, faults: [], by: "emulator", skewMs: 0 });

interface CellPlan {
  readonly place: PlacedSite;
  readonly fault: MadeFault;
  readonly runs: readonly { readonly run: Run; readonly at: number }[];
  /** Other cells' faults come in the same run. */
  readonly isGrouped: boolean;
}

/** Carries out all runs of the plans, each once, and judges the cells. */
async function runPlans(
  lanes: Lanes,
  plans: readonly CellPlan[],
  say: MatrixOptions["say"],
): Promise<{ readonly cells: readonly Cell[]; readonly runs: number }> {
  const runs = [...new Map(plans.flatMap((plan) => plan.runs.map(({ run }) => [keyOf(run), run]))).values()];
  const reports = await runUntilMet(lanes, runs, say);
  const byKey = new Map(runs.map((run, index) => [keyOf(run), reports[index]]));
  const cells = plans.map(({ place, fault, runs: own }) => {
    const seen = own.flatMap(({ run, at }) => {
      const report = byKey.get(keyOf(run));
      return report === undefined ? [] : [{ report, at }];
    });
    return judge({ place, fault, runs: seen }, expectationOf(place, fault));
  });
  return { cells, runs: runs.length };
}

function planRuns(
  places: readonly PlacedSite[],
  faults: readonly MadeFault[],
  { quick, share = 1 }: Pick<MatrixOptions, "quick" | "share">,
): readonly CellPlan[] {
  const isMade = (place: PlacedSite, fault: MadeFault): boolean =>
    changes.test(place.site.name) || (places.indexOf(place) + faults.indexOf(fault)) % share === 0;
  return places.flatMap((place) =>
    faults
      .filter((fault) => isMade(place, fault))
      .map((fault) => {
        const isGrouped = isGroupable(place, fault);
        const mates = places.filter(
          (one) => one.scenario === place.scenario && isGroupable(one, fault) && isMade(one, fault),
        );
        const group = isGrouped ? mates : [place];
        return { place, fault, isGrouped, runs: runsOf(group, place, { fault, quick }) };
      }),
  );
}

/**
 * Sites at which something is created, run, cancelled or deleted, in the run that stands for them: where a share of the
 * cells is made, theirs are all made.
 */
const changes =
  /^(PUT|DELETE) [^(,]*$|^POST imageTemplates\/\{\}\/(run$|cancel \()|^DELETE imageTemplates\/\{\}, post-job/;

/** Sites that bear a fault each by itself are tried side by side. */
function isGroupable(place: PlacedSite, fault: MadeFault): boolean {
  return fault.at === "site" && isIndependent(place.site, fault) && expectationOf(place, fault).outcome === "succeeded";
}

function alonePlan({ place, fault }: CellPlan): CellPlan {
  return { place, fault, isGrouped: false, runs: runsOf([place], place, { fault, quick: true }) };
}

/**
 * A read that bears a fault twice in a row bears it once, and so does a request that was certainly not processed; of
 * anything else both are tried.
 */
function runsOf(
  group: readonly PlacedSite[],
  place: PlacedSite,
  { fault, quick }: { readonly fault: MadeFault; readonly quick: boolean },
): CellPlan["runs"] {
  const { site, scenario } = place;
  const { machine } = fault;
  if (typeof machine === "object") return [{ run: { ...cleanRun(scenario.name), skewMs: machine.skewMs }, at: 0 }];
  const isPlain = site.match.method === "GET" || site.match.method === "HEAD" || !fault.uncertain;
  const times = !fault.burst ? [1] : isPlain || quick ? [2] : [1, 2];
  return times.map((count) => ({
    run: {
      ...cleanRun(scenario.name),
      faults: group.map(({ site: { match, part } }) => ({ part, match, times: count, action: fault.action })),
      by: machine === "refuses" ? "machine" : "emulator",
    },
    at: group.indexOf(place),
  }));
}

function keyOf(run: Run): string {
  return JSON.stringify(run);
}
