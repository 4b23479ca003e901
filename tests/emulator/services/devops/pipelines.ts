/** Pipelines and runs: Definitions - List, Builds - List and Builds - Get of the REST API 7.1. */
import type { Answer, Exchange } from "../../core/exchange.ts";
import type { WorldFile, WorldPipeline, WorldRun } from "../../core/world-file.ts";
import { failure, json, list, notBuilt } from "./answers.ts";

/** A project as the job's token sees it. */
export interface Project {
  readonly id: string;
  readonly name: string;
}

/** The project by ID or name; undefined where it is unknown, or hidden from the running job's token. */
export function findProject(file: WorldFile, wanted: string): Project | undefined {
  const { project, otherProjects = [] } = file.devops;
  const visible = [project, ...otherProjects.filter(({ jobMayRead }) => jobMayRead === true)];
  return visible.find(({ id, name }) => same(id, wanted) || same(name, wanted));
}

/** Letter case aside. */
export function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** All pipelines of a project, hidden ones too. */
export function pipelinesOf(file: WorldFile, project: Project): readonly WorldPipeline[] {
  return (file.devops.pipelines ?? []).filter((one) => same(one.project ?? file.devops.project.name, project.name));
}

/** Answers `GET build/definitions`. */
export function listDefinitions({ url }: Exchange, file: WorldFile, project: Project): Answer {
  const unknown = unserved(url, ["name", "path", "definitionIds", "$top"]);
  if (unknown !== undefined) return unknown;
  const query = url.searchParams;
  const name = pattern(query.get("name") ?? "*");
  const path = query.get("path");
  const ids = query.get("definitionIds")?.split(",").map(Number);
  const found = pipelinesOf(file, project)
    .filter((one) => one.jobMayRead !== false && name.test(one.name))
    .filter((one) => path === null || same(one.path ?? "\\", path))
    .filter((one) => ids === undefined || ids.includes(one.id))
    .slice(0, Number(query.get("$top") ?? 10_000));
  const value = found.map(({ id, name: own, path: folder = "\\" }) => ({
    ...{ id, name: own, path: folder, type: "build", queueStatus: "enabled", revision: 1 },
    project: { id: project.id, name: project.name, state: "wellFormed", visibility: "private" },
  }));
  return list(value, "documented", "Definitions - List");
}

/** Answers `GET build/builds`. */
export function listBuilds(exchange: Exchange, file: WorldFile, project: Project): Answer {
  const { url } = exchange;
  const served = ["definitions", "statusFilter", "resultFilter", "tagFilters", "branchName", "queryOrder", "$top"];
  const unknown = unserved(url, served);
  if (unknown !== undefined) return unknown;
  const query = url.searchParams;
  if (!["3", "finishtimedescending"].includes(query.get("queryOrder")?.toLowerCase() ?? ""))
    return notBuilt("builds in another order than by finishTimeDescending");
  const ids = query.get("definitions")?.split(",").map(Number);
  const pipelines = pipelinesOf(file, project).filter(({ id }) => ids === undefined || ids.includes(id));
  const denied = pipelines.find(({ jobMayRead }) => jobMayRead === false);
  if (denied !== undefined && ids !== undefined) return accessDenied(file, project, denied);
  const found = pipelines
    .filter(({ jobMayRead }) => jobMayRead !== false)
    .flatMap((pipeline) => pipeline.runs.map((run) => ({ pipeline, run })))
    .filter(({ run }) => matches(run, query))
    .sort((a, b) => (b.run.finishTime ?? "").localeCompare(a.run.finishTime ?? ""))
    .slice(0, Number(query.get("$top") ?? 1_000));
  return list(
    found.map((one) => describeRun(one, { exchange, file, project })),
    "documented",
    "Builds - List",
  );
}

