/** Reads a pipeline file (Azure Pipelines YAML schema): what is not run here is refused or noticed by name. */
import { inOrder } from "./order.ts";
import { createReader, isMapping, PipelineError, type Place, type YamlReader } from "./reader.ts";
import { readFlag, readName, readNumber, readSteps, readTexts } from "./steps.ts";
import type { Job, Pipeline, Stage, Step, VariableDeclaration } from "./types.ts";

type Entries = Readonly<Record<string, Place>>;

const jobKeys = [
  "displayName",
  "dependsOn",
  "condition",
  "continueOnError",
  "strategy",
  "pool",
  "workspace",
  "container",
  "services",
  "timeoutInMinutes",
  "cancelTimeoutInMinutes",
  "variables",
  "steps",
  "uses",
  "environment",
  "templateContext",
];
const stageKeys = [
  "stage",
  "displayName",
  "dependsOn",
  "condition",
  "variables",
  "jobs",
  "pool",
  "lockBehavior",
  "trigger",
  "isSkippable",
  "templateContext",
];
const rootKeys = [
  "name",
  "appendCommitMessageToRunName",
  "trigger",
  "pr",
  "schedules",
  "resources",
  "parameters",
  "stages",
  "jobs",
  "lockBehavior",
  ...jobKeys,
];

/**
 * Reads the text of a pipeline. A bare list counts as its steps. Throws a PipelineError with every problem:
 * bad YAML, unknown keys, template expressions and templates, matrix strategies, unknown or circular dependencies.
 */
export function loadPipeline(source: string, file: string): Pipeline {
  const reader = createReader(source, file);
  refuseTemplateExpressions(reader, reader.root);
  const root: Place = Array.isArray(reader.root.value)
    ? { value: { steps: reader.root.value as unknown }, path: [] }
    : reader.root;
  if (isMapping(root.value) && "extends" in root.value) {
    reader.problem(root, "extends: is not read: templates are expanded by the service only.");
    throw new PipelineError(reader.problems);
  }
  const entries = reader.mapping(root, rootKeys);
  const notices: string[] = [];
  const stages = readStages(reader, root, { entries, notices });
  const pipeline = { variables: readVariables(reader, entries.variables, notices), stages, notices };
  if (reader.problems.length > 0) throw new PipelineError(reader.problems);
  return pipeline;
}

function refuseTemplateExpressions(reader: YamlReader, place: Place): void {
  if (typeof place.value === "string") {
    for (const [expression] of place.value.matchAll(/\$\{\{[\s\S]*?\}\}/g)) {
      reader.problem(
        place,
        `The template expression ${expression} is not read: the service alone expands it. Write its value.`,
      );
    }
    return;
  }
  if (typeof place.value !== "object" || place.value === null) return;
  for (const [key, value] of Object.entries(place.value as Readonly<Record<string, unknown>>)) {
    const inner: Place = { value, path: [...place.path, Array.isArray(place.value) ? Number(key) : key] };
    if (key.includes("${{")) {
      reader.problem(
        inner,
        `The template expression ${key} is not read: the service alone expands it. Write its outcome.`,
      );
    }
    refuseTemplateExpressions(reader, inner);
  }
}

interface Reading {
  readonly entries: Entries;
  readonly notices: string[];
}

function readStages(reader: YamlReader, root: Place, { entries, notices }: Reading): readonly Stage[] {
  const { stages } = entries;
  if (stages === undefined) {
    const defaults = {
      name: "__default",
      displayName: "__default",
      dependsOn: [],
      condition: undefined,
      variables: [],
    };
    return [{ ...defaults, jobs: readJobs(reader, root, { entries, notices }) }];
  }
  const items = reader.items(stages).map((place) => readStage(reader, place, notices));
  const chained = items.map((stage, index) => ({
    ...stage,
    dependsOn: stage.dependsOn ?? items.slice(Math.max(index - 1, 0), index).map(({ name }) => name),
  }));
  return inOrder(reader, stages, chained);
}

type ReadStage = Omit<Stage, "dependsOn"> & { readonly dependsOn: readonly string[] | undefined };

function readStage(reader: YamlReader, place: Place, notices: string[]): ReadStage {
  refuseTemplate(reader, place, "stage");
  const entries = reader.mapping(place, stageKeys);
  const name = entries.stage === undefined ? "" : readName(reader, entries.stage, "stage");
  if (entries.stage === undefined) reader.problem(place, "A stage needs a name: stage: NAME.");
  return {
    name,
    displayName: reader.text(entries.displayName) ?? name,
    dependsOn: readDependencies(reader, entries.dependsOn),
    condition: reader.text(entries.condition),
    variables: readVariables(reader, entries.variables, notices),
    jobs: readJobs(reader, place, { entries, notices }),
  };
}

