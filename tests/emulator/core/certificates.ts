/** The certificate authority made at every start, the server certificate it signs, and a client certificate for sign-in. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { webcrypto } from "node:crypto";

/** What the emulator's servers need; all PEM. */
export interface Certificates {
  readonly caPem: string;
  readonly certificate: string;
  readonly key: string;
}

/** A certificate with its private key as a service connection holds it. */
export interface ClientCertificate {
  /** Certificate and private key, PEM, one after the other. */
  readonly pem: string;
  /** Certificate alone, PEM. */
  readonly certificate: string;
}

/** Host names the server certificate is good for besides 127.0.0.1 and localhost. */
export const publicHosts: readonly string[] = [
  "management.azure.com",
  "login.microsoftonline.com",
  "login.windows.net",
  "*.blob.core.windows.net",
  "dev.azure.com",
  "*.artifacts.visualstudio.com",
];

const elliptic = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const day = 24 * 60 * 60 * 1000;

/** Makes an authority and a server certificate valid from yesterday for a year of real time (TLS knows no emulated clock). */
export async function createCertificates(): Promise<Certificates> {
  const [authority, server] = await Promise.all([keyPair(elliptic), keyPair(elliptic)]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serialNumber(),
    name: "CN=Emulated Azure root",
    signingAlgorithm: elliptic,
    keys: authority,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    serialNumber: serialNumber(),
    subject: "CN=Emulated Azure",
    issuer: ca.subject,
    signingAlgorithm: elliptic,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        ...["localhost", ...publicHosts].map((value) => ({ type: "dns" as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { caPem: ca.toString("pem"), certificate: certificate.toString("pem"), key: await privatePem(server) };
}

/** Making an RSA key takes some tenths of a second, so a process makes one certificate for each name and keeps it. */
const clientCertificates = new Map<string, Promise<ClientCertificate>>();

/** A self-signed RSA certificate with which an application signs in, the same for the same name in this process. */
export function clientCertificate(name: string): Promise<ClientCertificate> {
  const known = clientCertificates.get(name) ?? createClientCertificate(name);
  clientCertificates.set(name, known);
  return known;
}

async function createClientCertificate(name: string): Promise<ClientCertificate> {
  const keys = await keyPair(rsa);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    signingAlgorithm: rsa,
    keys,
  });
  const certificate = `${made.toString("pem")}\n`;
  return { certificate, pem: `${certificate}${await privatePem(keys)}` };
}

function keyPair(algorithm: typeof elliptic | typeof rsa): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const lines = der.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) };
}

/** Positive and random: a browser or curl refuses two certificates of one issuer with the same number. */
function serialNumber(): string {
  return `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString("hex")}`;
}
