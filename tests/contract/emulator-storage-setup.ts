/** An emulator with the clients that the tests of blob storage use, put back to the world file before each test. */
import assert from "node:assert/strict";
import { ClientSecretCredential, type TokenCredential } from "@azure/identity";
import {
  BlobSASPermissions,
  BlobServiceClient,
  SASProtocol,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from "@azure/storage-blob";
import type { RoleAssignment } from "../emulator/core/types.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";

/** Name of the default world's account. */
export const storageAccount = "stimages";

export interface StorageWorld {
  readonly emulator: Emulator;
  readonly credential: TokenCredential;
  /** `https://host:port/<account>` */
  readonly root: string;
  /** The account's properties: what is changed counts at once, and is undone by restore(). */
  readonly rules: () => Record<string, unknown>;
  readonly byToken: () => BlobServiceClient;
  readonly byKey: () => Promise<BlobServiceClient>;
  /** What every client of the account is made with. */
  readonly options: object;
  /** Query of a signature of user delegation for a blob, good for `lifeMs` of emulated time (an hour). */
  readonly delegated: (
    container: string,
    blob: string,
    given: { readonly permissions: string; readonly lifeMs?: number },
  ) => Promise<string>;
  /** Puts account properties and role assignments back. */
  restore(): void;
}

/** Starts an emulator and makes the clients; the caller closes it. */
export async function createStorageWorld(): Promise<StorageWorld> {
  const emulator = await createEmulator({ warm: true });
  const { description, world } = emulator;
  const { parameters } = description.connections["images-key"] ?? assert.fail("no connection images-key");
  const credential = new ClientSecretCredential(
    description.tenantId,
    parameters["serviceprincipalid"] ?? "",
    parameters["serviceprincipalkey"] ?? "",
    { authorityHost: description.authorityUrl, disableInstanceDiscovery: true, tlsOptions: { ca: world.caPem } },
  );
  const root = `${description.blobUrl}/${storageAccount}`;
  // The type of the client's options does not list tlsOptions, which it hands down.
  const options: object = { tlsOptions: { ca: world.caPem }, retryOptions: { maxTries: 1 } };
  const rules = (): Record<string, unknown> => {
    const account = world.resources.get(description.resources.storageAccount) ?? assert.fail("no account");
    return account.body["properties"] as Record<string, unknown>;
  };
  const [rulesBefore, rolesBefore]: [object, readonly RoleAssignment[]] = [{ ...rules() }, [...world.roleAssignments]];
  const byToken = (): BlobServiceClient => new BlobServiceClient(root, credential, options);
  return {
    emulator,
    credential,
    root,
    rules,
    byToken,
    async byKey() {
      const { key } = await world.blobs.ensureAccount(storageAccount);
      return new BlobServiceClient(root, new StorageSharedKeyCredential(storageAccount, key), options);
    },
    options,
    async delegated(containerName, blobName, given) {
      const now = world.clock.now().getTime();
      const expiresOn = new Date(now + (given.lifeMs ?? 3_600_000));
      const key = await byToken().getUserDelegationKey(new Date(now - 60_000), new Date(now + 3_600_000));
      const permissions = BlobSASPermissions.parse(given.permissions);
      const asked = { containerName, blobName, permissions, protocol: SASProtocol.Https, expiresOn };
      return generateBlobSASQueryParameters(asked, key, storageAccount).toString();
    },
    restore() {
      const present = rules();
      for (const key of Object.keys(present)) delete present[key];
      Object.assign(present, rulesBefore);
      world.roleAssignments.splice(0, Infinity, ...rolesBefore);
    },
  };
}

/** Asserts that work of the client was refused with a status and a code. */
export async function refused(work: Promise<unknown>, status: number, code: string): Promise<void> {
  await assert.rejects(work, (error: { statusCode?: number; code?: string; message: string }) => {
    assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
    return true;
  });
}
