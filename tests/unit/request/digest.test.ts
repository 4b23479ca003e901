/** What changes the request's digest, and what does not. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import {
  compareForms,
  describeRequest,
  parseForm,
  requestDigest,
  type RequestForm,
} from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { checkOverrides } from "../../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { validCases } from "../../golden/any-inputs/cases.ts";
import { agentOf, definition, group, identity, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";
import { content, formOf, planOf } from "./plans.ts";

const seed = Number(process.env["FC_SEED"] ?? 20261123);
const others = ["a", "b"].map((name) => identity.replace(/[^/]+$/, `id-${name}`));
const withArtifact = { artifactPath: "out/web", storageAccount: "stimages" };
const steps = "- shell: make\n- file: { uri: https://h/a.txt, destination: /tmp/a }";
const base: StepInputs = {
  ...withArtifact,
  steps,
  osDiskSizeGB: "64",
  dataDisks: "32",
  buildVmIdentities: others.join("\n"),
  enableValidation: "true",
  validators: "- shell: test -e /tmp/a",
  optimizeWorkload: "https://h/tune.sh",
};
const target = {
  definitionLocation: "westeurope",
  definitionGeneration: "V2",
  definitionSecurityType: "TrustedLaunchSupported",
};
const baseFacts: Partial<Facts> = { source: { osType: "linux", version: "24.4.1" }, target };

function digestOf(inputs: StepInputs = {}, facts: Partial<Facts> = {}): string {
  return requestDigest(formOf({ ...base, ...inputs }, { ...baseFacts, ...facts }));
}

type Changed = readonly (readonly [what: string, inputs: StepInputs, facts?: Partial<Facts>])[];

describe("the request's digest", () => {
  it("is v1: and the SHA-256 of the canonical form", () => {
    const sort = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sort);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sort((value as Record<string, unknown>)[key])])); // prettier-ignore
    };
    const form = formOf(base, baseFacts);
    const hash = createHash("sha256").update(JSON.stringify(sort(form))).digest("hex"); // prettier-ignore
    assert.equal(requestDigest(form), `v1:${hash}`);
  });

  it("has a form that is known", () => {
    assert.equal(requestDigest(known), "v1:aaaa2b1a1442da11e619c30573d9c5a13141341316be0285e59fd33f5c37c1b3");
  });

  const changing: Changed = [
    ["the source's version", {}, { source: { osType: "linux", version: "24.4.2" } }],
    ["the source", { sourceImage: "Canonical:ubuntu-24_04-lts:minimal" }],
    ["the source's kind", { sourceImage: `${group}/providers/Microsoft.Compute/images/base` }],
    ["the purchase plan", { purchasePlan: "a:b:c" }],
    ["the artifact's folder", { artifactPath: "out/other" }],
    ["the artifact's absence", { artifactPath: "", storageAccount: "" }],
    ["a script", { steps: steps.replace("make", "make -s") }],
    ["the order of steps", { steps: steps.split("\n").reverse().join("\n") }],
    ["a step more", { steps: `${steps}\n- shell: make` }],
    ["an address", { steps: steps.replace("a.txt", "b.txt") }],
    ["an address by what is no signature", { steps: steps.replace("a.txt", "a.txt?v=2") }],
    ["a destination", { steps: steps.replace("/tmp/a", "/tmp/b") }],
    ["a checksum", { steps: steps.replace("destination", `sha256: ${"a".repeat(64)}, destination`) }],
    ["a variable of a script", { environment: "A: b", steps: "- shell: make" }],
    ["the artifact's removal", { removeArtifact: "true" }],
    ["a validator", { validators: "- shell: test -e /tmp/b" }],
    ["the validation's absence", { enableValidation: "" }],
    ["what follows from the validation", { continueOnValidationFailure: "true" }],
    ["a validation of the source alone", { sourceValidationOnly: "true" }],
    ["the disk", { osDiskSizeGB: "65" }],
    ["a data disk", { dataDisks: "33" }],
    ["the order of data disks", { dataDisks: "32, 33" }],
    ["an identity", { buildVmIdentities: others[0] ?? "" }],
    ["the optimisation for start", { optimizeVmBoot: "true" }],
    ["the optimisation's script", { optimizeWorkload: "https://h/other.sh" }],
    ["the definition", { galleryImage: `${definition}2` }],
    ["the kind of target", { targetType: "managedImage", galleryImage: "", managedImage: "web" }],
    ["the definition's generation", {}, { target: { ...target, definitionGeneration: "V1" } }],
    ["the definition's security type", {}, { target: { ...target, definitionSecurityType: "TrustedLaunch" } }],
    ["an override of a step", { templateOverrides: "properties: { customize: [{ type: Shell, inline: [x] }] }" }],
    ["an override of the source", { templateOverrides: "properties: { source: { sku: pro } }" }],
  ];
  for (const [what, inputs, facts] of changing) {
    it(`changes with ${what}`, () => {
      assert.notEqual(digestOf(inputs, facts), digestOf());
    });
  }

  it("changes with the artifact's content", () => {
    const plan = planOf(base, baseFacts);
    assert.notEqual(
      requestDigest(describeRequest(plan, "d".repeat(64))),
      requestDigest(describeRequest(plan, content)),
    );
  });

  const signed = "sv=2024-11-04&sp=r&se=2026-11-23T15%3A00%3A00Z&sig=";
  const account = factsOf().storageAccount;
  const staying: Changed = [
    ["the run", {}, { run: { ...factsOf().run, id: "2000", commit: "beef" }, now: new Date("2027-01-01") }],
    ["the template's name", { templateName: "other" }],
    ["names of steps", { steps: "- shell: { name: a, inline: make }\n- file: { name: b, uri: https://h/a.txt, destination: /tmp/a }" }],
    ["names of validators", { validators: "- shell: { name: a, inline: test -e /tmp/a }" }],
    ["tags", { imageTags: "a: b", templateTags: "c: d", managedResourceTags: "e: f", provenanceTags: "full" }],
    ["regions and copies", { targetRegions: "westeurope=2:Premium_LRS, eastus" }],
    ["the template's region", { location: "northeurope" }],
    ["the machine's size", { vmSize: "Standard_D8ds_v5" }],
    ["the time limit", { buildTimeoutInMinutes: "90" }],
    ["a subnet", { subnet: `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/s` }],
    ["the staging group", { stagingResourceGroup: "rg-staging" }],
    ["what becomes of a failure", { onCustomizerError: "abort", onValidationError: "abort", cleanup: "never" }],
    ["the storage account", { storageAccount: "stother" }, { ...(account && { storageAccount: { ...account, name: "stother" } }) }],
    ["the container", { storageContainer: "other" }],
    ["the way of access", { artifactAccess: "accountKey" }],
    ["the template's identity", { managedIdentity: others[0] ?? "" }],
    ["the version's number", { galleryVersion: "1.4.0" }],
    ["the way of numbering", { galleryVersion: "Latest 2" }],
    ["exclusion from latest", { excludeFromLatest: "true" }],
    ["replication", { replicationMode: "Shallow" }],
    ["the order of identities", { buildVmIdentities: [...others].reverse().join("\n") }],
    ["an identity that is there twice", { buildVmIdentities: [...others, ...others].join("\n") }],
    ["the letter case of identities", { buildVmIdentities: others.map((id) => id.toUpperCase()).join("\n") }],
    ["the letter case of the definition", { galleryImage: definition.toUpperCase() }],
    ["the letter case of the source", { sourceImage: "CANONICAL:Ubuntu-24_04-LTS:SERVER" }],
    ["the letter case of facts", {}, { target: { ...target, definitionGeneration: "v2", definitionSecurityType: "trustedlaunchsupported" } }],
    ["a signature", { steps: steps.replace("a.txt", `a.txt?${signed}Zm9v`) }],
    ["the signature of an optimisation's script", { optimizeWorkload: `https://h/tune.sh?${signed}Zm9v` }],
    ["overrides of what does not count", { templateOverrides: "tags: { a: b }\nproperties: { vmProfile: { vmSize: Standard_D4s_v5 } }" }],
    ["the default of a step, said so", { templateOverrides: "properties: { optimize: { vmBoot: { state: Disabled } } }" }],
  ]; // prettier-ignore
  for (const [what, inputs, facts] of staying) {
    it(`stays the same for ${what}`, () => {
      assert.equal(digestOf(inputs, facts), digestOf());
    });
  }

  const signatures: readonly (readonly [what: string, inputs: (signature: string) => StepInputs])[] = [
    ["in a script", (signature) => ({ steps: `- shell: curl -o a 'https://h/a?${signed}${signature}&v=1'` })],
    ["in a variable", (signature) => ({ steps: "- shell: make", environment: `A: https://h/a?${signed}${signature}` })],
    ["of a large file", (signature) => ({ steps: `- file: { uri: 'https://h/a?${signed}${signature}', sha256: ${"a".repeat(64)}, large: true, destination: /tmp/a }` })],
  ]; // prettier-ignore
  for (const [where, inputs] of signatures) {
    it(`stays the same for a signature ${where}`, () => {
      assert.equal(digestOf(inputs("Zm9v")), digestOf(inputs("YmFy%3D")));
    });
  }

  it("keeps what is said of an address beside its signature", () => {
    const [a, b] = ["1", "2"].map((version) =>
      digestOf({ steps: `- shell: curl 'https://h/a?v=${version}&${signed}x'` }),
    );
    assert.notEqual(a, b);
  });

  it("cannot be made without the content of an artifact that is fetched", () => {
    assert.throws(() => describeRequest(planOf(withArtifact), undefined), TypeError);
    assert.match(requestDigest(describeRequest(planOf(), undefined)), /^v1:[0-9a-f]{64}$/);
  });

  it("leaves an artifact out that overrides keep from being fetched", () => {
    const form = formOf({ ...withArtifact, templateOverrides: "properties: { customize: [] }" });
    assert.deepEqual([form.artifact, form.steps], [undefined, []]);
  });
});

describe("the form of any step", () => {
  const plans = validCases.map(({ inputs, facts }) =>
    checkOverrides(planBuild(parseInputs(agentOf(inputs)), factsOf(facts))),
  );
  const stays = (change: (plan: BuildPlan) => BuildPlan): void =>
    fc.assert(
      fc.property(plans, (plan) => {
        assert.equal(
          requestDigest(describeRequest(change(plan), content)),
          requestDigest(describeRequest(plan, content)),
        );
      }),
      { seed, numRuns: 100 },
    );

  it("is read back from its JSON with the same digest, in any order of names", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const form = describeRequest(plan, content);
        const read = parseForm(JSON.parse(JSON.stringify(reversed(form))));
        assert.ok(read !== undefined);
        assert.equal(requestDigest(read), requestDigest(form));
        assert.deepEqual(compareForms(form, read), []);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("differs from another exactly where something is told", () => {
    fc.assert(
      fc.property(plans, plans, (one, other) => {
        const [a, b] = [describeRequest(one, content), describeRequest(other, content)];
        assert.equal(compareForms(a, b).length === 0, requestDigest(a) === requestDigest(b));
      }),
      { seed, numRuns: 200 },
    );
  });

  it("does not hang on names and tags", () => {
    stays((plan) => ({
      ...plan,
      template: { ...plan.template, name: "other" },
      templateTags: { x: "y" },
      imageTags: { x: "y" },
      tagDigests: !plan.tagDigests,
      customize: plan.customize.map((step) =>
        step.kind === "customizer" ? { ...step, customizer: { ...step.customizer, name: "other" } } : step,
      ),
    }));
  });

  it("does not hang on places, sizes and time limits", () => {
    stays((plan) => ({
      ...plan,
      location: "elsewhere",
      identityId: "/other",
      vmProfile: { ...plan.vmProfile, vmSize: "Standard_Other", vnetConfig: { subnetId: "/subnet" } },
      buildTimeoutInMinutes: 61,
      stagingResourceGroup: "/group",
      managedResourceTags: { x: "y" },
      errorHandling: { onCustomizerError: "abort", onValidationError: "abort" },
    }));
  });

  it("hangs on each script", () => {
    fc.assert(
      fc.property(plans.filter(hasScript), (plan) => {
        const changed = plan.customize.map((step) =>
          step.kind === "customizer" && "inline" in step.customizer
            ? { ...step, customizer: { ...step.customizer, inline: [...(step.customizer.inline ?? []), "#"] } }
            : step,
        );
        const form = describeRequest({ ...plan, customize: changed }, content);
        assert.notEqual(requestDigest(form), requestDigest(describeRequest(plan, content)));
      }),
      { seed, numRuns: 100 },
    );
  });
});

function hasScript({ customize, overrides }: BuildPlan): boolean {
  return overrides === undefined && customize.some((step) => step.kind === "customizer" && "inline" in step.customizer);
}

/** The same with the names of objects in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([name, inner]) => [name, reversed(inner)])); // prettier-ignore
}

/** Written down here so that no change of the form goes unseen: another form needs another version. */
const known: RequestForm = {
  version: 1,
  source: { type: "PlatformImage", publisher: "canonical", offer: "ubuntu", sku: "server", version: "24.4.1" },
  artifact: { content, folder: "web" },
  steps: [{ type: "Artifact" }, { type: "Shell", inline: { sha256: "a".repeat(64), lines: 2 } }],
  disks: { os: 0, data: [] },
  identities: [],
  optimize: { vmBoot: false },
  definitions: [{ kind: "gallery", id: "/subscriptions/s/images/web", generation: "v2" }],
};
