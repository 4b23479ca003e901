/** Deletes the blob of an upload that the main part did not bring to its end. */
import { describeBlobLeft, type UploadRecord } from "../artifact/upload-record.ts";
import { messageOf } from "../build/ports.ts";
import { failureCodes } from "../failure-codes.ts";
import type { Agent, BlobStore, Clock, FactReader } from "../ports.ts";
import { endMain, type Processes } from "./end-main.ts";

/** The ports that this uses. */
export interface UploadPorts {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly blobs: BlobStore;
  readonly facts: Pick<FactReader, "storageAccount">;
  readonly processes: Processes;
}

/** Never rejects: a blob that stays is told as a warning with the command that deletes it. */
export async function removeUpload(upload: UploadRecord, ports: UploadPorts): Promise<void> {
  const { account, container, blob, access } = upload;
  const { agent, blobs, facts } = ports;
  try {
    await endMain(upload.process, ports);
    agent.info(`The upload of ${blob} was broken off: what it left is deleted.`);
    const [, , subscriptionId = ""] = account.split("/");
    // Where the account answers is Azure's to say, not the record's.
    const found = await facts.storageAccount(subscriptionId, account);
    if (found === undefined) return agent.info("Its storage account is gone.");
    await blobs.container(found, container, access).delete(blob);
  } catch (error) {
    agent.warning(describeBlobLeft({ account, container, blob }, messageOf(error)), failureCodes.blobLeft);
  }
}
