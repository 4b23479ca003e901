/**
 * Whatever a template, its operation and its outputs say, and whatever a build's log holds, a step that follows the run
 * ends: with outputs, or with one error that has a name; what it shows on the way harms nobody.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  readOperationStatus,
  readTemplateStatus,
} from "../../tasks/AzureImageBuilderV1/src/adapters/azure/template-status.ts";
import { ServiceError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { diagnoseAnywhere } from "../../tasks/AzureImageBuilderV1/src/diagnosis/diagnose.ts";
import type { LogRead, Ports, RunOutput } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { run } from "../../tasks/AzureImageBuilderV1/src/run.ts";
import type { Json } from "../golden/any-inputs/tree.ts";
import { connectionOf } from "../unit/adapters/connection.ts";
import { ref, setStage, templateId, versionId } from "../unit/build/stage.ts";
import { agentOf } from "../unit/inputs/step.ts";
import { assertHarmless, assertTaskError } from "./errors.ts";
import { mutations } from "./json.ts";
import { inTime, longestKind, runs, tryMany, tryManyLater } from "./settings.ts";
import { anyText } from "./texts.ts";

/** More reads than a build of the longest time takes. */
const mostReads = 20_000;

const stored = (runState: string, more: Readonly<Record<string, Json>> = {}): Json => ({
  id: templateId,
  name: ref.name,
  type: "Microsoft.VirtualMachineImages/imageTemplates",
  location: "westeurope",
  tags: { "aib-task-run": "build/7", "aib-task-request": "v1:abc" },
  properties: {
    provisioningState: "Succeeded",
    buildTimeoutInMinutes: 60,
    exactStagingResourceGroup: "/subscriptions/s/resourceGroups/IT_rg_aib-1_1",
    source: {
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "o",
      sku: "s",
      version: "latest",
      exactVersion: "24.04.1",
    },
    customize: [{ type: "Shell", name: "install", inline: ["true"] }],
    validate: { inVMValidations: [{ type: "Shell", name: "check", inline: ["true"] }] },
    distribute: [
      {
        type: "SharedImage",
        runOutputName: "gallery",
        galleryImageId: versionId.replace(/\/versions.*/, ""),
        targetRegions: [{ name: "westeurope" }],
      },
      { type: "VHD", runOutputName: "disk" },
    ],
    lastRunStatus: {
      startTime: "2026-03-01T08:00:20.841941367Z",
      endTime: "0001-01-01T00:00:00Z",
      runState,
      runSubState: "Building",
      message: "",
      ...more,
    },
  },
});

const ends = [
  stored("Succeeded", { endTime: "2026-03-01T08:20:00Z", runSubState: "" }),
  stored("PartiallySucceeded", { endTime: "2026-03-01T08:20:00Z", message: "one target failed" }),
  stored("Failed", {
    endTime: "2026-03-01T08:20:00Z",
    message:
      'CreateImageFailed: {"error":{"code":"PackerBuildFailed","message":"Script exited with non-zero exit status: 7","details":[{"code":"a"}]}}',
  }),
  stored("Canceled", { endTime: "2026-03-01T08:20:00Z" }),
];
const operations: readonly Json[] = [
  { name: "1", status: "InProgress", startTime: "2026-03-01T08:00:20Z" },
  { name: "1", status: "Succeeded", startTime: "2026-03-01T08:00:20Z", endTime: "2026-03-01T08:20:00Z" },
  {
    name: "1",
    status: "Failed",
    error: { code: "PackerBuildFailed", message: "all", details: [{ code: "Inner", message: "one" }] },
  },
];
/** Gateways put JSON into messages. */
const nestedMessages = [
  '{"error":{"code":1,"message":"x","details":5}}',
  '{"message":"x","details":[null,5,"a",{"details":7}]}',
  '{"error":null}',
  '{"error":"x"}',
  "{",
];
const told = nestedMessages.map((message): Json => ({ status: "Failed", error: { code: "a", message } }));
const outputs: Json = {
  value: [
    { name: "gallery", properties: { artifactId: versionId } },
    { name: "disk", properties: { artifactUri: "https://x.blob.core.windows.net/vhds/1.vhd" } },
  ],
};

const logPieces = [
  "[0b8f] PACKER OUT ==> azure-arm: ",
  "[0b8f] PACKER ERR 2026/01/01 10:00:00 ",
  "[0b8f] PACKER 2026/01/01 10:00:01 ui: ==> azure-arm: ",
  "[INFO] (telemetry) Starting provisioner shell",
  "[INFO] (telemetry) Starting provisioner powershell",
  "[INFO] (telemetry) ending shell",
  "Provisioning step had errors: ",
  "Script exited with non-zero exit status: 99999999999999999999",
  "Build 'azure-arm' errored after 1 minute: ",
  "Done exporting Packer logs to Azure Storage.",
  "E: Could not get lock /var/lib/dpkg/lock-frontend",
  "error failed fatal denied timeout exception ",
  "\n",
  "\n",
  "\r\n",
  "\r",
  "\u001b[31m",
  "\u001b]8;;http://a\u0007",
  "##vso[task.complete result=Succeeded]",
  "##[endgroup]",
  "| a | b |\n|---|---|\n",
  "```",
  "<script>alert(1)</script>",
  "[a](javascript:a)",
  "😀",
  "\u0000",
];
const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    arbitrary: fc
      .array(fc.oneof(fc.constantFrom(...logPieces), anyText), { maxLength: 60 })
      .map((parts) => Buffer.from(parts.join(""))),
    weight: 6,
  },
  { arbitrary: fc.uint8Array({ maxLength: 3_000 }), weight: 3 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(...logPieces, "a", "error "), fc.constantFrom(1_000, 60_000))
      .map(([part, count]) => Buffer.from(part.repeat(Math.ceil(count / part.length)))),
    weight: 1,
  },
);

