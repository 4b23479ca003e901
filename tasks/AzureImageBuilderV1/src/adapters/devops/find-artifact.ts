/** From a run or a pipeline's name to an artifact, by the Build area of the REST API (7.1). */
import type { IncomingMessage } from "node:http";
import type {
  Build,
  BuildArtifact,
  BuildDefinitionReference,
} from "azure-devops-node-api/interfaces/BuildInterfaces.js";
import { readManifest } from "../../artifact/run-manifest.ts";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { PipelineArtifactSearch, PipelineRef, RunChoice } from "../../ports.ts";
import type { Client } from "./client.ts";

/** Numbers of the client's enumerations, which the API takes as well as names; importing them would load them all. */
const completed = 2;
const succeeded = 2;
const finishTimeDescending = 3;

/** Bytes of a manifest that is read: some 200,000 files. */
const longestManifest = 64 * 1024 * 1024;
/** Names that are looked at for one that was meant. */
const longestList = 1_000;

/** Does one request, again where that may help. `what` says what is asked. */
export type Ask = <T>(what: string, request: () => Promise<T>) => Promise<T>;

interface Run {
  readonly project: string;
  readonly id: number;
  readonly name: string;
}

type Miss = Exclude<PipelineArtifactSearch, { readonly state: "found" }>;

/** Looks for the artifact `name`. */
export async function findArtifact(
  { builds, isOwn }: Client,
  wanted: { readonly name: string; readonly run: RunChoice },
  ask: Ask,
): Promise<PipelineArtifactSearch> {
  const run = await findRun(builds, wanted.run, ask);
  if ("state" in run) return run;
  const artifacts = await ask(`artifacts of run ${run.name}`, () => orNull(builds.getArtifacts(run.project, run.id)));
  if (artifacts === null) return { state: "noProject", project: run.project };
  const same = (one: BuildArtifact): boolean => one.name?.toLowerCase() === wanted.name.toLowerCase();
  const found = artifacts.find(({ name }) => name === wanted.name) ?? artifacts.find(same);
  if (found === undefined) {
    return { state: "noArtifact", run: run.name, known: artifacts.flatMap(({ name }) => name ?? []) };
  }
  const { type = "", data = "", downloadUrl = "" } = found.resource ?? {};
  if (type !== "PipelineArtifact" && type !== "Container") return { state: "elsewhere", run: run.name, type };
  const name = found.name ?? wanted.name;
  if (!URL.canParse(downloadUrl) || !isOwn(downloadUrl)) {
    throw new ServiceError(
      failureCodes.noAnswer,
      `Azure DevOps, artifact ${name}: its address is not of Azure DevOps.`,
    );
  }
  const topFolder = type === "Container" ? data.split("/").at(-1) || name : name;
  const manifest = type === "Container" ? undefined : await readFacts(builds, { run, name, data, topFolder }, ask);
  const { project, id: runId, name: runName } = run;
  return { state: "found", artifact: { project, runId, runName, name, downloadUrl, topFolder, ...manifest } };
}

/** The client gives null for 404 (project or run are not there, or hidden), which its types do not say. */
export function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer;
}

async function findRun(builds: Client["builds"], run: RunChoice, ask: Ask): Promise<Run | Miss> {
  if (!("pipeline" in run)) return { project: run.project, id: run.runId, name: String(run.runId) };
  const project = run.pipeline.project ?? run.project;
  const pipeline = await findPipeline(builds, { ref: run.pipeline, project }, ask);
  if ("state" in pipeline) return pipeline;
  const { branch, tags } = run;
  const found = await ask(`runs of ${pipeline.name}`, () =>
    latestRuns(builds, { project, id: pipeline.id, branch, tags }),
  );
  if (found === null) return { state: "noProject", project };
  const [latest] = found;
  if (latest?.id === undefined) return { state: "noRun", pipeline: pipeline.name };
  return { project, id: latest.id, name: latest.buildNumber ?? String(latest.id) };
}

interface RunFilter {
  readonly project: string;
  /** Of the pipeline. */
  readonly id: number;
  readonly branch: string | undefined;
  readonly tags: readonly string[];
}

/** The latest run that succeeded, if there is one; the method's parameters are the query's, in their order. */
function latestRuns(builds: Client["builds"], { project, id, branch, tags }: RunFilter): Promise<Build[] | null> {
  const none = undefined;
  const wanted = tags.length === 0 ? none : [...tags];
  const [pipelines, top] = [[id], 1];
  // prettier-ignore
  return orNull(builds.getBuilds(
    project, pipelines, none, none, none, none, none, none, completed, succeeded, wanted, none, top, none, none, none,
    finishTimeDescending, branch,
  ));
}

async function findPipeline(
  builds: Client["builds"],
  { ref, project }: { readonly ref: PipelineRef; readonly project: string },
  ask: Ask,
): Promise<{ readonly id: number; readonly name: string } | Miss> {
  const list = (name?: string, id?: number): Promise<BuildDefinitionReference[] | null> =>
    ask(`pipelines of the project ${project}`, () => {
      const ids = id === undefined ? undefined : [id];
      const none = undefined;
      return orNull(builds.getDefinitions(project, name, none, none, none, longestList, none, none, ids));
    });
  const given = "id" in ref ? await list(undefined, ref.id) : await list(ref.name);
  if (given === null) return { state: "noProject", project };
  const found = given.filter((one) => isMeant(one, ref));
  const [first, second] = found;
  if (second !== undefined) return { state: "ambiguous", known: found.map(nameOf) };
  if (first?.id !== undefined) return { id: first.id, name: first.name ?? String(first.id) };
  return { state: "noPipeline", known: ((await list()) ?? []).map(nameOf) };
}

/** The name in a query is a pattern to the service; here it is a name. */
function isMeant({ id, name, path }: BuildDefinitionReference, ref: PipelineRef): boolean {
  if ("id" in ref) return id === ref.id;
  if (name?.toLowerCase() !== ref.name.toLowerCase()) return false;
  return ref.folder === undefined || path?.toLowerCase() === ref.folder.toLowerCase();
}

function nameOf({ name = "", path = "\\" }: BuildDefinitionReference): string {
  return path === "\\" ? name : `${path}\\${name}`;
}

/** What the manifest tells; nothing where it cannot be read: the archive is looked at on its way then. */
async function readFacts(
  builds: Client["builds"],
  artifact: { readonly run: Run; readonly name: string; readonly data: string; readonly topFolder: string },
  ask: Ask,
): Promise<ReturnType<typeof readManifest>> {
  const { run, name, data, topFolder } = artifact;
  if (data === "") return undefined;
  const text = await ask(`manifest of ${name}`, async () => {
    const answer = await builds.getFile(run.project, run.id, name, data, "manifest.json");
    return readText(answer as IncomingMessage);
  });
  return text === undefined ? undefined : readManifest(text, topFolder);
}

async function readText(answer: IncomingMessage): Promise<string | undefined> {
  if (answer.statusCode !== 200) {
    answer.resume();
    return undefined;
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > longestManifest) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
