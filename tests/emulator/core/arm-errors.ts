/** The errors Resource Manager's front door answers itself, before a provider sees the request (wire notes, section 6). */
import { parseId } from "./resources.ts";
import type { TokenFault } from "./tokens.ts";
import { ArmFault } from "./types.ts";

/** 401: no token. */
export function missingToken(tenantId: string): ArmFault {
  return new ArmFault(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", {
    mark: "documented",
    fact: "Resource Manager, request without a token",
    headers: challenge(tenantId, "The authentication failed because of missing 'Authorization' header."),
  });
}

/** 401: a token that is no good, by what is wrong with it. */
export function badToken(
  fault: TokenFault,
  options: { readonly tenantId: string; readonly now: Date; readonly audiences: readonly string[] },
): ArmFault {
  const { code, message, challengeText } = tokenError(fault, options);
  return new ArmFault(401, code, message, {
    mark: fault.kind === "early" ? "inferred" : "documented",
    fact: "Resource Manager, refused token",
    headers: challenge(options.tenantId, challengeText ?? message),
  });
}

function challenge(tenantId: string, description: string): Record<string, string> {
  const authority = `authorization_uri="https://login.windows.net/${tenantId}"`;
  return { "WWW-Authenticate": `Bearer ${authority}, error="invalid_token", error_description="${description}"` };
}

function tokenError(
  fault: TokenFault,
  options: { readonly tenantId: string; readonly now: Date; readonly audiences: readonly string[] },
): { readonly code: string; readonly message: string; readonly challengeText?: string } {
  switch (fault.kind) {
    case "malformed":
      return { code: "InvalidAuthenticationToken", message: "The access token is invalid." };
    case "signature":
      return {
        code: "InvalidAuthenticationToken",
        message: "The access token is invalid.",
        challengeText: "Could not find identity for access token.",
      };
    case "early":
      return { code: "InvalidAuthenticationToken", message: "The access token is not yet valid." };
    case "expired":
      return {
        code: "ExpiredAuthenticationToken",
        message: `The access token expiry UTC time '${americanTime(fault.expiry)}' is earlier than current UTC time '${americanTime(options.now)}'.`,
      };
    case "issuer":
      return {
        code: "InvalidAuthenticationTokenTenant",
        message: `The access token is from the wrong issuer '${fault.issuer}'. It must match the tenant 'https://sts.windows.net/${options.tenantId}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/${options.tenantId}' to get the token.`,
      };
    case "audience": {
      const allowed = options.audiences.flatMap((name) => [`'${name}/'`, `'${name}'`]).join(",");
      return {
        code: "InvalidAuthenticationTokenAudience",
        message: `The access token has been obtained for wrong audience or resource '${fault.audience}'. It should exactly match with one of the allowed audiences ${allowed}.`,
      };
    }
  }
}

/** `8/21/2018 3:22:00 PM`, in UTC, as .NET writes it for the United States. */
function americanTime(date: Date): string {
  const hours = date.getUTCHours();
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  return `${day} ${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? "AM" : "PM"}`;
}

/** 400: no api-version in the query. */
export function missingApiVersion(): ArmFault {
  return new ArmFault(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
    {
      mark: "documented",
      fact: "Resource Manager, missing api-version",
    },
  );
}

/** 400 or 404: a subscription id that is no GUID, or that nobody knows. */
export function unknownSubscription(id: string): ArmFault {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    return new ArmFault(404, "SubscriptionNotFound", `The subscription '${id}' could not be found.`, {
      mark: "documented",
      fact: "Resource Manager, unknown subscription",
    });
  }
  return new ArmFault(
    400,
    "InvalidSubscriptionId",
    `The provided subscription identifier '${id}' is malformed or invalid.`,
    {
      mark: "documented",
      fact: "Resource Manager, malformed subscription",
    },
  );
}

/** 404: the group does not exist. */
export function unknownGroup(name: string): ArmFault {
  return new ArmFault(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`, {
    mark: "recorded",
    fact: "wire 6 not found",
  });
}

/** 404: the group has no such resource. `id` is its resource id, of which the last type and name are told. */
export function resourceNotFound(id: string): ArmFault {
  const { namespace, type, names, resourceGroup } = parseId(id);
  const full = [namespace, ...type.split("/").flatMap((one, index) => [one, names[index] ?? ""])].join("/");
  return new ArmFault(
    404,
    "ResourceNotFound",
    `The Resource '${full}' under resource group '${resourceGroup ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { mark: "recorded", fact: "wire 6 not found" },
  );
}

