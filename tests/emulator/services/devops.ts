/** Azure DevOps: the endpoint at which a running job gets an assertion for a service connection (agent contract, section 6.4). */
import { runningJob } from "../core/description.ts";
import { assertionAudience, connectionSubject } from "../core/directory.ts";
import { type Answer, type DoorHandler, type Exchange, jsonAnswer } from "../core/exchange.ts";
import { newGuid, signToken } from "../core/keys.ts";
import type { Mark } from "../core/types.ts";
import type { Cloud } from "../core/world.ts";

const service = "devops";

/** Seconds an assertion lives. */
export const assertionLifetime = 600;

/** Versions of the interface that clients ask for: azure-identity 7.1, the tasks' own libraries 7.2-preview.1. */
const apiVersions = /^7\.[12](-preview(\.1)?)?$/;

/** Makes the handler of the DevOps host; `jobToken` is the running job's access token. */
export function createDevopsDoor(cloud: Cloud, jobToken: string): DoorHandler {
  return async (exchange) => {
    const match =
      /^\/([^/]+)\/([^/]+)\/_apis\/distributedtask\/hubs\/([^/]+)\/plans\/([^/]+)\/jobs\/([^/]+)\/oidctoken$/i.exec(
        exchange.url.pathname,
      );
    if (match === null || exchange.method !== "POST") return notBuilt(exchange);
    if (exchange.request.headers.authorization !== `Bearer ${jobToken}`) return unauthorized();
    const [organization = "", project = "", hub = "", plan = "", job = ""] = match.slice(1).map(decodeURIComponent);
    const known = cloud.file.devops;
    const fits =
      same(organization, known.organization.name) &&
      (same(project, known.project.id) || same(project, known.project.name)) &&
      same(hub, runningJob.hubName);
    if (!fits)
      return failure(
        404,
        `VS800075: The project with id '${project}' does not exist, or you do not have permission to access it.`,
        "documented",
      );
    if (!same(plan, runningJob.planId) || !same(job, runningJob.jobId)) {
      return failure(
        404,
        `No orchestration plan found with identifier ${plan}, or job ${job} does not run in it.`,
        "inferred",
      );
    }
    return issue(exchange, cloud);
  };
}

async function issue(exchange: Exchange, cloud: Cloud): Promise<Answer> {
  const version =
    exchange.url.searchParams.get("api-version") ??
    /api-version=([^;,\s]+)/.exec(exchange.request.headers.accept ?? "")?.[1];
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

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function unauthorized(): Answer {
  return {
    status: 401,
    headers: { "Content-Type": "text/plain; charset=utf-8", "WWW-Authenticate": "Bearer" },
    body: Buffer.from("TF400813: The user '' is not authorized to access this resource."),
    service,
    mark: "documented",
    fact: "Azure DevOps, no or wrong token",
  };
}

function failure(status: number, message: string, mark: Mark): Answer {
  const value = { $id: "1", innerException: null, message, typeName: "", typeKey: "", errorCode: 0, eventId: 3000 };
  return jsonAnswer(status, value, { service, mark, fact: "Azure DevOps, refused request" });
}

function notBuilt(exchange: Exchange): Answer {
  return jsonAnswer(
    501,
    { message: `The emulator does not serve ${exchange.method} ${exchange.url.pathname}. Azure DevOps does.` },
    { service, mark: "inferred", fact: "not built" },
  );
}
