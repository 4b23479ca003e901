/** What the service checks before a run begins. */
import { findEndpoint } from "../agent/endpoints.ts";
import { connectionInputs, expandText, overlayDefaults } from "../agent/inputs.ts";
import { macroNames } from "../agent/macros.ts";
import { PipelineError } from "../pipeline/reader.ts";
import type { Pipeline } from "../pipeline/types.ts";
import { findTask } from "./task-references.ts";
import { sentInputs } from "./task-step.ts";
import type { RunSettings } from "./types.ts";

/**
 * What the service checks before a run: tasks exist in the wanted major, and connections they name exist.
 * Connections given by variables that are set only while the run goes on are checked when the step begins.
 */
export function checkTasks(pipeline: Pipeline, settings: RunSettings): void {
  const problems: string[] = [];
  for (const { stage, job } of pipeline.stages.flatMap((one) => one.jobs.map((each) => ({ stage: one, job: each })))) {
    const declared = [...pipeline.variables, ...stage.variables, ...job.variables];
    const values = new Map(
      [
        ...Object.entries(settings.surroundings.variables),
        ...declared.map(({ name, value }) => [name, value] as const),
        ...Object.entries(settings.variables),
      ].map(([name, value]) => [name.toLowerCase(), value]),
    );
    const expand = (text: string): string =>
      expandText(text, { variable: (name) => values.get(name.toLowerCase()), environment: {} });
    for (const step of job.steps) {
      if (step.action.kind !== "task" || !step.enabled) continue;
      try {
        if (job.isServer) refuseOnServer(step.action.reference, settings);
        else checkTask(step.action, settings, expand);
      } catch (error) {
        problems.push(`${settings.file}:${step.place}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  if (problems.length > 0) throw new PipelineError(problems);
}

/** The extension's tasks need an agent: none of them runs on `Server`. */
function refuseOnServer(reference: string, { extension }: RunSettings): void {
  if (findTask(extension, reference) === undefined) return;
  throw new Error(`"${reference}" needs an agent: it cannot be in a job with pool: server.`);
}

function checkTask(
  action: { readonly reference: string; readonly inputs: Readonly<Record<string, string>> },
  settings: RunSettings,
  expand: (text: string) => string,
): void {
  const task = findTask(settings.extension, action.reference);
  if (task === undefined) return;
  const inputs = overlayDefaults(task.definition, sentInputs(task.definition, action.inputs, settings));
  for (const name of connectionInputs(task.definition)) {
    const value = expand(inputs.get(name) ?? "");
    if (value === "" || macroNames(value).length > 0 || value.includes("$[")) continue;
    for (const part of value.split(",")) findEndpoint(settings.surroundings.endpoints, part);
  }
}
