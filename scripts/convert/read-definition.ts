/**
 * Every step of the older tasks in an exported classic definition. The form that is assumed:
 *
 * - build: `process.phases[]` with `name` and `steps[]`; a step has `task: { id, versionSpec }`, `inputs`, `displayName`,
 *   `refName`, `enabled`, `continueOnError`, `condition`, `timeoutInMinutes`, `retryCountOnTaskFailure`, `environment`;
 * - release: `environments[]` with `name` and `deployPhases[]`, each with `name` and `workflowTasks[]`; a task has `taskId`
 *   and `version` in place of `task`, `name` in place of `displayName`, and otherwise the same;
 * - task group: `tasks[]`, each like the step of a build.
 */
import { taskKindOf } from "../plan/find-step.ts";
import type { OlderStep } from "./types.ts";

type Json = Readonly<Record<string, unknown>>;

/** The steps of a definition, in their order; none where it has another form. */
export function readDefinitionSteps(definition: unknown): readonly OlderStep[] {
  if (Array.isArray(definition)) return definition.flatMap(readDefinitionSteps);
  const { process, environments, tasks } = asObject(definition);
  const phases = listOf(asObject(process)["phases"]);
  return [
    ...phases.flatMap((phase) => readSteps(phase["steps"], "build", [phase["name"]])),
    ...listOf(environments).flatMap((stage) =>
      listOf(stage["deployPhases"]).flatMap((phase) =>
        readSteps(phase["workflowTasks"], "release", [stage["name"], phase["name"]]),
      ),
    ),
    ...readSteps(tasks, "taskGroup", []),
  ];
}

function readSteps(steps: unknown, origin: OlderStep["origin"], place: readonly unknown[]): readonly OlderStep[] {
  return listOf(steps).flatMap((step, at) => {
    const { id, versionSpec } = asObject(step["task"]);
    const major = textOf(versionSpec ?? step["version"]).split(".")[0] ?? "";
    const task = taskKindOf(`${textOf(id ?? step["taskId"])}@${major}`);
    if (task === undefined || task === "AzureImageBuilder") return [];
    const names = place.map(textOf).filter((name) => name !== "");
    const inputs = Object.entries(asObject(step["inputs"])).map(([name, value]) => [name, textOf(value)] as const);
    const where = [...names, `step ${at + 1}`].join(", ");
    return [{ task, where, origin, inputs: Object.fromEntries(inputs), settings: readSettings(step), notes: [] }];
  });
}

/** Settings that differ from what they are in YAML when left out. */
function readSettings(step: Json): Json {
  const minutes = Number(step["timeoutInMinutes"] ?? 0);
  const retries = Number(step["retryCountOnTaskFailure"] ?? 0);
  const environment = asObject(step["environment"]);
  const said = textOf(step["condition"]);
  const condition = said === "" && step["alwaysRun"] === true ? "always()" : said;
  const settings: Json = {
    name: textOf(step["refName"]),
    displayName: textOf(step["displayName"] ?? step["name"]),
    condition: condition === "succeeded()" ? "" : condition,
    enabled: step["enabled"] === false ? false : "",
    continueOnError: step["continueOnError"] === true ? true : "",
    timeoutInMinutes: minutes > 0 ? minutes : "",
    retryCountOnTaskFailure: retries > 0 ? retries : "",
    env: Object.keys(environment).length > 0 ? environment : "",
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ""));
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
