import assert from "node:assert/strict";
import {
  readOperationStatus,
  readTemplateStatus,
} from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/template-status.ts";

const id = "/subscriptions/s/resourcegroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/t";

describe("What a template says", () => {
  it("is read with the last of nine digits of its times, and the year 1 as not yet", () => {
    const status = readTemplateStatus({
      id,
      properties: {
        provisioningState: "Succeeded",
        source: { exactVersion: "24.04.1" },
        exactStagingResourceGroup: "/subscriptions/s/resourceGroups/IT_x",
        lastRunStatus: {
          startTime: "2023-04-27T07:14:56.841941367Z",
          endTime: "0001-01-01T00:00:00Z",
          runState: "Running",
          runSubState: "Queued",
          message: "",
        },
      },
      tags: { a: "b" },
    });
    assert.deepEqual(status, {
      id,
      provisioningState: "Succeeded",
      lastRun: {
        runState: "Running",
        startTime: "2023-04-27T07:14:56.841941367Z",
        endTime: undefined,
        runSubState: "Queued",
        message: undefined,
      },
      exactSourceVersion: "24.04.1",
      stagingResourceGroup: "/subscriptions/s/resourceGroups/IT_x",
      tags: { a: "b" },
      buildTimeoutInMinutes: undefined,
      targets: [],
      steps: [],
      validators: [],
    });
  });

  it("names its source, its limit and its targets", () => {
    const status = readTemplateStatus({
      id,
      properties: {
        source: { type: "PlatformImage", publisher: "p", offer: "o", sku: "s", version: "latest" },
        buildTimeoutInMinutes: 60,
        customize: [{ type: "Shell", name: "install", inline: ["true"] }, { type: "WindowsRestart" }],
        validate: { inVMValidations: [{ type: "PowerShell", name: "check" }] },
        distribute: [
          { type: "SharedImage", runOutputName: "a", targetRegions: [{ name: "West Europe" }] },
          { type: "SharedImage", runOutputName: "b", replicationRegions: ["uksouth"] },
          { type: "ManagedImage", runOutputName: "c", location: "northeurope" },
          { type: "VHD", runOutputName: "d" },
          { type: "VHD", runOutputName: "e", uri: "https://st.blob.core.windows.net/vhds/e.vhd" },
        ],
      },
    });
    assert.deepEqual(status?.platformImage, { publisher: "p", offer: "o", sku: "s", version: "latest" });
    assert.equal(status.buildTimeoutInMinutes, 60);
    assert.deepEqual(status.steps, [
      { type: "Shell", name: "install" },
      { type: "WindowsRestart", name: "" },
    ]);
    assert.deepEqual(status.validators, [{ type: "PowerShell", name: "check" }]);
    assert.deepEqual(status.targets, [
      { runOutputName: "a", regions: ["westeurope"] },
      { runOutputName: "b", regions: ["uksouth"] },
      { runOutputName: "c", regions: ["northeurope"] },
      { runOutputName: "d", inStaging: true },
      { runOutputName: "e" },
    ]);
  });

  it("has no run before the first, and its error when it failed", () => {
    const status = readTemplateStatus({
      id,
      properties: { provisioningState: "Failed", provisioningError: { provisioningErrorCode: "Other", message: "no" } },
    });
    assert.deepEqual([status?.lastRun, status?.provisioningError], [undefined, { code: "Other", message: "no" }]);
  });

  for (const body of [undefined, "<html>", [], { value: [] }, null]) {
    it(`is nothing where the answer is no template: ${JSON.stringify(body) ?? "none"}`, () => {
      assert.equal(readTemplateStatus(body), undefined);
    });
  }
});

describe("What an operation says", () => {
  for (const [word, status] of [
    ["InProgress", "InProgress"],
    ["Running", "InProgress"],
    ["Accepted", "InProgress"],
    ["succeeded", "Succeeded"],
    ["FAILED", "Failed"],
    ["Canceled", "Canceled"],
    ["Cancelled", "Canceled"],
  ] as const) {
    it(`is ${status} for the word ${word}`, () => {
      assert.equal(readOperationStatus({ status: word })?.status, status);
    });
  }

  it("has its error tree", () => {
    const error = { code: "A", message: "x", details: [{ code: "B", message: "y" }] };
    assert.deepEqual(readOperationStatus({ name: "1", status: "Failed", error }), { status: "Failed", error });
  });

  it("is nothing where the answer is a template", () => {
    assert.equal(readOperationStatus({ id, properties: {} }), undefined);
  });
});
