/** Runs one step of a job: condition, cancel, time limit, result (agent contract, sections 3.1 and 4). */
import { randomUUID } from "node:crypto";
import { mergeJobResult, mergeResults, type TaskResult } from "../agent/results.ts";
import { reportError, type StepState } from "../agent/state.ts";
import { evaluateExpression } from "../expressions/evaluate.ts";
import { toBoolean } from "../expressions/values.ts";
import { setJobResult, type JobContext } from "./job-context.ts";
import { stepContext } from "./contexts.ts";

/** What came of a step's process, beside its result. */
export interface StepTrace {
  exitCode: number | undefined;
  attempt: number;
  readonly signals: NodeJS.Signals[];
}

/** A step ready to run. */
export interface StepPlan {
  /** As the report calls it. */
  readonly name: string;
  readonly displayName: string;
  readonly task: string;
  readonly state: StepState;
  /** Undefined: `succeeded()`. */
  readonly condition: string | undefined;
  readonly continueOnError: boolean;
  /** 0: none. */
  readonly timeoutInMinutes: number;
  /** Does the work; throws an Error to fail. `stop` is aborted when the step is cancelled or its time is over. */
  readonly run: (stop: AbortSignal, trace: StepTrace) => Promise<void>;
}

/** Runs or skips a step, and updates the job. Never throws. */
export async function runStep(context: JobContext, plan: StepPlan): Promise<void> {
  const { state } = plan;
  const attachedBefore = context.state.attachments.length;
  const startTime = context.state.now();
  const trace: StepTrace = { exitCode: undefined, attempt: 1, signals: [] };
  for (const warning of context.state.variables.expand()) context.state.log.tag("warning", warning);
  if (context.cancel.aborted) setJobResult(context, "Canceled");
  setStepVariables(context, plan);
  const decision = decide(context, plan);
  if (decision === "run") state.result = await execute(context, plan, trace);
  else state.result = decision;
  setJobResult(context, mergeJobResult(context.result, state.result));
  report(context, plan, { startTime, trace });
  if (decision === "run") context.settings.onStepEnd?.(context.state.attachments.slice(attachedBefore));
}

function setStepVariables(context: JobContext, { displayName, state }: StepPlan): void {
  const values = {
    "Task.DisplayName": displayName,
    "Task.PublishTelemetry": "False",
    "System.TaskDisplayName": displayName,
    "System.TaskInstanceName": state.refName,
    "System.TaskInstanceId": randomUUID(),
  };
  for (const [name, value] of Object.entries(values)) context.state.variables.set(name, value, { readOnly: true });
}

/** A condition that cannot be evaluated fails the step. */
function decide(context: JobContext, plan: StepPlan): "run" | TaskResult {
  const { log } = context.state;
  if (context.kill.aborted) return "Skipped";
  try {
    if (holds(context, plan)) return "run";
    log.tag("section", `Skipping: ${plan.displayName}`);
    log.write(`Its condition is false: ${plan.condition ?? "succeeded()"} (job status ${context.result}).`);
    return "Skipped";
  } catch (error) {
    reportError(context.state, plan.state, error instanceof Error ? error.message : String(error));
    return "Failed";
  }
}

function holds(context: JobContext, plan: StepPlan): boolean {
  const variables = (name: string): string | undefined => context.state.variables.get(name);
  const source = plan.condition === undefined || plan.condition.trim() === "" ? "succeeded()" : plan.condition;
  return toBoolean(evaluateExpression(source, stepContext(variables, context.result)));
}

async function execute(context: JobContext, plan: StepPlan, trace: StepTrace): Promise<TaskResult> {
  const { log } = context.state;
  log.tag("section", `Starting: ${plan.displayName}`);
  const limits = limit(context, plan);
  let result: TaskResult;
  try {
    await plan.run(limits.stop, trace);
    result = plan.state.result ?? "Succeeded";
  } catch (error) {
    reportError(context.state, plan.state, error instanceof Error ? error.message : String(error));
    result = "Failed";
  } finally {
    limits.end();
  }
  result = limits.verdict() ?? result;
  if (plan.state.commandResult !== undefined) result = mergeResults(result, plan.state.commandResult);
  if (result === "Failed" && plan.continueOnError) result = "SucceededWithIssues";
  log.tag("section", `Finishing: ${plan.displayName}`);
  return result;
}

interface Limits {
  readonly stop: AbortSignal;
  /** What a cancel or the time limit makes of the step; undefined when neither happened. */
  readonly verdict: () => TaskResult | undefined;
  readonly end: () => void;
}

/** A cancelled job stops a step only if the step's condition no longer holds (agent contract, section 4.2). */
function limit(context: JobContext, plan: StepPlan): Limits {
  const stop = new AbortController();
  const over = new AbortController();
  let verdict: TaskResult | undefined;
  const cancelled = (): void => {
    setJobResult(context, "Canceled");
    if (decideAgain(context, plan)) return;
    reportError(context.state, plan.state, "The operation was canceled.");
    verdict ??= "Canceled";
    stop.abort();
  };
  if (!context.cancel.aborted) context.cancel.addEventListener("abort", cancelled, { once: true, signal: over.signal });
  const killed = (): void => {
    verdict ??= "Canceled";
    stop.abort();
  };
  context.kill.addEventListener("abort", killed, { once: true, signal: over.signal });
  if (plan.timeoutInMinutes > 0) {
    void context.settings.clock.sleep(plan.timeoutInMinutes * 60_000, over.signal).then(() => {
      if (over.signal.aborted || verdict !== undefined) return;
      reportError(context.state, plan.state, "The task has timed out.");
      verdict = "Failed";
      stop.abort();
    });
  }
  return { stop: stop.signal, verdict: () => verdict, end: () => over.abort() };
}

function decideAgain(context: JobContext, plan: StepPlan): boolean {
  try {
    return holds(context, plan);
  } catch {
    return false;
  }
}

function report(
  context: JobContext,
  plan: StepPlan,
  times: { readonly startTime: number; readonly trace: StepTrace },
): void {
  const { state } = plan;
  const { startTime, trace } = times;
  const finishTime = context.state.now();
  const result = state.result ?? "Succeeded";
  const { attempt } = context.settings;
  context.steps.push({
    name: plan.name,
    displayName: plan.displayName,
    task: plan.task,
    stage: context.stage.name,
    job: context.job.name,
    result,
    exitCode: trace.exitCode,
    outputs: state.outputs,
    issues: state.issues,
    durationMs: finishTime - startTime,
    attempt: trace.attempt,
    signals: trace.signals,
  });
  context.records.push({
    id: randomUUID(),
    parentId: context.recordId,
    type: "Task",
    name: plan.displayName,
    refName: state.refName,
    result,
    startTime,
    finishTime,
    percentComplete: 100,
    currentOperation: state.currentOperation,
    attempt,
    details: [...context.state.details.values()]
      .filter(({ step }) => step === state.refName)
      .map(completed(finishTime)),
  });
}

/** When a step ends, its nested records end with it. */
function completed(finishTime: number) {
  return <T extends object>(record: T) => ({
    percentComplete: 100,
    result: "Succeeded" as const,
    finishTime,
    ...record,
    state: "Completed" as const,
  });
}
