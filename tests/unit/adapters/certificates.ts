/** Certificates with private keys for tests of the sign-in, made here. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { webcrypto } from "node:crypto";

const algorithms = {
  RSA: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  EC: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
} as const;

export interface MadeCertificate {
  /** Both PEM, each with a line end. */
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate, good from `notBefore` (default: yesterday) to `notAfter` (default: in a year). */
export async function makeCertificate(
  kind: "RSA" | "EC" = "RSA",
  life: { readonly notBefore?: Date; readonly notAfter?: Date } = {},
): Promise<MadeCertificate> {
  const day = 24 * 60 * 60_000;
  const algorithm = algorithms[kind];
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=sign-in test",
    notBefore: life.notBefore ?? new Date(Date.now() - day),
    notAfter: life.notAfter ?? new Date(Date.now() + 365 * day),
    signingAlgorithm: algorithm,
    keys,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certificate: `${made.toString("pem")}\n`, key: pem("PRIVATE KEY", der) };
}

/** A PEM block in lines of 64. */
export function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
