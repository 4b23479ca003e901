/** task.json, the input table, the registries and the outputs agree; the grammar of visible rules is kept. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import type { Row } from "../../tasks/AzureImageBuilderV1/src/inputs/row.ts";
import { inputNames, inputTable } from "../../tasks/AzureImageBuilderV1/src/inputs/table.ts";
import { targetKindNames } from "../../tasks/AzureImageBuilderV1/src/kinds/target/index.ts";
import { outputTable } from "../../tasks/AzureImageBuilderV1/src/outputs/table.ts";
import type { Form, FormInput } from "../designer/rules.ts";
import { agentOf, definition, identity } from "../unit/inputs/step.ts";

interface Manifest {
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly instanceNameFormat: string;
  readonly minimumAgentVersion: string;
  readonly visibility: readonly string[];
  readonly version: Readonly<Record<"Major" | "Minor" | "Patch", number>>;
  readonly groups: Form["groups"];
  readonly inputs: readonly FormInput[];
  readonly dataSourceBindings: readonly {
    readonly target: string;
    readonly endpointId: string;
    readonly endpointUrl?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  }[];
  readonly outputVariables: readonly { readonly name: string; readonly description: string }[];
  readonly execution: Readonly<Record<string, { readonly target: string }>>;
  readonly postjobexecution: Readonly<Record<string, { readonly target: string }>>;
  readonly restrictions: { readonly settableVariables: { readonly allowed: readonly string[] } };
}

const manifest = JSON.parse(
  readFileSync(join(resolve(import.meta.dirname, "../.."), "tasks/AzureImageBuilderV1/task.json"), "utf8"),
) as Manifest;

describe("task.json", () => {
  it("is the task that pipelines name", () => {
    assert.match(manifest.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(manifest.name, "AzureImageBuilder");
    assert.equal(manifest.version.Major, 1);
    assert.ok(manifest.friendlyName.length <= 40 && manifest.instanceNameFormat !== "");
    assert.deepEqual(manifest.visibility, ["Build", "Release"]);
    assert.equal(manifest.minimumAgentVersion, "3.232.1");
    assert.deepEqual(manifest.execution, { Node20_1: { target: "main.js" }, Node24: { target: "main.js" } });
    const after = { Node20_1: { target: "finish.js" }, Node24: { target: "finish.js" } };
    assert.deepEqual(manifest.postjobexecution, after);
  });

  it("has the groups in their order, with compatibility folded away", () => {
    assert.deepEqual(
      manifest.groups.map(({ displayName }) => displayName),
      ["Connection", "Source", "Artifact", "Customize", "Validate", "Distribute", "Build VM", "Run", "Compatibility"],
    );
    assert.equal(manifest.groups.at(-1)?.isExpanded, false);
    const order = manifest.inputs.map(({ groupName }) => manifest.groups.findIndex(({ name }) => name === groupName));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      "inputs stand in the order of their groups",
    );
    assert.ok(!order.includes(-1));
  });

  it("has exactly the inputs of the table", () => {
    assert.deepEqual(manifest.inputs.map(({ name }) => name).sort(), [...inputNames].sort());
  });

  it("has exactly the outputs of the table, the declared ones as such", () => {
    assert.deepEqual(
      [...manifest.restrictions.settableVariables.allowed].sort(),
      outputTable.map(({ name }) => name).sort(),
    );
    assert.deepEqual(
      manifest.outputVariables.map(({ name }) => name),
      outputTable.filter(({ kind }) => kind === "declared").map(({ name }) => name),
    );
  });

  it("leaves nothing in a step of defaults that the table would not read the same", () => {
    const defaults = Object.fromEntries(manifest.inputs.map(({ name, defaultValue }) => [name, defaultValue]));
    const given = {
      azureSubscription: "c",
      resourceGroup: "rg",
      location: "westeurope",
      managedIdentity: identity,
      sourceImage: "a:b:c",
      galleryImage: definition,
    };
    assert.deepEqual(parseInputs(agentOf({ ...defaults, ...given })), parseInputs(agentOf(given)));
  });

  it("fills pick lists of the target from the registry", () => {
    const options = Object.keys(manifest.inputs.find(({ name }) => name === "targetType")?.options ?? {});
    assert.deepEqual(options, [...targetKindNames, "several"]);
  });

  it("fills editable lists from the connection, each once, but for the list of source images", () => {
    const editable = manifest.inputs.filter(({ properties }) => properties?.["EditableOptions"] === "True");
    assert.deepEqual(
      manifest.dataSourceBindings.map(({ target }) => target),
      editable.map(({ name }) => name).filter((name) => name !== "sourceImage"),
    );
    for (const { endpointId, endpointUrl } of manifest.dataSourceBindings) {
      assert.equal(endpointId, "$(azureSubscription)");
      assert.doesNotMatch(endpointUrl ?? "", /(?<!\{)\{\{(?!\{)/, "double braces escape HTML");
    }
  });

  it("fills lists with what their URLs ask for by name", () => {
    for (const { endpointUrl = "", parameters = {} } of manifest.dataSourceBindings) {
      const asked = [...endpointUrl.matchAll(/\{\{\{(?!endpoint\.)(\w+)\}\}\}/g)].map(([, name = ""]) => name);
      assert.deepEqual(asked, Object.keys(parameters));
      for (const value of Object.values(parameters)) {
        assert.ok(
          manifest.inputs.some(({ name }) => value === `$(${name})`),
          value,
        );
      }
    }
  });

  it("proposes source images that the task reads as Marketplace images, among them one for each system", () => {
    const images = Object.keys(manifest.inputs.find(({ name }) => name === "sourceImage")?.options ?? {});
    for (const image of images) assert.match(image, /^[A-Za-z]+:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$/);
    assert.ok(images.some((image) => image.startsWith("MicrosoftWindows")));
    assert.ok(images.some((image) => image.startsWith("Canonical")));
  });

  it("hides groups by rules of the grammar", () => {
    for (const { visibleRule } of manifest.groups.filter((group) => group.visibleRule !== undefined)) {
      assert.match(visibleRule ?? "", /^action (?:=|!=) [a-z]+(?: && action != [a-z]+)*$/);
    }
  });
});

describe("inputs in task.json", () => {
  const visible = (input: FormInput): readonly string[] => input.visibleRule?.split(/ (?:&&|\|\|) /) ?? [];

  for (const input of manifest.inputs) {
    const row: Row<unknown> | undefined = Object.entries(inputTable).find(([name]) => name === input.name)?.[1];

    it(`${input.name}: name, label, help and example are there`, () => {
      assert.match(input.name, /^[A-Za-z][A-Za-z0-9]*$/);
      assert.match(input.helpMarkDown, / Example: `[^`]+`\.$/);
      assert.ok(input.label.length > 2);
      assert.notEqual(input.type, "filePath", "an empty one becomes the whole checkout");
    });

    it(`${input.name}: aliases are the table's older names`, () => {
      assert.deepEqual(input.aliases ?? [], row?.older ?? []);
    });

    it(`${input.name}: options and default are values that the table takes`, () => {
      const options = Object.keys(input.options ?? {});
      const isEditable = input.properties?.["EditableOptions"] === "True";
      for (const key of isEditable ? [] : options) {
        assert.match(key, /^[A-Za-z0-9]+$/);
        assert.ok(!["on", "off"].includes(key));
      }
      for (const value of [...options, input.defaultValue].filter((one) => one !== "")) {
        assert.ok(row?.parse(value).ok, value);
      }
      if (options.length > 0 && !isEditable) assert.ok(options.includes(input.defaultValue));
      if (input.type === "boolean") assert.equal(input.defaultValue, "false");
    });

    it(`${input.name}: is visible by a rule of the grammar, on inputs that are there`, () => {
      for (const clause of visible(input)) {
        const [, other, value] = /^([A-Za-z0-9]+) (?:=|!=) ([A-Za-z0-9. ]+|"")$/.exec(clause) ?? [];
        assert.ok(other !== undefined && value !== undefined, clause);
        const known = manifest.inputs.find(({ name }) => name === other);
        assert.ok(known !== undefined, `${other} is not there`);
        if (known.options !== undefined) assert.ok(Object.keys(known.options).includes(value), clause);
      }
      assert.ok(!(input.visibleRule?.includes("&&") && input.visibleRule.includes("||")));
    });
  }

  it("share no name or alias, in any letter case", () => {
    const names = manifest.inputs.flatMap(({ name, aliases }) =>
      [name, ...(aliases ?? [])].map((one) => one.toLowerCase()),
    );
    assert.equal(new Set(names).size, names.length);
  });

  it("take every input name of the two older tasks", () => {
    const names = new Set(
      manifest.inputs.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])].map((one) => one.toLowerCase())),
    );
    const older =
      "managedIdentity vnetSubnetId imageSource customImageResourceId ImageVersionId baseImage baseImagePubOfferSku " +
      "baseImageVersion platformImagePurchasePlan provisioner windowsUpdateProvisioner runElevated runAsSystem " +
      "packagePath inlineScript storageAccountName distributeType imageIdForDistribute galleryImageId " +
      "managedImageLocation replicationRegions ibSubscription ibAzureResourceGroup ibLocation vmSize " +
      "buildTimeoutInMinutes buildVmIdentities containerInstanceSubnetId proxyVmSize enableValidation " +
      "sourceValidationOnly continueDistributeOnFailure validationInlineScript targetRegions " +
      "distributeStorageAccountType excludeFromLatest distributeVersioningScheme distributeVersioningMajor vhdUri " +
      "osDiskSizeGB optimizeVmBoot autoRun stagingResourceGroup managedResourceTags " +
      "errorHandlingOnCustomizerError errorHandlingOnValidationError";
    assert.deepEqual(
      older.split(" ").filter((name) => !names.has(name.toLowerCase())),
      [],
    );
  });
});
