/** Client assertions: federated ones of Azure DevOps, and those an application signs with its certificate. */
import { type KeyObject, createHash } from "node:crypto";
import { type JWTPayload, type ProtectedHeaderParameters, decodeJwt, decodeProtectedHeader, compactVerify } from "jose";
import type { Application } from "../core/directory.ts";
import { signingKey } from "../core/keys.ts";
import type { Cloud } from "../core/world.ts";
import {
  EntraFault,
  assertionOutOfTime,
  badAssertion,
  expiredCertificate,
  malformedAssertion,
  noFederatedRecord,
  noFederation,
  unknownCertificate,
  usedAssertion,
} from "./entra-errors.ts";

type KeyLike = KeyObject;

/**
 * Makes the check of a cloud. It resolves when the assertion is good for the application, and throws EntraFault when it is
 * not. `endpoint` is the address of the token endpoint as the client called it. An assertion is good once.
 */
export function createAssertionCheck(
  cloud: Cloud,
): (assertion: string, application: Application, endpoint: URL) => Promise<void> {
  const used = new Set<string>();
  cloud.world.onReset(() => used.clear());
  return async (assertion, application, endpoint) => {
    const { header, claims } = decode(assertion);
    // An application's own assertion names the application as its issuer; every other one is a federated one.
    const now = cloud.clock.now();
    const own = claims.iss === application.clientId;
    const key = own
      ? certificateKey(application, { header, claims, endpoint, tenantId: cloud.world.tenantId, now })
      : await federatedKey(application, claims, cloud);
    // Federated assertions are RS256 alone; an application's own may use either padding.
    await verify(assertion, key, own ? ["RS256", "PS256"] : ["RS256"]);
    checkTimes(claims, now);
    const id = `${claims.iss ?? ""} ${claims.jti ?? createHash("sha256").update(assertion).digest("hex")}`;
    if (used.has(id)) throw usedAssertion();
    used.add(id);
  };
}

function decode(assertion: string): { readonly header: ProtectedHeaderParameters; readonly claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) };
  } catch {
    throw badAssertion("The assertion is no signed JSON web token.");
  }
}

/** The signature alone: times are checked apart, because they have an error of their own. */
async function verify(assertion: string, key: KeyLike, algorithms: string[]): Promise<void> {
  try {
    await compactVerify(assertion, key, { algorithms });
  } catch {
    throw badAssertion("The provided signature value did not match the expected signature value.");
  }
}

/** Seconds by which a client's clock may be ahead; MSAL rounds to whole seconds, and machines differ. */
const clockSkew = 300;

function checkTimes(claims: JWTPayload, now: Date): void {
  const from = claims.nbf ?? claims.iat ?? 0;
  const to = claims.exp ?? 0;
  const seconds = now.getTime() / 1000;
  if (seconds < from - clockSkew || seconds > to) throw assertionOutOfTime({ now, from, to });
}

async function federatedKey(application: Application, claims: JWTPayload, cloud: Cloud): Promise<KeyLike> {
  const issuer = claims.iss ?? "";
  const subject = claims.sub ?? "";
  const audience = String(claims.aud ?? "");
  const all = application.federatedCredentials;
  if (all.length === 0) throw noFederation({ issuer, subject, audience });
  const ofIssuer = all.filter((one) => one.issuer === issuer);
  if (ofIssuer.length === 0) throw noFederatedRecord("issuer", issuer);
  const ofSubject = ofIssuer.filter((one) => one.subject === subject);
  if (ofSubject.length === 0) throw noFederatedRecord("subject", subject);
  if (!ofSubject.some((one) => one.audience === audience)) throw noFederatedRecord("audience", audience);
  if (issuer !== cloud.directory.assertionIssuer) throw badAssertion(`The keys of issuer '${issuer}' cannot be read.`);
  return (await signingKey("devops")).publicKey;
}

function certificateKey(
  application: Application,
  sent: {
    readonly header: ProtectedHeaderParameters;
    readonly claims: JWTPayload;
    readonly endpoint: URL;
    readonly tenantId: string;
    readonly now: Date;
  },
): KeyLike {
  const { header, claims, endpoint, tenantId, now } = sent;
  const path = `/${tenantId}/oauth2/v2.0/token`;
  const audiences = [endpoint.origin, "https://login.microsoftonline.com"].flatMap((origin) => [
    `${origin}${path}`,
    `${origin}/${tenantId}/v2.0`,
  ]);
  if (claims.sub !== application.clientId || !audiences.includes(String(claims.aud))) {
    throw new EntraFault(
      700023,
      `Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
      { error: "invalid_client", mark: "inferred" },
    );
  }
  if (typeof claims.jti !== "string" || claims.jti === "") throw malformedAssertion("it has no 'jti'");
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const sha1 = text(header.x5t);
  const sha256 = text(header["x5t#S256"]);
  const found = application.certificates.find(({ certificate }) => {
    const thumb = (algorithm: string): string => createHash(algorithm).update(certificate.raw).digest("base64url");
    return (
      sha256 === thumb("sha256") ||
      sha1 === thumb("sha1") ||
      header.kid?.toLowerCase() === certificate.fingerprint.replaceAll(":", "").toLowerCase()
    );
  });
  if (found === undefined) throw unknownCertificate(sha256 ?? sha1 ?? header.kid ?? "");
  const { validFrom, validTo, publicKey } = found.certificate;
  const from = new Date(validFrom);
  const to = new Date(validTo);
  if (now < from || now > to) throw expiredCertificate(sha256 ?? sha1 ?? header.kid ?? "", { from, to });
  return publicKey;
}
