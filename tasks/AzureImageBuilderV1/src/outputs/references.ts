/** Exactly how a later step, job and stage refers to this step's outputs (agent contract, sections 2.3 and 3.4). */

/** Reads a predefined variable; undefined when unset. */
export type ReadVariable = (name: string) => string | undefined;

/** Names the service gives a step without one: the task's, with a number. */
const generatedName = /^_*AzureImageBuilder\w*?\d*$/i;
/** Name of the one job of a phase that is not multiplied. */
const onlyJob = "__default";

/** Lines for the log that tell how to use the output `name`; none where the step's name is unknown. */
export function describeReferences(name: string, variable: ReadVariable): readonly string[] {
  const step = variable("System.TaskInstanceName");
  if (!step) return [];
  const own = `${step}.${name}`;
  const lines = ["To use it later:", `  a later step of this job:   $(${own})`];
  const host = variable("System.HostType")?.toLowerCase();
  // Classic releases hand nothing to later jobs and stages by expression.
  if (host === undefined || host === "build") lines.push(...laterJobs(own, variable));
  if (generatedName.test(step)) {
    lines.push(`The step has no name of its own; give it one to keep these names, e.g. name: image.`);
  }
  return lines;
}

function laterJobs(own: string, variable: ReadVariable): readonly string[] {
  const job = variable("System.PhaseName") ?? variable("System.JobName");
  const stage = variable("System.StageName");
  if (!job) return [];
  const key = `${instancePrefix(job, variable)}${own}`;
  const sameStage = `  a later job of this stage:  $[ dependencies.${job}.outputs['${key}'] ]`;
  const otherStage = `  a later stage:              $[ stageDependencies.${stage ?? ""}.${job}.outputs['${key}'] ]`;
  return stage ? [sameStage, otherStage] : [sameStage];
}

/** A multiplied job's outputs carry the name of the instance, a deployment job's that of the job. */
function instancePrefix(job: string, variable: ReadVariable): string {
  if (variable("Environment.Name")) return `${job}.`;
  const instance = variable("System.JobName");
  return instance === undefined || instance === "" || instance === onlyJob || instance === job ? "" : `${instance}.`;
}
