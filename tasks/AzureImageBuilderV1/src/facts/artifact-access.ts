/** Who may read the artifact's blob: the roles of the identities and of the connection, as far as they decide anything. */
import { ServiceError } from "../errors.ts";
import type { ArtifactInputs, Inputs } from "../inputs/types.ts";
import type { FactReader, StorageAccountFacts } from "../ports.ts";
import { allows, type Known, type Permissions } from "../values/permissions.ts";
import { identityId } from "../values/resource-id.ts";
import type { ArtifactAccessFacts, BlobReaderFacts } from "./types.ts";

const readBlobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const getDelegationKey = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";

/** What the reads go by. */
export interface AccessReads {
  readonly facts: FactReader;
  readonly subscriptionId: string;
  /** Undefined where the account is not there, which is a problem of its own. */
  readonly account: Promise<StorageAccountFacts | undefined>;
}

/** Reads what the way of access depends on; undefined where the inputs decide it alone. Never fails for a right. */
export async function findArtifactAccess(
  inputs: Inputs,
  { facts, subscriptionId, account: lookingForAccount }: AccessReads,
): Promise<ArtifactAccessFacts | undefined> {
  const { artifact } = inputs;
  if (artifact === undefined) return undefined;
  const asks = asked[artifact.access];
  if (asks.length === 0) return undefined;
  const account = await lookingForAccount;
  if (account === undefined) return undefined;
  const container = `${account.id}/blobServices/default/containers/${artifact.container}`;
  const read = (id: string): Promise<BlobReaderFacts> => readBlobReader(facts, id, { container, account: account.id });
  const template = identityId(inputs.managedIdentity, { ...inputs, subscriptionId });
  const [vmIdentities, templateIdentity, delegation] = await Promise.all([
    Promise.all(asks.includes("vmIdentities") ? inputs.buildVmIdentities.map(read) : []),
    asks.includes("templateIdentity") ? read(template) : undefined,
    asks.includes("delegation") ? readDelegation(facts, account.id) : ("unknown" as const),
  ]);
  return { vmIdentities, ...(templateIdentity === undefined ? {} : { templateIdentity }), delegation };
}

/** What each way of access makes worth reading. */
const asked: Readonly<
  Record<ArtifactInputs["access"], readonly ("vmIdentities" | "templateIdentity" | "delegation")[]>
> = {
  auto: ["vmIdentities", "templateIdentity", "delegation"],
  vmIdentity: ["vmIdentities"],
  templateIdentity: ["templateIdentity"],
  delegationSas: [],
  accountKey: [],
};

async function readBlobReader(
  facts: FactReader,
  id: string,
  scopes: { readonly container: string; readonly account: string },
): Promise<BlobReaderFacts> {
  const identity = await orRefused(facts.identity(id));
  if (identity === "refused") return { id, state: "unknown", unread: "identity" };
  if (identity === undefined) return { id, state: "absent" };
  const { principalId } = identity;
  const read = async (scope: string): Promise<Permissions | "refused" | undefined> =>
    orRefused(facts.permissionsOf(principalId, scope));
  // A container that the task is going to make may be no scope yet.
  const permissions = (await read(scopes.container)) ?? (await read(scopes.account));
  if (permissions === undefined || permissions === "refused") return { id, state: "unknown", unread: "roles" };
  const may = allows(permissions, "dataActions", readBlobs);
  if (may === "yes") return { id, state: "reads" };
  return may === "no" ? { id, state: "noRole", principalId } : { id, state: "unknown", unread: "allRoles" };
}

async function readDelegation(facts: FactReader, accountId: string): Promise<Known> {
  const permissions = await orRefused(facts.ownPermissions(accountId));
  if (permissions === undefined || permissions === "refused") return "unknown";
  return allows(permissions, "actions", getDelegationKey);
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
