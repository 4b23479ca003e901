/**
 * Azure DevOps: the endpoint at which a running job gets an assertion for a service connection (agent contract, section
 * 6.4), pipeline runs, their artifacts and their attachments. Reads only; runs come from the world file and from whoever
 * runs pipelines against the emulator.
 */
import { runningJob } from "../core/description.ts";
import { assertionAudience, connectionSubject } from "../core/directory.ts";
import { type Answer, type DoorHandler, type Exchange, jsonAnswer } from "../core/exchange.ts";
import { newGuid, signToken } from "../core/keys.ts";
import type { Cloud } from "../core/world.ts";
import { failure, noProject, notBuilt, service, unauthorized, versionAsked, versionFault } from "./devops/answers.ts";
import { readArtifacts, readContent } from "./devops/artifacts.ts";
import { listAttachments, readAttachment } from "./devops/attachments.ts";
import { buildResource, describeArea, listAreas } from "./devops/locations.ts";
import { findProject, listBuilds, listDefinitions, readBuild, same } from "./devops/pipelines.ts";
import type { RunStore } from "./devops/runs.ts";

/** Seconds an assertion lives. */
export const assertionLifetime = 600;

/** Versions of the interface that clients ask for: azure-identity 7.1, the tasks' own libraries 7.2-preview.1. */
const apiVersions = /^7\.[12](-preview(\.1)?)?$/;

const oidcPath =
  /^\/([^/]+)\/([^/]+)\/_apis\/distributedtask\/hubs\/([^/]+)\/plans\/([^/]+)\/jobs\/([^/]+)\/oidctoken$/i;
const areaPath = /^\/([^/]+)\/_apis\/([^/]+)\/?$/i;
const buildPath = /^\/([^/]+)\/([^/]+)\/_apis\/build\/(definitions|builds)(?:\/(\d+)(?:\/(artifacts))?)?\/?$/i;
const attachmentPath =
  /^\/([^/]+)\/([^/]+)\/_apis\/build\/builds\/(\d+)(?:\/([0-9a-f-]{36})\/([0-9a-f-]{36}))?\/attachments\/([^/]+)(?:\/([^/]+))?\/?$/i;
const contentPath = /^\/A([^/]+)\/[^/]+\/_apis\/artifact\/([A-Za-z0-9_-]+)\/content$/;

/**
 * Makes the handler of the DevOps hosts; `jobToken` is the running job's access token, the only one they take. `runs` are
 * there beside those of the world file.
 */
export function createDevopsDoor(cloud: Cloud, jobToken: string, runs: RunStore): DoorHandler {
  return async (exchange) => {
    const { method, url, request } = exchange;
    const route = findRoute(method, url.pathname);
    if (route === undefined) return notBuilt(`${method} ${url.pathname}`);
    if (request.headers.authorization !== `Bearer ${jobToken}`) return unauthorized();
    return route(exchange, { ...cloud, file: runs.seen(cloud.file) });
  };
}

type Route = (exchange: Exchange, cloud: Cloud) => Answer | Promise<Answer>;

function findRoute(method: string, path: string): Route | undefined {
  const parts = (pattern: RegExp): readonly string[] | undefined =>
    pattern
      .exec(path)
      ?.slice(1)
      .map((part) => decodeURIComponent(part ?? ""));
  const oidc = method === "POST" ? parts(oidcPath) : undefined;
  if (oidc !== undefined) return (exchange, cloud) => readOidc(exchange, cloud, oidc);
  const [organization, area] = parts(areaPath) ?? [];
  if (organization !== undefined && area !== undefined) return findAreaRoute(method, organization, area);
  if (method !== "GET") return undefined;
  const attachment = parts(attachmentPath);
  if (attachment !== undefined) return (exchange, cloud) => readAttachments(exchange, cloud, attachment);
  const build = parts(buildPath);
  if (build !== undefined) return (exchange, cloud) => readBuildArea(exchange, cloud, build);
  const [, token] = contentPath.exec(path)?.slice(1) ?? [];
  return token === undefined ? undefined : (exchange, cloud) => readContent(exchange, cloud, token);
}

