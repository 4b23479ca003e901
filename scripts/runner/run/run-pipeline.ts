/** Runs a pipeline: stages and jobs in the order of their dependencies, one at a time. */
import { randomUUID } from "node:crypto";
import { createLog } from "../agent/log.ts";
import { createMasker } from "../agent/masker.ts";
import { mergeJobResult, type TaskResult } from "../agent/results.ts";
import { evaluateExpression, type ExpressionContext } from "../expressions/evaluate.ts";
import { toBoolean } from "../expressions/values.ts";
import { loadPipeline } from "../pipeline/load.ts";
import type { Job, Pipeline, Stage, VariableDeclaration } from "../pipeline/types.ts";
import { checkTasks } from "./check-tasks.ts";
import {
  graphContext,
  jobDependencies,
  stageConditionDependencies,
  stageDependencies,
  variablesValue,
  type Outcome,
} from "./contexts.ts";
import { evaluateDeclarations, type Upstream } from "./job-variables.ts";
import { runJob, type JobOutcome } from "./run-job.ts";
import { branchVariables, localPipeline } from "./system-variables.ts";
import type { JobReport, RunReport, RunSettings, TimelineRecord } from "./types.ts";

/** What a run has come to so far. */
interface RunState {
  readonly settings: RunSettings;
  readonly pipeline: Pipeline;
  readonly masker: ReturnType<typeof createMasker>;
  readonly log: ReturnType<typeof createLog>;
  readonly stages: (Outcome & { readonly jobs: readonly JobReport[]; readonly dependsOn: readonly string[] })[];
  readonly outcomes: JobOutcome[];
  readonly records: TimelineRecord[];
}

/** Runs a pipeline to its end. Throws a PipelineError when the pipeline is not valid; nothing has run then. */
export async function runPipeline(settings: RunSettings): Promise<RunReport> {
  const pipeline = loadPipeline(settings.source, settings.file);
  checkTasks(pipeline, settings);
  const masker = createMasker();
  const log = createLog(settings.sink, masker, () => false);
  const run: RunState = { settings, pipeline, masker, log, stages: [], outcomes: [], records: [] };
  for (const notice of pipeline.notices) log.tag("warning", notice);
  for (const stage of pipeline.stages) await runStage(run, stage);
  return describe(run);
}

async function runStage(run: RunState, stage: Stage): Promise<void> {
  const startTime = Date.now();
  const recordId = randomUUID();
  if (stage.name !== "__default") run.log.tag("section", `Stage: ${stage.displayName}`);
  const decision = stageDecision(run, stage);
  const jobs: JobReport[] = [];
  for (const job of stage.jobs) {
    jobs.push(decision === "run" ? await runOneJob(run, { stage, job, done: jobs, recordId }) : skipped(stage, job));
  }
  const result = decision === "run" ? combine(jobs.map((job) => job.result)) : decision;
  run.stages.push({ name: stage.name, result, jobs, dependsOn: stage.dependsOn });
  run.records.push(
    recordOf(run, { id: recordId, type: "Stage", name: stage.displayName, refName: stage.name, result, startTime }),
  );
}

/** Runs when its condition holds; one that cannot be evaluated fails the stage. */
function stageDecision(run: RunState, stage: Stage): "run" | TaskResult {
  const ancestors = ancestorsOf(stage.name, run.stages, stage.dependsOn);
  const direct = run.stages.filter(({ name }) => includesName(stage.dependsOn, name));
  const jobsOf = (name: string): readonly JobReport[] => run.stages.find((one) => one.name === name)?.jobs ?? [];
  const dependencies = stageConditionDependencies(direct, jobsOf);
  const stagedependencies = stageDependencies(new Map(direct.map(({ name, jobs }) => [name, jobs])));
  const declared = [...run.pipeline.variables, ...staticOnly(stage.variables)];
  const upstream = { names: { dependencies, stagedependencies }, secretValues: [] };
  const names = { dependencies, variables: readVariables(run, declared, upstream) };
  return decide(run, { what: `Stage ${stage.name}`, condition: stage.condition, names, ancestors });
}

/** The variables a condition sees before the job exists: no predefined ones but those of the run. */
function readVariables(run: RunState, declared: readonly VariableDeclaration[], upstream: Upstream) {
  const { surroundings, variables, secretVariables, identity = localPipeline } = run.settings;
  const system = { "Build.Reason": "Manual", ...branchVariables(identity) };
  const sources = {
    system,
    surroundings: surroundings.variables,
    declared,
    queued: variables,
    secrets: secretVariables ?? {},
  };
  const values = evaluateDeclarations(sources, upstream);
  return variablesValue((name) => values.get(name.toLowerCase())?.value);
}

function decide(
  run: RunState,
  unit: {
    readonly what: string;
    readonly condition: string | undefined;
    readonly names: ExpressionContext["names"];
    readonly ancestors: readonly Outcome[];
  },
): "run" | TaskResult {
  const condition = unit.condition === undefined || unit.condition.trim() === "" ? "succeeded()" : unit.condition;
  try {
    const context = graphContext(unit.names, unit.ancestors, run.settings.cancel.aborted);
    if (toBoolean(evaluateExpression(condition, context))) return "run";
  } catch (error) {
    run.log.tag("error", `${unit.what}: ${error instanceof Error ? error.message : String(error)}`);
    return "Failed";
  }
  run.log.write(`${unit.what} is skipped: its condition is false: ${condition}`);
  return run.settings.cancel.aborted ? "Canceled" : "Skipped";
}

