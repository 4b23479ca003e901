/** Valid sets of inputs with the facts they are planned with. Made from the service's rules: no registry of the task is asked. */
import fc from "fast-check";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { sources, targets } from "./images.ts";
import { type Files, lists } from "./lists.ts";
import * as words from "./words.ts";
import { bit, containers, environments, group, identity, maybe, type Os, script, subnet, subscription, type Texts } from "./words.ts";

/** One set of inputs, and what Azure and the agent's disk say about it. */
export interface Case {
  readonly os: Os;
  readonly inputs: Texts;
  readonly facts: Partial<Facts>;
}

const folder = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .map((text) => text.replace(/[\p{Cc}/\\<>:"|?*$]/gu, "_").trim())
  .filter((text) => text !== "" && !/^\.+$|[. ]$/.test(text) && Buffer.from(text).toString() === text);

const artifacts: fc.Arbitrary<Texts> = fc.record({
  artifactPath: folder.map((name) => `out/${name}`),
  storageAccount: fc.constant("stimages"),
  artifactAccess: fc.constantFrom("", "auto", "delegationSas", "ACCOUNTKEY"),
  removeArtifact: bit,
});

/** What is done in the image, with the files that takes. */
interface Work {
  readonly inputs: Texts;
  readonly steps: Files;
  readonly validators: Files;
}

const shortInputs = fc.record({
  inlineScript: maybe(script),
  windowsUpdate: bit,
  runElevated: bit,
  runAsSystem: bit,
  environment: environments(0).map((values) => JSON.stringify(values)),
});

function steps(os: Os): fc.Arbitrary<Omit<Work, "validators">> {
  const listed = fc.oneof(fc.constant({}), environments(1)).chain((environment: Texts) =>
    lists({ os, noun: "steps", environment: Object.keys(environment).length > 0 }).map(({ text, files }) => ({
      inputs: { steps: text, environment: JSON.stringify(environment) },
      steps: files,
    })),
  );
  return fc.oneof({ arbitrary: shortInputs.map((inputs) => ({ inputs, steps: {} })), weight: 1 }, { arbitrary: listed, weight: 3 });
}

function validations(os: Os): fc.Arbitrary<{ readonly inputs: Texts; readonly files: Files }> {
  const more = fc.record({ sourceValidationOnly: bit, continueOnValidationFailure: bit });
  return fc.oneof(
    fc.constant({ inputs: { enableValidation: "", validationScript: "true" }, files: {} }),
    fc.tuple(script, more).map(([validationScript, options]) => ({
      inputs: { enableValidation: "true", validationScript, ...options },
      files: {},
    })),
    fc.tuple(lists({ os, noun: "validators", environment: false }), more).map(([{ text, files }, options]) => ({
      inputs: { enableValidation: "True", validators: text, ...options },
      files,
    })),
  );
}

function works(os: Os): fc.Arbitrary<Work> {
  return fc.tuple(steps(os), validations(os), fc.option(artifacts), artifacts).map(([own, validation, artifact, needed]) => {
    const isNeeded = Object.values(own.steps).some(({ from }) => from === "artifact");
    const inputs = { ...own.inputs, ...validation.inputs, ...(isNeeded ? needed : artifact) };
    return { inputs, steps: own.steps, validators: validation.files };
  });
}

const machines = fc
  .tuple(
    fc.record({
      vmSize: fc.constantFrom("", "Standard_D2ds_v5"),
      osDiskSizeGB: fc.constantFrom("", "0", "30", "4095"),
      buildVmIdentities: fc.constantFrom("", identity, `${identity}\n${identity}2`),
      dataDisks: fc.constantFrom("", "32", "1, 1024"),
    }),
    fc.constantFrom<Texts>(
      {},
      { subnet },
      { vnetSubnetId: subnet, proxyVmSize: "Standard_A1_v2" },
      { subnet, containerInstanceSubnet: containers },
      { subnet, containerInstanceSubnetId: containers, proxyVmSize: "Standard_A1_v2" },
    ),
  )
  .map(([machine, network]): Texts => ({ ...machine, ...network }));

const overrides = fc.constantFrom(
  "",
  '{"properties": {"vmProfile": {"osDiskSizeGB": 40}}}',
  "properties: { validate: null, optimize: { vmBoot: { state: Disabled } } }",
  "properties: { additionalDataDisks: null, customize: null }",
  "properties: { additionalDataDisks: [ { sizeGB: 1 } ] }",
  "tags: { team: web }\nproperties: { errorHandling: { onValidationError: abort }, autoRun: { state: Disabled } }",
  `properties: { distribute: [ { type: VHD, runOutputName: mine }, { type: ManagedImage, runOutputName: two, imageId: '${words.compute}/images/two', location: westeurope } ] }`,
  "properties: { customize: [ { type: File, sourceUri: 'https://example.com/a', destination: /tmp/a } ] }",
);

const options = fc.record({
  location: fc.constantFrom("West Europe", "westeurope"),
  managedIdentity: fc.constantFrom("builder", identity),
  subscriptionId: fc.constantFrom("", subscription),
  stagingResourceGroup: fc.constantFrom("", "rg-staging", group),
  managedResourceTags: fc.constantFrom("", "a: 1\nb: two", '{"a": "b"}'),
  optimizeVmBoot: bit,
  optimizeWorkload: fc.constantFrom("", "https://h/tune.sh", `https://h/tune.sh sha256=${"0".repeat(64)}`),
  templateOverrides: overrides,
  templateTags: fc.constantFrom("", "a: b"),
  imageTags: fc.constantFrom("", "a: b\nc: 1.10"),
  provenanceTags: fc.constantFrom("", "minimal", "FULL", "none"),
  templateName: fc.constantFrom("", "web.image_1"),
  buildTimeoutInMinutes: fc.constantFrom("", "0", "6", "960"),
  onCustomizerError: fc.constantFrom("", "cleanup", "Abort"),
  onValidationError: fc.constantFrom("", "abort"),
  autoRun: fc.constantFrom("", "false", "true"),
});

const knownTargets = fc.constantFrom({}, { definitionLocation: "westeurope" });

function facts(os: Os): fc.Arbitrary<Partial<Facts>> {
  return fc.record({
    source: fc.record(
      {
        osType: fc.constant(os),
        hyperVGeneration: fc.constantFrom("V1", "V2"),
        architecture: fc.constantFrom("x64", "Arm64"),
        version: words.version,
        plan: fc.constant({ name: "n", product: "p", publisher: "u" }),
      },
      { requiredKeys: ["osType"] },
    ),
    target: knownTargets,
    otherTargets: fc.array(knownTargets, { maxLength: 6 }),
  });
}

function casesOf(os: Os): fc.Arbitrary<Case> {
  return fc
    .tuple(sources(os), targets, works(os), machines, options, facts(os))
    .map(([source, target, { inputs, ...files }, machine, option, known]) => ({
      os,
      inputs: {
        azureSubscription: "connection",
        ibAzureResourceGroup: "rg-images",
        ...option,
        ...machine,
        ...inputs,
        ...source,
        ...target,
      },
      facts: { ...known, files, subscriptionId: subscription },
    }));
}

/** Valid cases of both systems. */
export const validCases: fc.Arbitrary<Case> = fc.oneof(casesOf("linux"), casesOf("windows"));
