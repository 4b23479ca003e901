/** Signing keys of the emulated Entra ID and Azure DevOps, and the tokens they sign (RS256). */
import { type KeyObject, createHash, generateKeyPair, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { type JWTPayload, SignJWT, exportJWK } from "jose";

/** Who signs: access tokens of Entra ID, or assertions of Azure DevOps. */
export type Signer = "entra" | "devops";

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Making an RSA key takes some tenths of a second, so a process makes one for each signer and keeps it. */
const made: Partial<Record<Signer, Promise<SigningKey>>> = {};

/** The key of a signer, the same for the whole life of the process. */
export function signingKey(signer: Signer): Promise<SigningKey> {
  return (made[signer] ??= makeKey());
}

async function makeKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const kid = createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return { kid, privateKey, publicKey };
}

/** Signs a token; times in the claims are seconds since 1970 by the emulated clock. A `jti`/`uti` is the caller's affair. */
export async function signToken(signer: Signer, claims: JWTPayload): Promise<string> {
  const key = await signingKey(signer);
  return new SignJWT(claims)
    .setProtectedHeader({ typ: "JWT", alg: "RS256", x5t: key.kid, kid: key.kid })
    .sign(key.privateKey);
}

/** The public key as the signer's key set shows it. */
export async function keySet(signer: Signer): Promise<{ readonly keys: readonly object[] }> {
  const key = await signingKey(signer);
  return { keys: [{ ...(await exportJWK(key.publicKey)), kid: key.kid, x5t: key.kid, use: "sig" }] };
}

/** A random id in lower case. */
export function newGuid(): string {
  return randomUUID();
}
