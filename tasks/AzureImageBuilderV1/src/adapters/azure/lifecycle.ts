/** The Azure that looking after images needs: what is there, single changes of it, templates and blobs. */
import type { ArmReader, ArmWriter, BlobStore, FactReader, ImageTemplates } from "../../ports.ts";
import { createArmClient } from "./arm-client.ts";
import { createArmReader } from "./arm-reader.ts";
import { createBlobStore } from "./blobs.ts";
import { createImageTemplates } from "./image-templates.ts";
import { createRoleReader } from "./roles.ts";
import { type AzureOptions, createSession, type Session } from "./session.ts";
import { readStorageAccount } from "./storage-accounts.ts";

/** The Azure side of those ports. */
export interface LifecycleAzure {
  readonly arm: ArmReader;
  readonly change: ArmWriter;
  readonly templates: ImageTemplates;
  readonly blobs: BlobStore;
  readonly facts: Pick<FactReader, "storageAccount" | "ownPermissions">;
  /** Closes idle connections, so that the process can end. */
  close(): void;
}

/** Wires the ports to one service connection. Nothing is sent before a port is used. */
export function createLifecycleAzure(options: AzureOptions): LifecycleAzure {
  const { open, close } = createSession(options);
  return {
    arm: createArmReader(open),
    change: createArmWriter(open),
    templates: createImageTemplates(open),
    blobs: createBlobStore(open),
    facts: {
      storageAccount: (subscriptionId, nameOrId) => readStorageAccount(open, subscriptionId, nameOrId),
      ownPermissions: (scope) => createRoleReader(open).ownPermissions(scope),
    },
    close,
  };
}

/** Changes of resources, each sent once. */
function createArmWriter(open: () => Promise<Session>): ArmWriter {
  return {
    patch: async (path, body, query) => createArmClient(await open()).patch(path, body, query),
    delete: async (path, query) => createArmClient(await open()).delete(path, query),
  };
}