function findAreaRoute(method: string, organization: string, area: string): Route | undefined {
  const isList = method === "GET" && same(area, "resourceAreas");
  if (method !== "OPTIONS" && !isList) return undefined;
  return (exchange, cloud) => {
    if (!same(organization, cloud.file.devops.organization.name)) return noOrganization(organization);
    return isList ? listAreas(exchange, organization) : describeArea(area);
  };
}

function readBuildArea(exchange: Exchange, cloud: Cloud, parts: readonly string[]): Answer | Promise<Answer> {
  const [organization = "", wanted = "", resource = "", buildId = "", artifacts = ""] = parts;
  if (!same(organization, cloud.file.devops.organization.name)) return noOrganization(organization);
  const project = findProject(cloud.file, wanted);
  if (project === undefined) return noProject(wanted);
  if (buildId !== "" && !same(resource, "builds")) return notBuilt(exchange.url.pathname);
  const isArtifacts = artifacts !== "";
  const fault = versionFault(exchange, buildResource(isArtifacts ? "artifacts" : resource.toLowerCase()));
  if (fault !== undefined) return fault;
  if (isArtifacts) return readArtifacts(exchange, cloud, { project, buildId });
  if (buildId !== "") return readBuild(exchange, cloud.file, { project, buildId });
  return same(resource, "builds")
    ? listBuilds(exchange, cloud.file, project)
    : listDefinitions(exchange, cloud.file, project);
}

/** The list has no record in its path, one attachment has. */
function readAttachments(exchange: Exchange, { file }: Cloud, parts: readonly string[]): Answer {
  const [organization = "", wanted = "", buildId = "", timelineId = "", recordId = "", type = "", name = ""] = parts;
  if (!same(organization, file.devops.organization.name)) return noOrganization(organization);
  const project = findProject(file, wanted);
  if (project === undefined) return noProject(wanted);
  if ((recordId === "") !== (name === "")) return notBuilt(exchange.url.pathname);
  const fault = versionFault(exchange, buildResource("attachments"));
  if (fault !== undefined) return fault;
  const place = { project, buildId, type };
  if (recordId === "") return listAttachments(exchange, file, place);
  return readAttachment(file, { ...place, timelineId, recordId, name });
}

function noOrganization(organization: string): Answer {
  return failure(404, `The organization ${organization} is not known here.`, "inferred");
}

function readOidc(exchange: Exchange, cloud: Cloud, parts: readonly string[]): Answer | Promise<Answer> {
  const [organization = "", project = "", hub = "", plan = "", job = ""] = parts;
  const known = cloud.file.devops;
  const fits =
    same(organization, known.organization.name) &&
    (same(project, known.project.id) || same(project, known.project.name)) &&
    same(hub, runningJob.hubName);
  if (!fits) return noProject(project);
  if (!same(plan, runningJob.planId) || !same(job, runningJob.jobId)) {
    return failure(
      404,
      `No orchestration plan found with identifier ${plan}, or job ${job} does not run in it.`,
      "inferred",
    );
  }
  return issue(exchange, cloud);
}

async function issue(exchange: Exchange, cloud: Cloud): Promise<Answer> {
  const version = versionAsked(exchange);
  if (version === undefined || !apiVersions.test(version)) {
    return failure(
      400,
      `No api-version that this resource has was supplied for the POST request (given: '${version ?? ""}').`,
      "inferred",
    );
  }
  const wanted = exchange.url.searchParams.get("serviceConnectionId");
  const connection = cloud.file.connections.find(({ id }) => same(id, wanted ?? ""));
  if (wanted !== null && connection?.scheme !== "WorkloadIdentityFederation") {
    return failure(
      404,
      `Service connection with id ${wanted} could not be found, or it does not use workload identity federation.`,
      "inferred",
    );
  }
  const { organization, project } = cloud.file.devops;
  const subject =
    connection === undefined
      ? `p://${organization.name}/${project.name}/pipeline`
      : connectionSubject(cloud.file, connection.name);
  const issued = Math.floor(cloud.clock.now().getTime() / 1000);
  const oidcToken = await signToken("devops", {
    jti: newGuid(),
    sub: subject,
    aud: assertionAudience,
    iss: cloud.directory.assertionIssuer,
    nbf: issued,
    iat: issued,
    exp: issued + assertionLifetime,
  });
  return jsonAnswer(200, { oidcToken }, { service, mark: "documented", fact: "agent contract 6.4" });
}