/** Answers `GET build/builds/{buildId}`. */
export function readBuild(
  exchange: Exchange,
  file: WorldFile,
  { project, buildId }: { readonly project: Project; readonly buildId: string },
): Answer {
  const unknown = unserved(exchange.url, []);
  if (unknown !== undefined) return unknown;
  const found = findRun(file, project, buildId);
  return "status" in found
    ? found
    : json(describeRun(found, { exchange, file, project }), "documented", "Builds - Get");
}

/** A run of the project by its ID, with its pipeline; or the refusal. */
export function findRun(
  file: WorldFile,
  project: Project,
  buildId: string,
): { readonly pipeline: WorldPipeline; readonly run: WorldRun } | Answer {
  for (const pipeline of pipelinesOf(file, project)) {
    const run = pipeline.runs.find(({ id }) => String(id) === buildId);
    if (run === undefined) continue;
    return pipeline.jobMayRead === false ? accessDenied(file, project, pipeline) : { pipeline, run };
  }
  return failure(404, `The requested build ${buildId} could not be found.`, "documented");
}

/** 403 for a pipeline on which the build service has no right. */
export function accessDenied(file: WorldFile, project: Project, pipeline: WorldPipeline): Answer {
  const identity = `${project.name} Build Service (${file.devops.organization.name})`;
  return failure(
    403,
    `TF215106: Access denied. ${identity} needs View builds permissions for pipeline ${pipeline.name} in team project ${project.name} to perform the action.`,
    "documented",
  );
}

const statuses: Readonly<Record<string, number>> = { inprogress: 1, completed: 2 };
const results: Readonly<Record<string, number>> = { succeeded: 2, partiallysucceeded: 4, failed: 8, canceled: 32 };

function matches(run: WorldRun, query: URLSearchParams): boolean {
  const branch = query.get("branchName");
  const tags = query.get("tagFilters")?.split(",") ?? [];
  return (
    passes(query.get("statusFilter"), run.status, statuses) &&
    passes(query.get("resultFilter"), run.result ?? "none", results) &&
    (branch === null || branch === run.branch) &&
    tags.every((tag) => run.tags?.some((own) => same(own, tag)))
  );
}

/** Filters are names with commas between them, or the sum of their numbers. */
function passes(filter: string | null, value: string, numbers: Readonly<Record<string, number>>): boolean {
  if (filter === null) return true;
  const own = numbers[value.toLowerCase()] ?? 0;
  if (/^\d+$/.test(filter)) return (Number(filter) & own) !== 0;
  return filter.split(",").some((name) => same(name.trim(), value));
}

interface RunPlace {
  readonly exchange: Exchange;
  readonly file: WorldFile;
  readonly project: Project;
}

/** The fields that are documented and that a run of the emulator has. */
function describeRun(
  { pipeline, run }: { readonly pipeline: WorldPipeline; readonly run: WorldRun },
  { exchange, file, project }: RunPlace,
): object {
  const { id, buildNumber, branch: sourceBranch, status, result, finishTime, tags = [] } = run;
  const base = `${exchange.url.origin}/${file.devops.organization.name}/${project.id}`;
  const self = `${base}/_apis/build/Builds/${id}`;
  return {
    _links: { self: { href: self }, web: { href: `${base}/_build/results?buildId=${id}` } },
    ...{ url: self, uri: `vstfs:///Build/Build/${id}` },
    ...{ id, buildNumber, status, result, finishTime, sourceBranch, tags, deleted: false },
    definition: { id: pipeline.id, name: pipeline.name, path: pipeline.path ?? "\\", type: "build" },
    project: { id: project.id, name: project.name },
  };
}

/** `*` stands for any text. */
function pattern(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i");
}

/** A filter that is not looked at would make the emulator kinder. */
function unserved(url: URL, served: readonly string[]): Answer | undefined {
  const unknown = [...url.searchParams.keys()].filter((key) => key !== "api-version" && !served.includes(key));
  return unknown.length === 0 ? undefined : notBuilt(`${url.pathname} with ${unknown.join(", ")}`);
}
