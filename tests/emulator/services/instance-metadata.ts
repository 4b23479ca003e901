/**
 * The instance metadata service as a machine finds it at 169.254.169.254: tokens of the identities on the machine
 * (Microsoft Entra documentation, "use managed identities on a virtual machine to acquire access token"; Azure Instance
 * Metadata Service, versions and errors).
 */
import type { IncomingMessage, RequestListener } from "node:http";
import { decodeJwt } from "jose";
import { type Answer, jsonAnswer } from "../core/exchange.ts";
import { isKnownResource } from "../core/tokens.ts";
import type { IdentityFacts, Mark, World } from "../core/types.ts";

const service = "instance-metadata";
/** The first version with tokens. */
const firstVersion = "2018-02-01";
/** As the documentation prints them. */
const newestVersions = ["2020-10-01", "2020-09-01", "2020-07-15"];

/**
 * Makes the service of one machine.
 * @param identities resource ids of the user-assigned identities on the machine
 * @param own its system-assigned identity, where that is turned on
 */
export function createMetadataService(world: World, identities: readonly string[], own?: IdentityFacts): Service {
  return async (request) => {
    const answer = await answerTo(request, { world, identities, own });
    world.log(`Instance metadata: ${request.method} ${pathOf(request)} ${answer.status} (${answer.mark})`);
    return { ...answer, headers: { Server: "IMDS", ...answer.headers } };
  };
}

/** Answers a request; throws only where the emulator itself is broken. */
type Service = (request: IncomingMessage) => Promise<Answer>;

/** The same as a listener of its own. */
export function createInstanceMetadata(world: World, identities: readonly string[]): RequestListener {
  const answer = createMetadataService(world, identities);
  return (request, response) => {
    answer(request).then(
      ({ status, headers, body }) => {
        response.statusCode = status;
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        response.end(body);
      },
      (error: unknown) => {
        world.log(`Instance metadata failed in the emulator: ${String(error)}`);
        response.writeHead(500).end();
      },
    );
  };
}

interface Machine {
  readonly world: World;
  readonly identities: readonly string[];
  readonly own: IdentityFacts | undefined;
}

function addressOf(request: IncomingMessage): URL {
  return new URL(`http://169.254.169.254${request.url ?? "/"}`);
}

function pathOf(request: IncomingMessage): string {
  return addressOf(request).pathname.replace(/\/+$/, "").toLowerCase();
}

async function answerTo(request: IncomingMessage, machine: Machine): Promise<Answer> {
  const path = pathOf(request);
  if (!path.startsWith("/metadata/")) return plainFault(404, "Not found");
  if (request.headers.metadata !== "true") {
    return fault("bad_request_102", "Required metadata header not specified", "documented");
  }
  if (request.headers["x-forwarded-for"] !== undefined) return forwarded();
  if (request.method !== "GET") return plainFault(405, "Method Not Allowed");
  const query = addressOf(request).searchParams;
  const version = query.get("api-version");
  if (version === null) return noVersion();
  if (path === "/metadata/identity/oauth2/token") return tokenAnswer(query, version, machine);
  return notBuilt(path);
}

async function tokenAnswer(query: URLSearchParams, version: string, machine: Machine): Promise<Answer> {
  const { world } = machine;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version) || version < firstVersion) {
    return fault("invalid_request", `The api-version '${version}' is not supported.`, "inferred");
  }
  const resource = query.get("resource") ?? "";
  if (resource === "") return fault("invalid_request", "Required query variable 'resource' is missing", "inferred");
  const found = chooseIdentity(query, machine);
  if ("status" in found) return found;
  if (!isKnownResource(resource, world)) {
    const text = `AADSTS50001: The application named ${resource} was not found in the tenant named ${world.tenantId}.`;
    return fault("invalid_resource", text, "documented");
  }
  const token = await world.tokenFor(found.principalId, resource);
  const { exp = 0, nbf = 0, iat = 0 } = decodeJwt(token);
  const body = {
    access_token: token,
    refresh_token: "",
    expires_in: String(exp - iat),
    expires_on: String(exp),
    not_before: String(nbf),
    resource,
    token_type: "Bearer",
  };
  return jsonAnswer(200, body, { service, mark: "documented", fact: "token of a managed identity" });
}

/** The identity a request names; without a name the system-assigned one, else the only one. */
function chooseIdentity(query: URLSearchParams, { world, identities, own }: Machine): IdentityFacts | Answer {
  const assigned = identities.flatMap((id) => world.identity(id) ?? []);
  const present = own === undefined ? assigned : [own, ...assigned];
  const names = (["client_id", "object_id", "msi_res_id"] as const).filter((name) => query.has(name));
  const [name] = names;
  if (names.length > 1) return fault("invalid_request", "More than one identity was named in the request", "inferred");
  if (name === undefined && own === undefined && present.length > 1) {
    const text =
      "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";
    return fault("invalid_request", text, "issue");
  }
  const asked = name === undefined ? undefined : query.get(name)?.toLowerCase();
  const keys = { client_id: "clientId", object_id: "principalId", msi_res_id: "id" } as const;
  const found = name === undefined ? present[0] : present.find((one) => one[keys[name]].toLowerCase() === asked);
  return found ?? fault("invalid_request", "Identity not found", "issue");
}

function fault(error: string, text: string, mark: Mark): Answer {
  return jsonAnswer(400, { error, error_description: text }, { service, mark, fact: error });
}

function plainFault(status: number, error: string): Answer {
  return jsonAnswer(status, { error }, { service, mark: "documented", fact: error });
}

function noVersion(): Answer {
  const error =
    "Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds";
  const body = { error, "newest-versions": newestVersions };
  return jsonAnswer(400, body, { service, mark: "documented", fact: "no version" });
}

/** That such requests are refused is documented; how is not. */
function forwarded(): Answer {
  return jsonAnswer(400, { error: "Bad request" }, { service, mark: "inferred", fact: "X-Forwarded-For" });
}

function notBuilt(path: string): Answer {
  const body = { error: `The emulator does not serve ${path} of the instance metadata service. Azure does.` };
  return jsonAnswer(501, body, { service, mark: "inferred", fact: "not built" });
}
