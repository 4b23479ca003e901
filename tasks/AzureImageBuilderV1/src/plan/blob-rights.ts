/** Whether roles let the identities and the connection do what a way of access needs, and the command that gives the role. */
import { problemCodes } from "../codes.ts";
import type { ArtifactAccessFacts, BlobReaderFacts } from "../facts/types.ts";
import type { ArtifactInputs } from "../inputs/types.ts";
import type { StorageAccountFacts } from "../ports.ts";
import type { Known } from "../values/permissions.ts";
import type { Check } from "./reachable.ts";

/** The container, and what is known about rights to it. */
export interface Rights {
  readonly account: StorageAccountFacts;
  readonly artifact: Pick<ArtifactInputs, "container">;
  readonly facts: ArtifactAccessFacts | undefined;
}

/** Whether an identity may read the container. Without facts (a plan on paper) nothing is said about what was not read. */
export function mayRead(reader: BlobReaderFacts | undefined, { account, artifact }: Rights): Check {
  if (reader === undefined) return { known: "unknown" };
  const { id } = reader;
  const where = `the container ${artifact.container} of ${account.name}`;
  const scope = containerId(account, artifact.container);
  switch (reader.state) {
    case "reads":
      return { known: "yes" };
    case "absent":
      return {
        known: "no",
        code: problemCodes.notFound,
        why: `there is no identity ${id}`,
        fix: "name a user-assigned identity that exists",
      };
    case "noRole":
      return {
        known: "no",
        code: problemCodes.roleMissing,
        why: `the identity ${nameOf(id)} has no role that lets it read blobs of ${where}`,
        fix:
          `\`az role assignment create --assignee-object-id ${reader.principalId} ` +
          `--assignee-principal-type ServicePrincipal --role "Storage Blob Data Reader" --scope ${scope}\``,
      };
    case "unknown":
      return { known: "unknown", unread: unreadText(reader, where) };
  }
}

function unreadText({ id, unread }: Extract<BlobReaderFacts, { readonly state: "unknown" }>, where: string): string {
  const name = nameOf(id);
  const what = {
    identity: `the connection could not read the identity ${id}`,
    roles: `the connection could not read the role assignments of ${where}`,
    allRoles: "not all roles could be read, or one is assigned under a condition",
  }[unread];
  return `Whether the identity ${name} may read blobs of ${where} is unknown: ${what}.`;
}

/** Whether the connection may write blobs to the container. */
export function mayUpload({ account, artifact, facts }: Rights): Check {
  const where = `the container ${artifact.container} of ${account.name}`;
  return connectionMay(facts?.connection.upload, {
    what: `write blobs to ${where}`,
    role: "Storage Blob Data Contributor",
    scope: containerId(account, artifact.container),
  });
}

/** Whether the connection may get a user-delegation key. */
export function mayDelegate({ account, facts }: Rights): Check {
  return connectionMay(facts?.connection.delegation, {
    what: `get a user-delegation key of ${account.name}`,
    role: "Storage Blob Data Contributor",
    scope: account.id,
  });
}

/** Whether the connection may read the account's keys. */
export function mayListKeys({ account, facts }: Rights): Check {
  return connectionMay(facts?.connection.keys, {
    what: `read the keys of ${account.name}`,
    role: "Storage Account Key Operator Service Role",
    scope: account.id,
  });
}

/** A right that is unknown is no fault: the service tells at the first request, before anything is sent. */
function connectionMay(
  known: Known = "unknown",
  { what, role, scope }: { readonly what: string; readonly role: string; readonly scope: string },
): Check {
  if (known !== "no") return { known };
  return {
    known,
    code: problemCodes.roleMissing,
    why: `the connection has no role that lets it ${what}`,
    fix:
      "`az role assignment create --assignee-object-id <object ID of the connection's service principal> " +
      `--assignee-principal-type ServicePrincipal --role "${role}" --scope ${scope}\``,
  };
}

function containerId({ id }: StorageAccountFacts, container: string): string {
  return `${id}/blobServices/default/containers/${container}`;
}

/** The last part of a resource ID. */
export function nameOf(id: string): string {
  return id.split("/").at(-1) ?? id;
}
