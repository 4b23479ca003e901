/** What expressions may refer to at each place of a pipeline (Azure Pipelines documentation, "Expressions"). */
import { isSuccess, type TaskResult } from "../agent/results.ts";
import type { ExpressionContext } from "../expressions/evaluate.ts";
import type { FunctionRule } from "../expressions/functions.ts";
import { objectValue, toNumber, toText, type ObjectValue, type Value } from "../expressions/values.ts";
import type { JobReport } from "./types.ts";

/** Reads a variable's value by name; undefined when unset. */
export type VariableReader = (name: string) => string | undefined;

/** A stage or job whose outcome a condition may ask for. */
export interface Outcome {
  readonly name: string;
  readonly result: TaskResult;
}

/** A step's condition: the variables and the job's status so far. */
export function stepContext(variables: VariableReader, jobStatus: TaskResult): ExpressionContext {
  const status = (test: boolean): FunctionRule => ({ least: 0, most: 0, apply: () => test });
  return {
    names: { variables: variablesValue(variables) },
    functions: {
      always: status(true),
      canceled: status(jobStatus === "Canceled"),
      failed: status(jobStatus === "Failed"),
      succeeded: status(isSuccess(jobStatus)),
      succeededorfailed: status(isSuccess(jobStatus) || jobStatus === "Failed"),
    },
  };
}

/** A job's or stage's condition. `ancestors` are all it depends on, directly or not. */
export function graphContext(
  names: ExpressionContext["names"],
  ancestors: readonly Outcome[],
  canceled: boolean,
): ExpressionContext {
  const status = (test: (outcomes: readonly Outcome[]) => boolean): FunctionRule => ({
    least: 0,
    most: Number.POSITIVE_INFINITY,
    apply: (args) => test(chooseOutcomes(ancestors, args)),
  });
  return {
    names,
    functions: {
      always: { least: 0, most: 0, apply: () => true },
      canceled: { least: 0, most: 0, apply: () => canceled },
      failed: status((outcomes) => !canceled && outcomes.some(({ result }) => result === "Failed")),
      succeeded: status((outcomes) => !canceled && outcomes.every(({ result }) => isSuccess(result))),
      succeededorfailed: status(
        (outcomes) => !canceled && outcomes.every(({ result }) => isSuccess(result) || result === "Failed"),
      ),
    },
  };
}

function chooseOutcomes(ancestors: readonly Outcome[], args: readonly (() => Value)[]): readonly Outcome[] {
  if (args.length === 0) return ancestors;
  return args.map((argument) => {
    const name = toText(argument()) ?? "";
    const found = ancestors.find((outcome) => outcome.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new Error(`"${name}" is nothing this depends on`);
    return found;
  });
}

/** `variables['name']`. */
export function variablesValue(read: VariableReader): ObjectValue {
  return { kind: "object", get: read, values: () => [] };
}

/** `dependencies` inside a stage: the jobs a job depends on. */
export function jobDependencies(jobs: readonly JobReport[]): ObjectValue {
  return objectValue(jobs.map((job) => [job.name, jobValue(job)] as const));
}

/** `stageDependencies` inside a job: `<stage>.<job>`. */
export function stageDependencies(stages: ReadonlyMap<string, readonly JobReport[]>): ObjectValue {
  return objectValue([...stages].map(([name, jobs]) => [name, jobDependencies(jobs)] as const));
}

/** `dependencies` in a stage's condition: outputs are named `<job>.<step>.<variable>`. */
export function stageConditionDependencies(
  stages: readonly Outcome[],
  jobsOf: (stage: string) => readonly JobReport[],
): ObjectValue {
  return objectValue(
    stages.map(({ name, result }) => {
      const outputs = jobsOf(name).flatMap((job) =>
        [...job.outputs].map(([key, output]) => [`${job.name}.${key}`, output.value] as const),
      );
      return [name, objectValue([["result", result] as const, ["outputs", objectValue(outputs)] as const])] as const;
    }),
  );
}

function jobValue(job: JobReport): ObjectValue {
  const outputs = [...job.outputs].map(([key, output]) => [key, output.value] as const);
  return objectValue([["result", job.result] as const, ["outputs", objectValue(outputs)] as const]);
}

/** What `$[ ]` may use in a variable beside the names of its place: no status, but `counter`, which begins here. */
export function variableContext(names: ExpressionContext["names"]): ExpressionContext {
  const counter: FunctionRule = {
    least: 2,
    most: 2,
    apply: ([, seed]) => toNumber(seed === undefined ? null : seed()) ?? 0,
  };
  return { names, functions: { counter } };
}