interface Case {
  readonly end: Json;
  readonly change: (tree: Json) => Json;
  /** Which documents are changed. */
  readonly changed: readonly ("running" | "end" | "operation" | "outputs")[];
  readonly operation: Json;
  readonly log: Uint8Array;
  /** Shares of the log at which reads are cut. */
  readonly cuts: readonly number[];
}

const cases: fc.Arbitrary<Case> = fc.record({
  end: fc.constantFrom(...ends),
  change: mutations(2),
  changed: fc.subarray(["running", "end", "operation", "outputs"] as const, { minLength: 1 }),
  operation: fc.constantFrom(...operations, ...told),
  log: bytes,
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
});

/** As the adapter gives the outputs, which the SDK reads by name. */
function outputsOf(body: Json): readonly RunOutput[] {
  const value = (body as { readonly value?: unknown }).value;
  if (!Array.isArray(value))
    throw new ServiceError("AIB802", "GET runOutputs: the answer is not of the documented form.");
  return value.map((one: unknown) => {
    const { name, properties } = (one ?? {}) as {
      readonly name?: unknown;
      readonly properties?: Readonly<Record<string, unknown>>;
    };
    const text = (field: unknown): string | undefined => (typeof field === "string" ? field : undefined);
    return {
      name: text(name) ?? "",
      artifactId: text(properties?.["artifactId"]),
      artifactUri: text(properties?.["artifactUri"]),
    };
  });
}

/** Follows the run of a case to its end. */
async function follow({ end, change, changed, operation, log, cuts }: Case): Promise<void> {
  const made = new Map<string, Json>();
  const doc = (name: Case["changed"][number], good: Json): Json => {
    const known = made.get(name) ?? (changed.includes(name) ? change(good) : good);
    made.set(name, known);
    return known;
  };
  let reads = 0;
  const stage = setStage({});
  const count = (): void => {
    reads += 1;
    assert.ok(reads < mostReads, "the step does not end");
  };
  const at = [0, ...cuts.map((cut) => Math.floor(cut * log.length)).sort((a, b) => a - b), log.length];
  const parts = at
    .slice(1)
    .map((to, index): LogRead => ({ state: "bytes", from: "blob", bytes: log.subarray(at[index], to), more: false }));
  const inputs = agentOf({ action: "wait", azureSubscription: "connection", templateName: templateId });
  const ports: Ports = {
    ...stage,
    agent: {
      ...stage.agent,
      ...inputs,
      endpoint: () => connectionOf({ data: { subscriptionid: ref.subscriptionId } }),
    },
    templates: {
      ...stage.templates,
      get: async () => {
        count();
        const seconds = stage.clock.seconds();
        const status = readTemplateStatus(seconds < 120 ? doc("running", stored("Running")) : doc("end", end));
        if (status === undefined)
          throw new ServiceError("AIB802", "GET imageTemplates/aib-1: the answer is not an image template.");
        return status;
      },
      startRun: async () => ({
        poll: async () => readOperationStatus(doc("operation", operation)) ?? { status: "InProgress" },
      }),
      runOutputs: async () => outputsOf(doc("outputs", outputs)),
    },
    logs: {
      follow: () => ({
        read: async () => {
          count();
          return parts.shift() ?? { state: "nothing" };
        },
      }),
    },
    arm: { get: async () => undefined, ask: async () => undefined },
  } as unknown as Ports;
  try {
    assertHarmless(await run(ports));
  } catch (error) {
    assertTaskError(error);
  }
  for (const { text } of stage.agent.log) assertHarmless(text, 20_000);
}

describe("a bad course of a build", function () {
  this.timeout(longestKind);
  it("ends with outputs or with one error that has a name", async () => {
    await tryManyLater(cases, follow);
  });

  it("is diagnosed whatever its log holds", () => {
    tryMany(bytes, (log) => {
      const { findings, step } = diagnoseAnywhere(Buffer.from(log).toString("utf8"));
      for (const { cause, evidence } of findings) assert.ok(cause !== "" && evidence.length < 10_000);
      assert.ok((step?.lines.length ?? 0) < 1_000);
    });
  });

  it("takes no long time however long its lines are", () => {
    const length = runs >= 10_000 ? 4_000_000 : 1_000_000;
    for (const part of [
      "a",
      " ",
      "error ",
      "\u001b[",
      "#",
      "##vso[",
      "{",
      "a=b ",
      "sig=",
      "'",
      "http://a/",
      "[0b8f] PACKER OUT ",
      "\n",
    ]) {
      const text = part.repeat(Math.ceil(length / part.length));
      inTime(() => diagnoseAnywhere(text));
    }
  });
});
