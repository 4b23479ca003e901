/** Who may read the artifact's blob: the roles of the identities and of the connection, as far as they decide anything. */
import { ServiceError } from "../errors.ts";
import type { ArtifactInputs, Inputs } from "../inputs/types.ts";
import type { FactReader, StorageAccountFacts } from "../ports.ts";
import { allows, type Known, type Permissions } from "../values/permissions.ts";
import { identityId } from "../values/resource-id.ts";
import type { ArtifactAccessFacts, BlobReaderFacts, ConnectionBlobFacts } from "./types.ts";

const accounts = "Microsoft.Storage/storageAccounts";
const readBlobs = `${accounts}/blobServices/containers/blobs/read`;
const writeBlobs = `${accounts}/blobServices/containers/blobs/write`;
const getDelegationKey = `${accounts}/blobServices/generateUserDelegationKey/action`;
const listKeys = `${accounts}/listKeys/action`;

/** What the reads go by. */
export interface AccessReads {
  readonly facts: FactReader;
  readonly subscriptionId: string;
  /** Undefined where the account is not there, which is a problem of its own. */
  readonly account: Promise<StorageAccountFacts | undefined>;
}

/** Reads what the way of access depends on; undefined without an artifact or its account. Never fails for a right. */
export async function findArtifactAccess(
  inputs: Inputs,
  { facts, subscriptionId, account: lookingForAccount }: AccessReads,
): Promise<ArtifactAccessFacts | undefined> {
  const { artifact } = inputs;
  if (artifact === undefined) return undefined;
  const asks = asked[artifact.access];
  const account = await lookingForAccount;
  if (account === undefined) return undefined;
  const scopes = {
    container: `${account.id}/blobServices/default/containers/${artifact.container}`,
    account: account.id,
  };
  const read = (id: string): Promise<BlobReaderFacts> => readBlobReader(facts, id, scopes);
  const template = identityId(inputs.managedIdentity, { ...inputs, subscriptionId });
  const [vmIdentities, templateIdentity, connection] = await Promise.all([
    Promise.all(asks.includes("vmIdentities") ? inputs.buildVmIdentities.map(read) : []),
    asks.includes("templateIdentity") ? read(template) : undefined,
    readConnection(facts, scopes, asks),
  ]);
  return { vmIdentities, ...(templateIdentity === undefined ? {} : { templateIdentity }), connection };
}

type Asked = "vmIdentities" | "templateIdentity" | keyof ConnectionBlobFacts;

/** What each way of access makes worth reading. With an account's key the connection needs no right to blobs. */
const asked: Readonly<Record<ArtifactInputs["access"], readonly Asked[]>> = {
  auto: ["vmIdentities", "templateIdentity", "upload", "delegation"],
  vmIdentity: ["vmIdentities", "upload"],
  templateIdentity: ["templateIdentity", "upload"],
  delegationSas: ["upload", "delegation"],
  accountKey: ["keys"],
};

interface Scopes {
  readonly container: string;
  readonly account: string;
}

/** A container that the task is going to make may be no scope yet: the account's answer counts then. */
async function atContainer(
  scopes: Scopes,
  read: (scope: string) => Promise<Permissions | undefined>,
): Promise<Permissions | "refused" | undefined> {
  return (await orRefused(read(scopes.container))) ?? (await orRefused(read(scopes.account)));
}

async function readBlobReader(facts: FactReader, id: string, scopes: Scopes): Promise<BlobReaderFacts> {
  const identity = await orRefused(facts.identity(id));
  if (identity === "refused") return { id, state: "unknown", unread: "identity" };
  if (identity === undefined) return { id, state: "absent" };
  const { principalId } = identity;
  const permissions = await atContainer(scopes, (scope) => facts.permissionsOf(principalId, scope));
  if (permissions === undefined || permissions === "refused") return { id, state: "unknown", unread: "roles" };
  const may = allows(permissions, "dataActions", readBlobs);
  if (may === "yes") return { id, state: "reads" };
  return may === "no" ? { id, state: "noRole", principalId } : { id, state: "unknown", unread: "allRoles" };
}

/** The connection's rights, as far as they are asked for: to blobs at the container, to keys at the account. */
async function readConnection(facts: FactReader, scopes: Scopes, asks: readonly Asked[]): Promise<ConnectionBlobFacts> {
  const needsAccount = asks.includes("delegation") || asks.includes("keys");
  const [atBlobs, atAccount] = await Promise.all([
    asks.includes("upload") ? atContainer(scopes, (scope) => facts.ownPermissions(scope)) : undefined,
    needsAccount ? orRefused(facts.ownPermissions(scopes.account)) : undefined,
  ]);
  return {
    upload: isAllowed(atBlobs, "dataActions", writeBlobs),
    delegation: isAllowed(atAccount, "actions", getDelegationKey),
    keys: isAllowed(atAccount, "actions", listKeys),
  };
}

function isAllowed(
  permissions: Permissions | "refused" | undefined,
  kind: "actions" | "dataActions",
  action: string,
): Known {
  return permissions === undefined || permissions === "refused" ? "unknown" : allows(permissions, kind, action);
}

/** None of these facts is needed to build: what the service does not tell, for whatever reason, is unknown. */
async function orRefused<T>(read: Promise<T>): Promise<T | "refused"> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ServiceError) return "refused";
    throw error;
  }
}
