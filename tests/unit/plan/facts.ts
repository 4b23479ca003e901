/** Facts as tests write them. */
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { subscription } from "../inputs/step.ts";

/** Facts of a Linux source in westeurope and a storage account; `changes` replace them. */
export function factsOf(changes: Partial<Facts> = {}): Facts {
  return {
    now: new Date("2026-11-23T10:00:00Z"),
    run: {
      collection: "https://dev.azure.com/o/",
      project: "p",
      kind: "build",
      definition: "12",
      id: "1042",
      stage: "Build",
      job: "Bake/Bake",
      step: "image",
      commit: "c0ffee",
      repository: "r",
      repositoryUrl: "https://dev.azure.com/o/p/_git/r",
      branch: "refs/heads/main",
      url: "https://dev.azure.com/o/p/_build/results?buildId=1042",
      workingDirectory: "/agent/1/s",
    },
    subscriptionId: subscription,
    location: "westeurope",
    source: { osType: "linux" },
    target: { definitionLocation: "westeurope" },
    otherTargets: [],
    storageAccount: {
      id: `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages`,
      name: "stimages",
      blobEndpoint: "https://stimages.blob.core.windows.net/",
      allowSharedKeyAccess: true,
    },
    files: { steps: {}, validators: {} },
    notes: [],
    ...changes,
  };
}
