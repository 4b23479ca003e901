/**
 * Any valid step gives a template that the strict schema takes; any invalid one gives errors that name what is wrong,
 * and no template. The cases are made here, from the service's rules: the task's own registries are not asked.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { Facts } from "../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { checkOverrides } from "../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { buildTemplate } from "../../tasks/AzureImageBuilderV1/src/template/index.ts";
import { agentOf, definition, group, identity, subnet, type StepInputs } from "../unit/inputs/step.ts";
import { factsOf } from "../unit/plan/facts.ts";
import { schemaFaults } from "./golden.ts";

const seed = Number(process.env["FC_SEED"] ?? 20261123);
const signature = "c2VjcmV0%2Bsignature";
const compute = `${group}/providers/Microsoft.Compute`;
const bit = fc.constantFrom("true", "false", "True", "");
const maybe = (value: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(""), value);
const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{2,20}$/);
const number = fc.nat({ max: 999 }).map(String);
const version = fc.tuple(number, number, number).map((parts) => parts.join("."));
const anyCase = (text: string): fc.Arbitrary<string> => fc.constantFrom(text, text.toLowerCase(), text.toUpperCase());

const sources: fc.Arbitrary<StepInputs> = fc.oneof(
  fc.record({
    sourceImage: fc.tuple(word, word, word).map((parts) => parts.join(":")),
    sourceVersion: fc.oneof(fc.constantFrom("", "latest"), version),
    purchasePlan: maybe(fc.constant("plan:product:publisher")),
  }),
  fc.record({ baseImage: fc.constantFrom("a:b:c:windows", "a:b:c:1.2.3", "a:b:c") }),
  fc.record({
    imageSource: anyCase("marketplace"),
    baseImage: fc.constant("x:y:z"),
    baseImagePubOfferSku: fc.constant("a:b:c"),
  }),
  fc.record({
    imageSource: anyCase("managedimage"),
    customImageResourceId: word.map((name) => `${compute}/images/${name}`),
  }),
  fc.record({ sourceImage: word.map((name) => `${compute}/images/${name}`) }),
  fc.record({ sourceImage: fc.constant(definition), sourceVersion: maybe(version) }),
  fc.record({ imageSource: anyCase("sig"), ImageVersionId: version.map((one) => `${definition}/versions/${one}`) }),
);

const regions = fc
  .uniqueArray(fc.constantFrom("northeurope", "eastus", "West US 2", "uksouth"), { maxLength: 4 })
  .chain((others) =>
    fc.tuple(...["westeurope", ...others].map((name) => fc.constantFrom(name, ` ${name}=2`, `${name}=3:Premium_LRS`))),
  )
  .map((items) => items.join(","));

const targets: fc.Arbitrary<StepInputs> = fc.oneof(
  fc.record({
    targetType: fc.oneof(fc.constant(""), anyCase("gallery"), anyCase("sig")),
    galleryImage: fc.constant(definition),
    galleryVersion: fc.oneof(fc.constantFrom("", "Latest", "latest 3", "Source"), version),
    targetRegions: maybe(regions),
    excludeFromLatest: bit,
  }),
  fc.record({
    galleryImageId: version.map((one) => `${definition}/versions/${one}`),
    replicationRegions: fc.constant("eastus, westeurope"),
  }),
  fc.record({
    targetType: fc.constantFrom("managedImage", "managedimage", ""),
    managedImage: fc.oneof(
      word,
      word.map((name) => `${compute}/images/${name}`),
    ),
    managedImageLocation: fc.constantFrom("", "North Europe"),
  }),
  fc.record({
    targetType: anyCase("gallery"),
    galleryImage: fc.constant(definition),
    replicationMode: anyCase("shallow"),
    targetRegions: fc.constantFrom("", "westeurope", "westeurope=1:Standard_LRS"),
  }),
  fc.record({
    targetType: anyCase("several"),
    targets: fc
      .array(
        fc.oneof(
          version.map((one) => `- gallery: { image: ${definition}, version: ${one}, regions: westeurope }`),
          fc.constant(`- gallery: ${definition}`),
          word.map((name) => `- managedImage: { image: ${name}, location: eastus }`),
          word.map((name) => `- vhd: https://h/c/${name}.vhd`),
          fc.constant("- vhd"),
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((lines) => lines.join("\n")),
  }),
  fc.record({
    targetType: anyCase("vhd"),
    vhdUri: maybe(word.map((name) => `https://stimages.blob.core.windows.net/vhds/${name}.vhd`)),
  }),
);

const folder = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .map((text) => text.replace(/[\p{Cc}/\\<>:"|?*$]/gu, "_").trim())
  .filter((text) => text !== "" && !/^\.+$|[. ]$/.test(text) && Buffer.from(text).toString() === text);
const script = fc.string({ unit: "grapheme", maxLength: 200 });

const options: fc.Arbitrary<StepInputs> = fc.record({
  artifactPath: maybe(folder.map((name) => `out/${name}`)),
  storageAccount: fc.constantFrom("", "stimages"),
  artifactAccess: fc.constantFrom("", "auto", "delegationSas", "ACCOUNTKEY"),
  inlineScript: script,
  windowsUpdate: bit,
  runElevated: bit,
  runAsSystem: bit,
  enableValidation: bit,
  validationScript: fc.constant("test -f /etc/hosts"),
  sourceValidationOnly: bit,
  continueOnValidationFailure: bit,
  vmSize: fc.constantFrom("", "Standard_D2ds_v5"),
  osDiskSizeGB: fc.constantFrom("", "0", "30", "4095"),
  buildVmIdentities: fc.constantFrom("", identity, `${identity}\n${identity}2`),
  stagingResourceGroup: fc.constantFrom("", "rg-staging", group),
  managedResourceTags: fc.constantFrom("", "a: 1\nb: two", '{"a": "b"}'),
  optimizeVmBoot: bit,
  optimizeWorkload: fc.constantFrom("", "https://h/tune.sh", `https://h/tune.sh sha256=${"0".repeat(64)}`),
  dataDisks: fc.constantFrom("", "32", "1, 1024"),
  templateOverrides: fc.constantFrom(
    "",
    '{"properties": {"vmProfile": {"osDiskSizeGB": 40}}}',
    "properties: { validate: null, optimize: { vmBoot: { state: Disabled } } }",
    "properties: { additionalDataDisks: null, customize: null }",
    "properties: { additionalDataDisks: [ { sizeGB: 1 } ] }",
  ),
  templateTags: fc.constantFrom("", "a: b"),
  imageTags: fc.constantFrom("", "a: b\nc: 1.10"),
  provenanceTags: fc.constantFrom("", "minimal", "FULL", "none"),
  removeArtifact: bit,
  environment: script.map((text) => JSON.stringify({ VALUE: text.replaceAll("\0", "") })),
  templateName: fc.constantFrom("", "web.image_1"),
  buildTimeoutInMinutes: fc.constantFrom("", "0", "6", "960"),
  onCustomizerError: fc.constantFrom("", "cleanup", "Abort"),
  onValidationError: fc.constantFrom("", "abort"),
});

const networks: fc.Arbitrary<StepInputs> = fc.constantFrom<StepInputs>(
  {},
  { subnet },
  { vnetSubnetId: subnet, proxyVmSize: "Standard_A1_v2" },
  { subnet, containerInstanceSubnetId: subnet.replace("build", "containers"), proxyVmSize: "Standard_A1_v2" },
);

const validSteps: fc.Arbitrary<StepInputs> = fc
  .tuple(sources, targets, options, networks)
  .map(([source, target, option, network]) => ({
    azureSubscription: "connection",
    ibAzureResourceGroup: "rg-images",
    location: "West Europe",
    managedIdentity: "builder",
    ...option,
    ...source,
    ...target,
    ...network,
  }));

const worlds: fc.Arbitrary<Partial<Facts>> = fc.record({
  source: fc.record(
    {
      osType: fc.constantFrom("linux" as const, "windows" as const),
      hyperVGeneration: fc.constantFrom("V1", "V2"),
      architecture: fc.constantFrom("x64", "Arm64"),
      version: version,
      plan: fc.constant({ name: "n", product: "p", publisher: "u" }),
    },
    { requiredKeys: ["osType"] },
  ),
  target: fc.constantFrom({}, { definitionLocation: "westeurope" }),
  otherTargets: fc.constantFrom([], [{ definitionLocation: "westeurope" }]),
});

function build(
  step: StepInputs,
  world: Partial<Facts>,
): { readonly template: ImageTemplate; readonly apiVersion: string } {
  const plan = checkOverrides(planBuild(parseInputs(agentOf(step)), factsOf(world)));
  const url = new Secret(
    `https://stimages.blob.core.windows.net/c/${encodeURIComponent(plan.artifact?.blob ?? "")}?sig=${signature}`,
  );
  return {
    template: buildTemplate(plan, plan.artifact && { url, sha256: "b".repeat(64), size: 1 }),
    apiVersion: plan.apiVersion,
  };
}

/** Rules of the service that its schema cannot say. */
function brokenRules({ properties }: ImageTemplate, apiVersion: string): readonly string[] {
  const scripts = [...(properties.customize ?? []), ...(properties.validate?.inVMValidations ?? [])];
  const network = properties.vmProfile?.vnetConfig;
  const rules: Readonly<Record<string, boolean>> = {
    "inline or scriptUri": scripts.every((one) => !("inline" in one && "scriptUri" in one)),
    "lines without line ends": scripts.every(
      (one) => !("inline" in one) || (one.inline ?? []).every((line) => !/[\r\n]$/.test(line)),
    ),
    "system only when elevated": scripts.every(
      (one) => !("runAsSystem" in one && one.runAsSystem === true && one.runElevated !== true),
    ),
    "no proxy with containers": !(
      network?.proxyVmSize !== undefined && network.containerInstanceSubnetId !== undefined
    ),
    "one kind of system": new Set(scripts.map((one) => (one.type === "Shell" ? "linux" : "windows"))).size <= 1,
    "2025-10-01 only where needed":
      (apiVersion === "2025-10-01") ===
      (properties.additionalDataDisks !== undefined || properties.optimize?.workload !== undefined ||
        properties.distribute.some((one) => "replicationMode" in one)),
    "run output names once":
      new Set(properties.distribute.map((one) => one.runOutputName.toLowerCase())).size === properties.distribute.length,
    "shallow in one place": properties.distribute.every(
      (one) => one.type !== "SharedImage" || one.replicationMode !== "Shallow" || one.targetRegions?.length === 1,
    ),
    "a size": (properties.vmProfile?.vmSize ?? "") !== "",
    "home region": properties.distribute.every(
      (one) => one.type !== "SharedImage" || (one.targetRegions ?? []).some(({ name }) => name === "westeurope"),
    ),
    "no version and versioning": properties.distribute.every(
      (one) => one.type !== "SharedImage" || one.versioning === undefined || !one.galleryImageId.includes("/versions/"),
    ),
    "tags within limits": properties.distribute.every((one) =>
      Object.entries(one.artifactTags ?? {}).every(([name, value]) => name.length <= 128 && value.length <= 256),
    ),
  };
  return Object.keys(rules).filter((rule) => rules[rule] !== true);
}

