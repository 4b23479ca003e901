/** The sample pipeline and the values its variables need to run against the emulator. */
import { join } from "node:path";
import type { EmulatorDescription } from "./surroundings.ts";

/** `root` is the project's folder. */
export function samplePipeline(root: string): string {
  return join(root, "samples/linux-webapp/azure-pipelines.yml");
}

/** What a user would write into the sample's variables, taken from the emulator. Throws an Error without a federated connection. */
export function sampleVariables(emulator: EmulatorDescription): Readonly<Record<string, string>> {
  const connection = Object.entries(emulator.connections).find(
    ([, { scheme }]) => scheme === "WorkloadIdentityFederation",
  );
  if (connection === undefined) throw new Error("The emulator has no connection with workload identity federation.");
  const { resources } = emulator;
  return {
    serviceConnection: connection[0],
    resourceGroup: resources.resourceGroup.split("/").at(-1) ?? "",
    imageIdentity: resources.identity,
    imageDefinition: resources.definition,
    storageAccount: resources.storageAccount.split("/").at(-1) ?? "",
  };
}
