/** Exactly how a later step, job and stage refers to this step's outputs (agent contract, sections 2.3 and 3.4). */

/** Reads a predefined variable; undefined when unset. */
export type ReadVariable = (name: string) => string | undefined;

/** Where a step stands in its pipeline, as far as later ones name it. */
export interface StepPlace {
  readonly step: string;
  /** Whether the name is the service's own, which changes with the steps around it. */
  readonly unnamed: boolean;
  /** Absent where later jobs see nothing: in classic releases. */
  readonly job?: {
    readonly name: string;
    /** What stands before the step in the job's outputs: empty, or the name of the job's instance and a full stop. */
    readonly prefix: string;
  };
  /** Absent in a pipeline without stages. */
  readonly stage?: string;
}

/** Names the service gives a step without one: the task's, with a number. */
const generatedName = /^_*AzureImageBuilder\w*?\d*$/i;
/** Name of the one job of a phase that is not multiplied, and of the one stage of a pipeline without stages. */
const onlyOne = "__default";

/** Where the step stands; undefined where its name is unknown. */
export function findStepPlace(variable: ReadVariable): StepPlace | undefined {
  const step = variable("System.TaskInstanceName");
  if (!step) return undefined;
  const host = variable("System.HostType")?.toLowerCase();
  const job = variable("System.PhaseName") ?? variable("System.JobName");
  const stage = variable("System.StageName");
  const unnamed = generatedName.test(step);
  // Classic releases hand nothing to later jobs and stages by expression.
  if ((host !== undefined && host !== "build") || !job) return { step, unnamed };
  return {
    step,
    unnamed,
    job: { name: job, prefix: instancePrefix(job, variable) },
    ...(stage && stage !== onlyOne ? { stage } : {}),
  };
}

/** Expressions for the output `name`; those for jobs and stages are absent where there is none. */
export interface References {
  readonly step: string;
  readonly job?: string;
  readonly stage?: string;
  /** The output in the condition of a later stage. */
  readonly stageCondition?: string;
}

/** How others name the output `name` of the step at `place`. */
export function referTo(name: string, { step, job, stage }: StepPlace): References {
  const own = `${step}.${name}`;
  if (job === undefined) return { step: `$(${own})` };
  const key = `${job.prefix}${own}`;
  return {
    step: `$(${own})`,
    job: `$[ dependencies.${job.name}.outputs['${key}'] ]`,
    ...(stage === undefined
      ? {}
      : {
          stage: `$[ stageDependencies.${stage}.${job.name}.outputs['${key}'] ]`,
          stageCondition: `dependencies.${stage}.outputs['${job.name}.${key}']`,
        }),
  };
}

/** Lines for the log that tell how to use the output `name`; none where the step's name is unknown. */
export function describeReferences(name: string, variable: ReadVariable): readonly string[] {
  const place = findStepPlace(variable);
  if (place === undefined) return [];
  const { step, job, stage } = referTo(name, place);
  return [
    "To use it later:",
    `  a later step of this job:   ${step}`,
    ...(job === undefined ? [] : [`  a later job of this stage:  ${job}`]),
    ...(stage === undefined ? [] : [`  a later stage:              ${stage}`]),
    ...(place.unnamed ? ["The step has no name of its own; give it one to keep these names, e.g. name: image."] : []),
  ];
}

/** A multiplied job's outputs carry the name of the instance, a deployment job's that of the job. */
function instancePrefix(job: string, variable: ReadVariable): string {
  if (variable("Environment.Name")) return `${job}.`;
  const instance = variable("System.JobName");
  return instance === undefined || instance === "" || instance === onlyOne || instance === job ? "" : `${instance}.`;
}
