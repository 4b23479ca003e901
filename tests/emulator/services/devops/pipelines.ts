/** Pipelines and runs of the world file: Definitions - List and Builds - List of the REST API 7.1. */
import type { Answer, Exchange } from "../../core/exchange.ts";
import type { WorldFile, WorldPipeline, WorldRun } from "../../core/world-file.ts";
import { failure, list, notBuilt } from "./answers.ts";

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
export function listBuilds({ url }: Exchange, file: WorldFile, project: Project): Answer {
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
    found.map(({ pipeline, run }) => describeRun(pipeline, run, project)),
    "documented",
    "Builds - List",
  );
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

function describeRun(pipeline: WorldPipeline, run: WorldRun, project: Project): object {
  const { id, buildNumber, branch: sourceBranch, status, result, finishTime, tags = [] } = run;
  return {
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
