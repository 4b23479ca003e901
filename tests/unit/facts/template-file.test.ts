/** The step's template file: how it is found and read, and what becomes of it beside inputs. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { type FactPorts, gatherFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import { openTemplateFile } from "../../../tasks/AzureImageBuilderV1/src/facts/template-file.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { templateOf } from "../plan/template-of.ts";
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";
import { agentOf, definition, group, identity, type StepInputs } from "../inputs/step.ts";
import { assertSchemaValid } from "../../golden/golden.ts";
import { portsOf } from "./world.ts";

interface Tree {
  readonly [name: string]: unknown;
}

const path = "/agent/1/s/image.json";
const image = `${group}/providers/Microsoft.Compute/images/web`;
const gallery = { type: "SharedImage", runOutputName: "first", galleryImageId: definition };
const managed = { type: "ManagedImage", runOutputName: "second", imageId: image, location: "westeurope" };

function template(properties: Tree = {}, changes: Tree = {}): Tree {
  return {
    name: "mine",
    location: "westeurope",
    tags: { team: "web" },
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
    properties: {
      source: {
        type: "PlatformImage",
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: "server",
        version: "latest",
      },
      distribute: [gallery],
      ...properties,
    },
    ...changes,
  };
}

const given = { azureSubscription: "connection", resourceGroup: "rg-images", templateFile: "image.json" };

function portsWith(content: unknown, inputs: StepInputs, contents: Readonly<Record<string, string>> = {}): FactPorts {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  const ports = portsOf({ contents: { [path]: text, ...contents } });
  return { ...ports, agent: { ...ports.agent, ...agentOf({ ...given, ...inputs }) } };
}

async function plan(
  content: unknown,
  inputs: StepInputs = {},
  contents?: Readonly<Record<string, string>>,
): Promise<BuildPlan> {
  const ports = portsWith(content, inputs, contents);
  const parsed = parseInputs(ports.agent, await openTemplateFile(ports));
  return planBuild(parsed, await gatherFacts(parsed, ports));
}

const artifactInputs = { artifactPath: "web", storageAccount: "stimages" };

function built(planned: BuildPlan): ImageTemplate {
  const digests = { sha256: "0".repeat(64), content: "1".repeat(64) };
  const artifact = {
    access: { kind: "delegationSas" },
    url: new Secret("https://x/y?sig=z"),
    ...digests,
    size: 1,
  } as const;
  const made = templateOf(planned, planned.artifact === undefined ? undefined : artifact);
  assertSchemaValid(JSON.parse(JSON.stringify(made)), planned.apiVersion);
  return made;
}

async function problems(
  content: unknown,
  inputs: StepInputs = {},
  contents?: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const error: unknown = await plan(content, inputs, contents).catch((caught: unknown) => caught);
  assert.ok(error instanceof InputError, String(error));
  return error.problems.map(({ input, code, message }) => `${input} ${code} ${message}`);
}

describe("a step's template file", () => {
  it("makes a build without any other input", async () => {
    const planned = await plan(template());
    assert.deepEqual([planned.template.name, planned.location, planned.identityId], ["mine", "westeurope", identity]);
    const { tags, properties } = built(planned);
    assert.equal(tags?.["team"], "web");
    assert.equal(properties.source.type, "PlatformImage");
    assert.equal(properties.distribute[0]?.runOutputName, "first");
  });

  it("sends all targets under their own names, with its tags and ours", async () => {
    const tagged = { ...managed, artifactTags: { a: "b" } };
    const planned = await plan(template({ distribute: [gallery, tagged] }));
    const { distribute } = built(planned).properties;
    assert.deepEqual(
      distribute.map(({ runOutputName }) => runOutputName),
      ["first", "second"],
    );
    assert.equal(distribute[1]?.artifactTags?.["a"], "b");
    assert.ok(distribute[1].artifactTags["aib-task-run"]);
    assert.equal(planned.target.runOutputName, "first");
    const [other] = planned.otherTargets;
    assert.deepEqual(other, { kind: "managedImage", runOutputName: "second", imageId: image, location: "westeurope" });
  });

  it("puts the artifact in front, or where the file says", async () => {
    const shell = { type: "Shell", name: "one", inline: ["a"] };
    const [front, marked] = await Promise.all([
      plan(template({ customize: [shell] }), artifactInputs),
      plan(template({ customize: [shell, { type: "Artifact" }, shell] }), {
        ...artifactInputs,
        removeArtifact: "true",
      }),
    ]);
    const names = (planned: BuildPlan): unknown => built(planned).properties.customize?.map(({ name }) => name);
    assert.deepEqual(names(front), ["fetch-artifact", "one"]);
    assert.deepEqual(names(marked), ["one", "fetch-artifact", "one", "remove-artifact"]);
  });

  it("asks for the artifact that the file has a place for", async () => {
    const told = await problems(template({ customize: [{ type: "Artifact" }] }));
    assert.match(told.join(), /artifactPath AIB101 .*no artifact is given/);
  });

  it("keeps the file's validation, optimisation, disks and timeout", async () => {
    const planned = await plan(
      template({
        validate: { inVMValidations: [{ type: "Shell", inline: ["true"] }], continueDistributeOnFailure: true },
        optimize: { vmBoot: { state: "Enabled" }, workload: { state: "Enabled", scriptUri: "https://x/y" } },
        additionalDataDisks: [{ sizeGB: 32 }],
        buildTimeoutInMinutes: 90,
        errorHandling: { onValidationError: "abort" },
      }),
      { buildTimeoutInMinutes: "0", onValidationError: "cleanup" },
    );
    assert.equal(planned.apiVersion, "2025-10-01");
    const { properties } = built(planned);
    assert.deepEqual(properties.validate?.inVMValidations, [{ type: "Shell", inline: ["true"] }]);
    assert.equal(properties.validate.continueDistributeOnFailure, true);
    assert.deepEqual(properties.optimize, {
      vmBoot: { state: "Enabled" },
      workload: { state: "Enabled", scriptUri: "https://x/y" },
    });
    assert.deepEqual(properties.additionalDataDisks, [{ sizeGB: 32 }]);
    assert.deepEqual([properties.buildTimeoutInMinutes, properties.errorHandling?.onValidationError], [90, "abort"]);
  });

  it("gives way to inputs, part by part, and says so", async () => {
    const network = { subnetId: `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/s` };
    const planned = await plan(
      template({ vmProfile: { vmSize: "<size>", osDiskSizeGB: 64, vnetConfig: network }, source: "<source>" }),
      { vmSize: "Standard_D4ds_v5", sourceImage: "Canonical:other:server", managedImage: "web", templateName: "own" },
    );
    const { properties } = built(planned);
    assert.deepEqual(properties.vmProfile, { vmSize: "Standard_D4ds_v5", osDiskSizeGB: 64, vnetConfig: network });
    assert.equal(properties.source.type === "PlatformImage" && properties.source.offer, "other");
    assert.deepEqual(
      properties.distribute.map(({ type }) => type),
      ["ManagedImage"],
    );
    assert.equal(planned.template.name, "own");
    assert.match(
      planned.notes.map(({ message }) => message).join("\n"),
      /Inputs replace parts of image\.json: name, source, distribute/,
    );
  });

  it("warns of options of a target that is the file's", async () => {
    const planned = await plan(template(), { targetRegions: "northeurope" });
    assert.ok(planned.notes.some(({ code, input }) => code === "AIB201" && input === "targetRegions"));
    const [first] = built(planned).properties.distribute;
    assert.deepEqual(first?.type === "SharedImage" && first.targetRegions, [{ name: "westeurope" }]);
  });

  it("stays when a VHD among its targets would go with it", async () => {
    const planned = await plan(template({ distribute: [gallery, { type: "VHD", runOutputName: "v" }] }));
    assert.equal(planned.deleteTemplate, false);
  });

  it("takes parameters from a file, and the resource group's region", async () => {
    const one = {
      ...template({}, { location: "[resourceGroup().location]", name: "[parameters('n')]" }),
      type: "Microsoft.VirtualMachineImages/imageTemplates",
    };
    const deployment = { parameters: { n: { type: "string" } }, resources: [one] };
    const planned = await plan(
      deployment,
      { templateParameters: "p.json" },
      { "/agent/1/s/p.json": '{"parameters": {"n": {"value": "web"}}}' },
    );
    assert.deepEqual([planned.template.name, planned.location], ["web", "westeurope"]);
  });

  it("tells the file's faults and those of inputs together, and does not ask for what the file has", async () => {
    const told = await problems(template({ source: { type: "PlatformImage", publisher: "<p>" } }), { vmSize: "1 2" });
    assert.deepEqual(told.map((one) => one.split(" ").slice(0, 2).join(" ")).toSorted(), [
      "templateFile AIB103",
      "templateFile AIB141",
      "templateFile AIB141",
      "vmSize AIB108",
    ]);
  });

  it("asks for the identity that neither file nor inputs name", async () => {
    assert.match((await problems(template({}, { identity: undefined }))).join(), /managedIdentity AIB101/);
  });

  const lost: readonly (readonly [title: string, inputs: StepInputs, why: RegExp])[] = [
    [
      "that is not there",
      { templateFile: "other.json" },
      /templateFile AIB117 .*there is no file \/agent\/1\/s\/other\.json/,
    ],
    ["of Bicep", { templateFile: "image.bicep" }, /templateFile AIB117 .*az bicep build/],
    [
      "with parameters of Bicep",
      { templateParameters: "image.bicepparam" },
      /templateParameters AIB117 .*build-params/,
    ],
    ["of an unresolved name", { templateFile: "$(file)" }, /templateFile AIB117 .*\$\(file\)/],
  ];
  for (const [title, inputs, why] of lost) {
    it(`is told when it is one ${title}`, async () => assert.match((await problems(template(), inputs)).join(), why));
  }

  it("is told when it is too large", async () => {
    assert.match((await problems(`"${"x".repeat(4 * 1024 * 1024)}"`)).join(), /more than 4 MB/);
  });

  it("warns of parameters without a file", async () => {
    const inputs = {
      sourceImage: "a:b:c",
      galleryImage: definition,
      managedIdentity: identity,
      location: "westeurope",
    };
    const parsed = parseInputs(agentOf({ ...given, ...inputs, templateFile: "", templateParameters: "a: 1" }));
    assert.ok(parsed.notes.some(({ code, input }) => code === "AIB201" && input === "templateParameters"));
  });
});