/** Values that are wrong whatever else the step says. */
const mistakes: readonly (readonly [input: string, text: string])[] = [
  ["azureSubscription", ""],
  ["azureSubscription", "$(connection)"],
  ["subscriptionId", "mine"],
  ["location", "<region>"],
  ["location", "west-europe"],
  ["managedIdentity", ""],
  ["managedIdentity", "/subscriptions/$sub/resourceGroups/a"],
  ["runElevated", "yes"],
  ["optimizeVmBoot", "1"],
  ["windowsUpdate", "$(update)"],
  ["osType", "amiga"],
  ["vmSize", "a b"],
  ["osDiskSizeGB", "30 GB"],
  ["buildTimeoutInMinutes", "5"],
  ["buildTimeoutInMinutes", "1000"],
  ["stagingResourceGroup", "/resourceGroups/x"],
  ["managedResourceTags", "- a"],
  ["buildVmIdentities", "builder"],
  ["templateName", "a/b"],
  ["onCustomizerError", "stop"],
  ["onValidationError", "${{ parameters.x }}"],
  ["targetType", "floppy"],
  ["storageAccount", "St_Images"],
  ["optimizeWorkload", "scripts/tune.sh"],
  ["optimizeWorkload", "https://h/tune.sh 123"],
  ["dataDisks", "0"],
  ["dataDisks", "32 GB"],
  ["templateTags", "aib-task-run: 1"],
  ["imageTags", "a<b: 1"],
  ["provenanceTags", "some"],
  ["templateOverrides", "- a"],
  ["removeArtifact", "no"],
  ["environment", "A B: c"],
  ["steps", "shell: a"],
  ["steps", "- shell: { script: a }"],
];