function readJobs(reader: YamlReader, owner: Place, { entries, notices }: Reading): readonly Job[] {
  if (entries.jobs === undefined) {
    if (entries.steps === undefined)
      reader.problem(owner, "There is nothing to run: stages, jobs or steps are missing.");
    const { variables: _ofThePipeline, dependsOn: _none, ...own } = entries;
    return [readJob(reader, owner, { entries: own, notices })];
  }
  const jobs = reader.items(entries.jobs).map((place) => {
    refuseTemplate(reader, place, "job");
    return readJob(reader, place, { entries: reader.mapping(place, ["job", "deployment", ...jobKeys]), notices });
  });
  return inOrder(reader, entries.jobs, jobs);
}

function refuseTemplate(reader: YamlReader, place: Place, what: string): void {
  if (isMapping(place.value) && "template" in place.value) {
    reader.problem(
      place,
      `A ${what} template is not read: templates are expanded by the service only. Write its ${what}s here.`,
    );
  }
}

function readJob(reader: YamlReader, place: Place, { entries, notices }: Reading): Job {
  const isDeployment = entries.deployment !== undefined;
  const named = entries.deployment ?? entries.job;
  const name = named === undefined || named.value === "" ? "Job" : readName(reader, named, "job");
  if (entries.container !== undefined)
    notices.push(
      `Job ${name} asks for a container: no image is pulled. Its steps see this machine's files; they are started and ended as in one.`,
    );
  return {
    kind: isDeployment ? "deployment" : "job",
    name,
    displayName: reader.text(entries.displayName) ?? name,
    dependsOn: readDependencies(reader, entries.dependsOn) ?? [],
    condition: reader.text(entries.condition),
    continueOnError: readFlag(reader, entries.continueOnError, false),
    isServer: isServerPool(entries.pool),
    inContainer: entries.container !== undefined,
    timeoutInMinutes:
      entries.timeoutInMinutes === undefined ? undefined : readNumber(reader, entries.timeoutInMinutes, 0),
    cancelTimeoutInMinutes: readNumber(reader, entries.cancelTimeoutInMinutes, 5),
    variables: readVariables(reader, entries.variables, notices),
    steps: isDeployment ? readDeployment(reader, place, entries.strategy) : readJobSteps(reader, entries),
  };
}

/** The word alone; a pool of that name is written `name: server`. */
function isServerPool(pool: Place | undefined): boolean {
  return typeof pool?.value === "string" && pool.value.trim().toLowerCase() === "server";
}

function readJobSteps(reader: YamlReader, entries: Entries): readonly Step[] {
  if (entries.strategy !== undefined) {
    const kind = Object.keys(reader.mapping(entries.strategy)).join(", ");
    reader.problem(entries.strategy, `strategy: ${kind} is not run here. Write the jobs it would make.`);
  }
  const steps = readSteps(reader, entries.steps);
  if (isServerPool(entries.pool) && entries.steps !== undefined && steps.some(({ action }) => action.kind !== "task")) {
    reader.problem(entries.steps, "A job with pool: server has no agent: only tasks of the service, such as Delay@1.");
  }
  return steps;
}

/** Only `runOnce` with `deploy`. */
function readDeployment(reader: YamlReader, place: Place, strategy: Place | undefined): readonly Step[] {
  if (strategy === undefined) {
    reader.problem(place, "A deployment job needs strategy: runOnce: deploy: steps.");
    return [];
  }
  const { runOnce } = reader.mapping(strategy, ["runOnce"]);
  const { deploy } = runOnce === undefined ? {} : reader.mapping(runOnce, ["deploy"]);
  const { steps } = deploy === undefined ? {} : reader.mapping(deploy, ["steps", "pool"]);
  return readSteps(reader, steps);
}

/** Undefined when the key is absent. */
function readDependencies(reader: YamlReader, place: Place | undefined): readonly string[] | undefined {
  if (place === undefined) return undefined;
  if (typeof place.value === "string") return place.value === "" ? [] : [place.value];
  return reader.items(place).map((item) => reader.text(item) ?? "");
}

function readVariables(
  reader: YamlReader,
  place: Place | undefined,
  notices: string[],
): readonly VariableDeclaration[] {
  if (place === undefined) return [];
  if (!Array.isArray(place.value)) {
    return Object.entries(readTexts(reader, place)).map(([name, value]) => ({ name, value, readOnly: false }));
  }
  return reader.items(place).flatMap((item) => {
    const { name, value, group, template, readonly } = reader.mapping(item, [
      "name",
      "value",
      "readonly",
      "group",
      "template",
    ]);
    if (template !== undefined) reader.problem(item, "A variable template is not read. Write its variables here.");
    if (group !== undefined) {
      notices.push(
        `The variable group "${reader.text(group) ?? ""}" is not known here: give its variables with --var.`,
      );
    }
    if (name === undefined) return [];
    return [
      { name: reader.text(name) ?? "", value: reader.text(value) ?? "", readOnly: readFlag(reader, readonly, false) },
    ];
  });
}