/** 404: no such namespace. */
export function unknownNamespace(namespace: string): ArmFault {
  return new ArmFault(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`, {
    mark: "documented",
    fact: "Resource Manager, unknown namespace",
  });
}

/** 404: the namespace has no such type. */
export function unknownType(namespace: string, apiVersion: string): ArmFault {
  return new ArmFault(
    404,
    "InvalidResourceType",
    `The resource type could not be found in the namespace '${namespace}' for api version '${apiVersion}'.`,
    { mark: "documented", fact: "Resource Manager, unknown type" },
  );
}

/** 404: a path that no service has. */
export function unknownPath(): ArmFault {
  return new ArmFault(404, "NotFound", "The resource could not be found.", {
    mark: "inferred",
    fact: "Resource Manager, unknown path",
  });
}

/** 400: the type exists, the version of its interface does not. */
export function unknownApiVersion(options: {
  readonly namespace: string;
  readonly type: string;
  readonly apiVersion: string;
  readonly supported: readonly string[];
  readonly locations: readonly string[];
  readonly location?: string;
}): ArmFault {
  const supported = options.supported.join(", ");
  if (options.namespace === "Microsoft.Resources") {
    return new ArmFault(
      400,
      "InvalidApiVersionParameter",
      `The api-version '${options.apiVersion}' is invalid. The supported versions are '${options.supported.join(",")}'.`,
      { mark: "documented", fact: "Resource Manager, invalid api-version" },
    );
  }
  const place = options.location === undefined ? "" : `location '${options.location}' and `;
  return new ArmFault(
    400,
    "NoRegisteredProviderFound",
    `No registered resource provider found for ${place}API version '${options.apiVersion}' for type '${options.type}'. The supported api-versions are '${supported}'. The supported locations are '${options.locations.join(", ")}'.`,
    { mark: "documented", fact: "Resource Manager, NoRegisteredProviderFound" },
  );
}

/** 409: the namespace is not registered in the subscription. */
export function notRegistered(namespace: string): ArmFault {
  const code = "MissingSubscriptionRegistration";
  const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
  const details = [{ code, target: namespace, message }];
  return new ArmFault(409, code, message, { mark: "recorded", fact: "wire 6 provider not registered", details });
}

/** 403: the caller lacks the action at the scope. */
export function notAuthorized(options: {
  readonly client: string;
  readonly objectId: string;
  readonly action: string;
  readonly scope: string;
}): ArmFault {
  return new ArmFault(
    403,
    "AuthorizationFailed",
    `The client '${options.client}' with object id '${options.objectId}' does not have authorization to perform action '${options.action}' over scope '${options.scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    { mark: "recorded", fact: "arm-403-authorization-failed", headers: { connection: "close" } },
  );
}

/** 400: the region has not got the type. */
export function locationNotAvailable(location: string, type: string, locations: readonly string[]): ArmFault {
  return new ArmFault(
    400,
    "LocationNotAvailableForResourceType",
    `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${locations.join(",")}'.`,
    { mark: "recorded", fact: "arm-400-location-not-available" },
  );
}

/** 400: a resource of this type needs a location. */
export function locationRequired(): ArmFault {
  return new ArmFault(400, "LocationRequired", "The location property is required for this definition.", {
    mark: "documented",
    fact: "Resource Manager, missing location",
  });
}

/** 400: the body is no JSON object. */
export function invalidContent(problem: string): ArmFault {
  return new ArmFault(
    400,
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: '${problem}'.`,
    { mark: "inferred", fact: "Resource Manager, invalid body" },
  );
}

/** 501: the emulator's own: Azure serves this, the emulator does not. */
export function notBuilt(what: string): ArmFault {
  return new ArmFault(501, "NotImplemented", `The emulator does not serve ${what}. Azure does.`, {
    mark: "inferred",
    fact: "not built",
  });
}
