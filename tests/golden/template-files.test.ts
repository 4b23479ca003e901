/** Template files of others, each with its approved answer of `npm run plan`; some again with what they lack. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type PlanAnswer, planFile } from "../../scripts/plan/plan-file.ts";
import { assertGolden, assertSchemaValid } from "./golden.ts";

const folder = join(import.meta.dirname, "templates-corpus");
const files = readdirSync(folder).filter((file) => file.endsWith(".json") && !file.endsWith(".expected.json"));
const group = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-images";
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`;
const definition = `${group}/providers/Microsoft.Compute/galleries/gallery/images/web`;
const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/build`;

type Texts = Readonly<Record<string, string>>;

const planned = (file: string, inputs: Texts = {}): PlanAnswer =>
  planFile(readFileSync(join(folder, file), "utf8"), { file, inputs, variables: {} });

/** What is given beside a file, so that it makes a template. */
const filled: Readonly<Record<string, Texts>> = {
  "jdmsft-win-sig-arm": {
    templateParameters: `managedIdentityId: ${identity}\nsigImageDefinnitionId: ${definition}`,
  },
  "yt-avd-e5-vnet-arm": {
    templateParameters: `identityId: ${identity}\nimageId: ${definition}\nSubNetId: ${subnet}\nVersion: 1.2.3`,
  },
  "avm-compiled-bicep-arm": {
    templateParameters: JSON.stringify({
      name: "web",
      location: "westeurope",
      managedIdentities: { userAssignedResourceIds: [identity] },
      imageSource: { type: "PlatformImage", publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
      customizationSteps: [{ type: "Shell", name: "one", inline: ["echo one"] }, { type: "Artifact" }],
      distributions: [
        { type: "SharedImage", sharedImageGalleryImageDefinitionResourceId: definition },
        { type: "ManagedImage", imageName: "web" },
      ],
      optimizeVmBoot: "Enabled",
    }),
    artifactPath: "site",
    storageAccount: "stimages",
  },
  "linux-managed": {
    managedIdentity: identity,
    location: "westeurope",
    managedImage: "web",
    vmSize: "Standard_D4ds_v5",
    inlineScript: "echo instead",
  },
  "win-managed": { managedIdentity: identity, location: "westeurope", galleryImage: definition },
};

describe("template files of others", () => {
  it("are all there", () => assert.equal(files.length, 30));

  for (const file of files) {
    const name = file.replace(/\.json$/, "");

    it(`plans ${file} as approved`, () => {
      const answer = planned(file);
      assertGolden(`templates-corpus/${name}.expected.json`, answer);
      assert.equal(answer.template === null, answer.errors.length > 0);
      assert.ok(answer.errors.every(({ line, column }) => line !== null && column !== null));
    });
  }

  for (const [name, inputs] of Object.entries(filled)) {
    it(`plans ${name}.json as approved with what it lacks`, () => {
      const answer = planned(`${name}.json`, inputs);
      assertGolden(`templates-corpus/${name}.filled.expected.json`, answer);
      assert.deepEqual(answer.errors, []);
      assertSchemaValid(answer.template, answer.apiVersion ?? "");
    });
  }

  it("takes the same file from a step that names it", () => {
    const step = `steps:\n- task: AzureImageBuilder@1\n  name: image\n  inputs:\n    azureSubscription: connection\n    resourceGroup: resource-group\n    templateFile: jdmsft-win-sig-arm.json\n`;
    const answer = planFile(step, {
      inputs: filled["jdmsft-win-sig-arm"] ?? {},
      variables: {},
      readFile: (path) => readFileSync(join(folder, path), "utf8"),
    });
    assert.deepEqual(answer.template, planned("jdmsft-win-sig-arm.json", filled["jdmsft-win-sig-arm"]).template);
  });

  it("says where a file that a step names is not", () => {
    const step = "steps:\n- task: AzureImageBuilder@1\n  inputs: { azureSubscription: c, resourceGroup: g, templateFile: nowhere.json }\n";
    const { errors } = planFile(step, { inputs: {}, variables: {} });
    assert.deepEqual(
      errors.map(({ code, input }) => [code, input]),
      [["AIB117", "templateFile"]],
    );
  });
});
