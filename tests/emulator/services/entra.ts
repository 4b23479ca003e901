/** Entra ID: token endpoint for client credentials, discovery, keys. */
import { type Answer, type DoorHandler, type Exchange, jsonAnswer } from "../core/exchange.ts";
import { keySet } from "../core/keys.ts";
import { accessToken, isKnownResource, tokenLifetime } from "../core/tokens.ts";
import type { Cloud } from "../core/world.ts";
import { createAssertionCheck } from "./entra-assertions.ts";
import {
  EntraFault,
  badScope,
  entraAnswer,
  expiredSecret,
  missingCredential,
  missingParameter,
  unknownApplication,
  unknownResource,
  unknownTenant,
  unsupportedGrant,
  wrongSecret,
} from "./entra-errors.ts";
import type { Application } from "../core/directory.ts";

const service = "entra";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Makes the handler of the login hosts. */
export function createEntraDoor(cloud: Cloud): DoorHandler {
  const checkAssertion = createAssertionCheck(cloud);
  return async (exchange) => {
    try {
      return await route(exchange, cloud, checkAssertion);
    } catch (error) {
      if (!(error instanceof EntraFault)) throw error;
      const sent = exchange.request.headers["client-request-id"];
      return entraAnswer(error, { now: cloud.clock.now(), correlationId: typeof sent === "string" ? sent : undefined });
    }
  };
}

type AssertionCheck = ReturnType<typeof createAssertionCheck>;

async function route(exchange: Exchange, cloud: Cloud, checkAssertion: AssertionCheck): Promise<Answer> {
  const { method, url } = exchange;
  const [tenant = "", ...rest] = url.pathname.split("/").filter((part) => part !== "");
  const what = `${method} ${rest.join("/").toLowerCase()}`;
  if (what === "GET discovery/instance") return instanceDiscovery(url);
  if (tenant.toLowerCase() !== cloud.world.tenantId && !isKeyOrConfiguration(tenant, what)) throw unknownTenant(tenant);
  switch (what) {
    case "GET v2.0/.well-known/openid-configuration":
      return openidConfiguration(url.origin, cloud.world.tenantId);
    case "GET discovery/v2.0/keys":
      return jsonAnswer(200, await keySet("entra"), { service, mark: "documented", fact: "OpenID Connect keys" });
    case "POST oauth2/v2.0/token":
      return issueToken(exchange, cloud, checkAssertion);
    default:
      return jsonAnswer(
        501,
        {
          error: "not_implemented",
          error_description: `The emulator does not serve ${method} ${url.pathname}. Entra ID does.`,
        },
        { service, mark: "inferred", fact: "not built" },
      );
  }
}

/** `common` and `organizations` have documents, but no application signs in by itself there. */
function isKeyOrConfiguration(tenant: string, what: string): boolean {
  return /^(common|organizations)$/i.test(tenant) && what.startsWith("GET ");
}

function openidConfiguration(origin: string, tenantId: string): Answer {
  const base = `${origin}/${tenantId}`;
  return jsonAnswer(
    200,
    {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      issuer: `${base}/v2.0`,
      request_uri_parameter_supported: false,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      tenant_region_scope: "EU",
      cloud_instance_name: "microsoftonline.com",
    },
    { service, mark: "documented", fact: "OpenID Connect discovery" },
  );
}

function instanceDiscovery(url: URL): Answer {
  const tenant =
    /^https:\/\/[^/]+\/([^/]+)\//.exec(url.searchParams.get("authorization_endpoint") ?? "")?.[1] ?? "common";
  const network = "login.microsoftonline.com";
  return jsonAnswer(
    200,
    {
      tenant_discovery_endpoint: `https://${network}/${tenant}/v2.0/.well-known/openid-configuration`,
      "api-version": "1.1",
      metadata: [
        {
          preferred_network: network,
          preferred_cache: "login.windows.net",
          aliases: [network, "login.windows.net", "login.microsoft.com", "sts.windows.net"],
        },
      ],
    },
    { service, mark: "documented", fact: "instance discovery" },
  );
}

async function issueToken(exchange: Exchange, cloud: Cloud, checkAssertion: AssertionCheck): Promise<Answer> {
  const form = new URLSearchParams((await exchange.body()).toString("utf8"));
  const field = (name: string): string => {
    const value = form.get(name);
    if (value === null || value === "") throw missingParameter(name);
    return value;
  };
  const grant = field("grant_type");
  if (grant !== "client_credentials") throw unsupportedGrant(grant);
  const clientId = field("client_id");
  const application = cloud.directory.byClientId(clientId);
  if (application === undefined) throw unknownApplication(clientId, cloud.world.tenantId);
  const resource = resourceOf(field("scope"), cloud);
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  if (secret !== null) checkSecret(secret, application, cloud.clock.now());
  else if (assertion !== null && form.get("client_assertion_type") === assertionType) {
    await checkAssertion(assertion, application, exchange.url);
  } else throw missingCredential();
  const token = await accessToken({
    principalId: application.objectId,
    resource,
    world: cloud.world,
    directory: cloud.directory,
  });
  return jsonAnswer(
    200,
    { token_type: "Bearer", expires_in: tokenLifetime, ext_expires_in: tokenLifetime, access_token: token },
    {
      service,
      mark: "documented",
      fact: "client credentials grant",
      headers: { "Cache-Control": "no-store, no-cache", Pragma: "no-cache" },
    },
  );
}

/** Resource of a scope: what stands before `/.default`, a slash at its end included. */
function resourceOf(scope: string, cloud: Cloud): string {
  const resource = scope
    .split(" ")
    .map((one) => /^(.+)\/\.default$/.exec(one)?.[1])
    .find((one) => one !== undefined);
  if (resource === undefined) throw badScope(scope);
  if (!isKnownResource(resource, cloud.world)) throw unknownResource(resource, cloud.world.tenantId);
  return resource;
}

function checkSecret(secret: string, application: Application, now: Date): void {
  const found = application.secrets.find(({ value }) => value === secret);
  if (found === undefined) throw wrongSecret(application.clientId);
  if (found.expires !== undefined && found.expires <= now) throw expiredSecret(application.clientId);
}