describe("any step", () => {
  it("that is valid gives a template that the schema and the service's other rules take", () => {
    fc.assert(
      fc.property(validSteps, worlds, (step, world) => {
        const { template, apiVersion } = build(step, world);
        assert.deepEqual(schemaFaults(JSON.parse(JSON.stringify(template)), apiVersion), []);
        assert.deepEqual(brokenRules(template, apiVersion), []);
        assert.ok(!describeTemplate(template).includes(signature));
      }),
      { seed, numRuns: 1000 },
    );
  });

  it("that is wrong names each mistake, with what is legal, and gives no template", () => {
    const someMistakes = fc.uniqueArray(fc.constantFrom(...mistakes), {
      minLength: 1,
      maxLength: 4,
      selector: ([input]) => input,
    });
    fc.assert(
      fc.property(validSteps, worlds, someMistakes, (step, world, wrong) => {
        assert.throws(
          () => build({ ...step, ...Object.fromEntries(wrong) }, world),
          (error: unknown) => {
            assert.ok(error instanceof InputError);
            const named = error.problems.map(({ input }) => input);
            for (const [input] of wrong)
              assert.ok(named.includes(input), `${input} is not named among ${named.join(", ")}`);
            for (const { code, legal, message } of error.problems) {
              assert.match(code, /^AIB1\d\d$/);
              assert.ok(legal !== "" && message.includes("Legal: "));
            }
            return true;
          },
        );
      }),
      { seed, numRuns: 500 },
    );
  });
});
