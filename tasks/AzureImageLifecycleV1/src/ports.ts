/** What looking after images asks of the world: some of the ports of the task that builds them. */
import type {
  Agent,
  ArmReader,
  ArmWriter,
  BlobStore,
  Clock,
  FactReader,
  ImageTemplates,
} from "../../AzureImageBuilderV1/src/ports.ts";

/** Everything together, as `main.ts` wires it. */
export interface Ports {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly arm: ArmReader;
  readonly change: ArmWriter;
  readonly templates: ImageTemplates;
  readonly blobs: BlobStore;
  readonly facts: Pick<FactReader, "storageAccount" | "ownPermissions">;
  /** Aborted when the agent asks the task to stop. */
  readonly cancelled: AbortSignal;
}