interface JobPlace {
  readonly stage: Stage;
  readonly job: Job;
  /** The stage's jobs that are done. */
  readonly done: readonly JobReport[];
  readonly recordId: string;
}

async function runOneJob(run: RunState, { stage, job, done, recordId }: JobPlace): Promise<JobReport> {
  const direct = done.filter(({ name }) => includesName(job.dependsOn, name));
  const stages = run.stages.filter(({ name }) => includesName(stage.dependsOn, name));
  const upstream: Upstream = {
    names: {
      dependencies: jobDependencies(direct),
      stagedependencies: stageDependencies(new Map(stages.map(({ name, jobs }) => [name, jobs]))),
    },
    secretValues: [...direct, ...stages.flatMap(({ jobs }) => jobs)].flatMap(({ outputs }) =>
      [...outputs.values()].filter(({ secret }) => secret).map(({ value }) => value),
    ),
  };
  const outer = [...run.pipeline.variables, ...stage.variables];
  const nodes = done.map((report) => ({
    ...report,
    dependsOn: stage.jobs.find(({ name }) => name === report.name)?.dependsOn ?? [],
  }));
  const decision = decide(run, {
    what: `Job ${job.name}`,
    condition: job.condition,
    names: { ...upstream.names, variables: readVariables(run, [...outer, ...staticOnly(job.variables)], upstream) },
    ancestors: ancestorsOf(job.name, nodes, job.dependsOn),
  });
  if (decision !== "run") return { ...skipped(stage, job), result: decision };
  run.log.tag("section", `Job: ${job.displayName}`);
  const outcome = await runJob(run.settings, {
    stage,
    job,
    number: run.outcomes.length + 1,
    declared: [...outer, ...job.variables],
    upstream,
    stageRecordId: recordId,
    runMasker: run.masker,
  });
  run.outcomes.push(outcome);
  run.log.tag("section", `Finishing job: ${job.displayName} (${outcome.result})`);
  return outcome;
}

/** The runtime expressions of a job or stage are not evaluated yet when its own condition is. */
function staticOnly(variables: readonly VariableDeclaration[]): readonly VariableDeclaration[] {
  return variables.filter(({ value }) => !/^\s*\$\[/.test(value));
}

function skipped(stage: Stage, job: Job): JobReport {
  return { stage: stage.name, name: job.name, result: "Skipped", outputs: new Map() };
}

function includesName(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

/** Everything a unit depends on, directly or through others. */
function ancestorsOf(
  name: string,
  done: readonly (Outcome & { readonly dependsOn: readonly string[] })[],
  dependsOn: readonly string[],
): readonly Outcome[] {
  const found = new Map<string, Outcome>();
  const add = (names: readonly string[]): void => {
    for (const node of done) {
      const key = node.name.toLowerCase();
      if (!includesName(names, node.name) || found.has(key) || key === name.toLowerCase()) continue;
      found.set(key, node);
      add(node.dependsOn);
    }
  };
  add(dependsOn);
  return [...found.values()];
}

/** The result of a stage or run from those of its parts. */
function combine(results: readonly TaskResult[]): TaskResult {
  if (results.length > 0 && results.every((result) => result === "Skipped")) return "Skipped";
  if (results.includes("Canceled")) return results.includes("Failed") ? "Failed" : "Canceled";
  return results.reduce<TaskResult>((worst, result) => mergeJobResult(worst, result), "Succeeded");
}

function recordOf(
  run: RunState,
  record: Pick<TimelineRecord, "id" | "type" | "name" | "refName" | "result" | "startTime">,
): TimelineRecord {
  const { attempt } = run.settings;
  const rest = {
    parentId: undefined,
    finishTime: Date.now(),
    percentComplete: 100,
    currentOperation: undefined,
    details: [],
  };
  return { ...record, ...rest, attempt };
}

function describe(run: RunState): RunReport {
  const results = run.stages.map(({ result }) => result);
  const { aborted } = run.settings.cancel;
  const variables = new Map(
    run.outcomes.flatMap(({ state }) => state.variables.all().map((one) => [one.name.toLowerCase(), one] as const)),
  );
  return {
    result: aborted && !results.includes("Failed") ? "Canceled" : combine(results),
    steps: run.outcomes.flatMap(({ steps }) => steps),
    variables: [...variables.values()],
    jobs: run.stages.flatMap(({ jobs }) => jobs),
    attachments: run.outcomes.flatMap(({ state }) => state.attachments),
    timeline: [...run.records, ...run.outcomes.flatMap(({ record, records }) => [record, ...records])].sort(
      (one, other) => one.startTime - other.startTime,
    ),
    buildTags: run.outcomes.flatMap(({ state }) => state.buildTags),
    mask: (text) => run.masker.mask(text),
  };
}
