/** The emulated Entra ID tenant: applications with their secrets, certificates and federated credentials. */
import { X509Certificate, randomBytes } from "node:crypto";
import { clientCertificate } from "./certificates.ts";
import type { WorldApplication, WorldFile } from "./world-file.ts";

export interface FederatedCredential {
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

export interface Application {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly secrets: readonly { readonly value: string; readonly expires: Date | undefined }[];
  /** `pem` holds certificate and private key where the emulator made them. */
  readonly certificates: readonly { readonly pem: string; readonly certificate: X509Certificate }[];
  readonly federatedCredentials: readonly FederatedCredential[];
}

export interface Directory {
  readonly tenantId: string;
  readonly applications: readonly Application[];
  /** Issuer of the assertions of the emulated Azure DevOps organization. */
  readonly assertionIssuer: string;
  byClientId(clientId: string): Application | undefined;
}

/** Audience every assertion for Entra ID carries. */
export const assertionAudience = "api://AzureADTokenExchange";

/** Builds the tenant of a world; secrets and certificates without a value are made here. */
export async function createDirectory(file: WorldFile): Promise<Directory> {
  const assertionIssuer = `https://vstoken.dev.azure.com/${file.devops.organization.id}`;
  const applications = await Promise.all(file.applications.map((one) => createApplication(file, one, assertionIssuer)));
  return {
    tenantId: file.tenantId,
    assertionIssuer,
    applications,
    byClientId: (clientId) => applications.find((one) => one.clientId === clientId.toLowerCase()),
  };
}

/** Subject of the assertions a connection gets: `sc://organization/project/connection`. */
export function connectionSubject(file: WorldFile, connection: string): string {
  return `sc://${file.devops.organization.name}/${file.devops.project.name}/${connection}`;
}

async function createApplication(file: WorldFile, one: WorldApplication, issuer: string): Promise<Application> {
  const certificates = await Promise.all(
    (one.certificates ?? []).map(async ({ name, pem }) => {
      const made = pem ?? (await clientCertificate(name)).pem;
      return { pem: made, certificate: new X509Certificate(made) };
    }),
  );
  return {
    name: one.name,
    clientId: one.clientId,
    objectId: one.objectId,
    certificates,
    secrets: (one.secrets ?? []).map(({ value, expires }) => ({
      value: value ?? madeSecret(),
      expires: expires === undefined ? undefined : new Date(expires),
    })),
    federatedCredentials: (one.federatedCredentials ?? []).map((credential) => ({
      name: credential.name,
      issuer: credential.issuer ?? issuer,
      subject: credential.subject ?? connectionSubject(file, credential.connection ?? credential.name),
      audience: credential.audience ?? assertionAudience,
    })),
  };
}

/** 40 characters with the form of a real secret, `~` included, because that is what escaping goes wrong with. */
function madeSecret(): string {
  const text = randomBytes(30).toString("base64url");
  return `${text.slice(0, 3)}8Q~${text.slice(6)}`;
}
