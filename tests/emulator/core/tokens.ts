/** Access tokens of the emulated Entra ID: made, and checked by whoever is called with one. */
import { errors, decodeJwt, jwtVerify } from "jose";
import type { Directory } from "./directory.ts";
import { newGuid, signToken, signingKey } from "./keys.ts";
import type { Caller, World } from "./types.ts";

/** Seconds an access token lives; the service says 3599 and varies a little. */
export const tokenLifetime = 3599;

/** Resource Manager's names as an audience; a client may write either with a slash at the end. */
const armAudiences = ["https://management.azure.com", "https://management.core.windows.net"];
const storageAudience = "https://storage.azure.com";

/** Issuer of the tenant's access tokens (version 1, which both Resource Manager and Storage are given). */
export function tokenIssuer(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

/** What a token for Resource Manager may name as its audience, without the slash at the end. */
export function allowedArmAudiences(world: World): readonly string[] {
  return [...armAudiences, world.endpoints.arm];
}

/** What a token for the blobs of an account may name as its audience, without the slash at the end. */
export function allowedStorageAudiences(account: string): readonly string[] {
  return [storageAudience, `https://${account}.blob.core.windows.net`];
}

/** Does the tenant know this resource (the scope without `/.default`)? */
export function isKnownResource(resource: string, world: World): boolean {
  const name = resource.replace(/\/+$/, "");
  if (name === storageAudience || allowedArmAudiences(world).includes(name)) return true;
  return /^https:\/\/[a-z0-9]{3,24}\.blob\.core\.windows\.net$/.test(name);
}

/** Signs an access token for a principal; `resource` becomes the audience as it is. */
export async function accessToken(options: {
  readonly principalId: string;
  readonly resource: string;
  readonly world: World;
  readonly directory: Directory;
}): Promise<string> {
  const { principalId, resource, world, directory } = options;
  const application = directory.applications.find(({ objectId }) => objectId === principalId.toLowerCase());
  const clientId = application?.clientId ?? world.identity(principalId)?.clientId;
  if (clientId === undefined) throw new Error(`Nobody in the tenant has the object id '${principalId}'.`);
  const issued = Math.floor(world.clock.now().getTime() / 1000);
  return signToken("entra", {
    aud: resource,
    iss: tokenIssuer(world.tenantId),
    iat: issued,
    nbf: issued,
    exp: issued + tokenLifetime,
    appid: clientId,
    appidacr: "1",
    idp: tokenIssuer(world.tenantId),
    idtyp: "app",
    oid: principalId.toLowerCase(),
    sub: principalId.toLowerCase(),
    tid: world.tenantId,
    uti: newGuid(),
    ver: "1.0",
  });
}

/** Why a token was refused. `audience` and the like come from the token as sent, unchecked. */
export type TokenFault =
  | { readonly kind: "malformed" }
  | { readonly kind: "signature" }
  | { readonly kind: "issuer"; readonly issuer: string }
  | { readonly kind: "audience"; readonly audience: string }
  | { readonly kind: "expired"; readonly expiry: Date }
  | { readonly kind: "early" };

/** Checks signature, issuer, audience and times of an access token, by the emulated clock. */
export async function checkToken(
  token: string,
  audiences: readonly string[],
  world: World,
): Promise<{ readonly caller: Caller } | { readonly fault: TokenFault }> {
  try {
    const key = await signingKey("entra");
    const { payload } = await jwtVerify(token, key.publicKey, {
      algorithms: ["RS256"],
      issuer: tokenIssuer(world.tenantId),
      audience: audiences.flatMap((name) => [name, `${name}/`]),
      currentDate: world.clock.now(),
      requiredClaims: ["exp", "nbf", "oid", "appid"],
    });
    const text = (name: string): string => String(payload[name]);
    return { caller: { tenantId: world.tenantId, objectId: text("oid"), clientId: text("appid") } };
  } catch (error) {
    return { fault: faultOf(error, token) };
  }
}

function faultOf(error: unknown, token: string): TokenFault {
  if (error instanceof errors.JWTExpired) return { kind: "expired", expiry: new Date((error.payload.exp ?? 0) * 1000) };
  if (error instanceof errors.JWSSignatureVerificationFailed) return { kind: "signature" };
  if (!(error instanceof errors.JWTClaimValidationFailed)) return { kind: "malformed" };
  const claims = decodeJwt(token);
  switch (error.claim) {
    case "iss":
      return { kind: "issuer", issuer: claims.iss ?? "" };
    case "aud":
      return { kind: "audience", audience: String(claims.aud) };
    case "nbf":
      return { kind: "early" };
    default:
      return { kind: "malformed" };
  }
}
