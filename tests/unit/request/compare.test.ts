/** What is said of two requests that differ. */
import assert from "node:assert/strict";
import { compareForms, type RequestForm } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { definition, type StepInputs } from "../inputs/step.ts";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { formOf } from "./plans.ts";

const withArtifact = { artifactPath: "out/web", storageAccount: "stimages" };
const source = (version: string): Partial<Facts> => ({ source: { osType: "linux", version } });
const id =
  "/subscriptions/8e2e0c1a-0000-4000-8000-6d1c7a3f9b52/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a";

const cases: readonly (readonly [before: RequestForm, after: RequestForm, changes: readonly string[]])[] = [
  [
    formOf({}, source("24.4.2")),
    formOf({}, source("24.4.10")),
    ["source: the source is version 24.4.10 and was 24.4.2"],
  ],
  [
    formOf({}, source("1.2.3")),
    formOf({ sourceImage: "Canonical:ubuntu-24_04-lts:minimal" }, source("1.2.3")),
    ["source: the source is canonical:ubuntu-24_04-lts:minimal 1.2.3 and was canonical:ubuntu-24_04-lts:server 1.2.3"],
  ],
  [formOf(), formOf({ purchasePlan: "a:b:c" }), ["source: the source's purchase plan has changed"]],
  [
    formOf({ sourceImage: `${definition}/versions/1.0.0` }),
    formOf({ sourceImage: `${definition}/versions/1.1.0` }),
    ["source: the source is version 1.1.0 and was 1.0.0"],
  ],
  [
    formOf(withArtifact),
    { ...formOf(withArtifact), artifact: { content: "d".repeat(64), folder: "web" } },
    ["artifact: the artifact's content has changed"],
  ],
  [
    formOf(withArtifact),
    formOf({ ...withArtifact, artifactPath: "out/app" }),
    ["artifact: the artifact's folder is app and was web"],
  ],
  [
    formOf(),
    formOf(withArtifact),
    ["artifact: there is an artifact now, and there was none", "steps: there is 1 step, and there were 0"],
  ],
  [
    formOf({ steps: "- shell: a\n- shell: b" }),
    formOf({ steps: "- shell: a\n- shell: c" }),
    ["steps: step 2 (Shell) has changed"],
  ],
  [
    formOf({ steps: "- shell: a" }),
    formOf({ steps: "- file: { uri: https://h/a, destination: /a }" }),
    ["steps: step 1 (File) was of type Shell"],
  ],
  [
    formOf({ steps: "- shell: a\n- shell: b\n- shell: c" }),
    formOf({ steps: "- shell: b\n- shell: c" }),
    ["steps: there are 2 steps, and there were 3", "steps: step 1 (Shell) has changed"],
  ],
  [
    formOf(),
    formOf({ enableValidation: "true", validationScript: "a" }),
    ["validation: the image is validated now, and was not"],
  ],
  [
    formOf({ enableValidation: "true", validationScript: "a" }),
    formOf({ enableValidation: "true", validationScript: "b", continueOnValidationFailure: "true" }),
    ["validation: validator 1 (Shell) has changed", "validation: what follows from the validation has changed"],
  ],
  [
    formOf(),
    formOf({ osDiskSizeGB: "64", dataDisks: "8" }),
    ["disks: the disks are 64 GiB and 8 GiB and were the source's own"],
  ],
  [formOf(), formOf({ buildVmIdentities: id }), [`identities: the build VM has the identity ${id.toLowerCase()} now`]],
  [
    formOf({ buildVmIdentities: id }),
    formOf(),
    [`identities: the build VM no longer has the identity ${id.toLowerCase()}`],
  ],
  [formOf(), formOf({ optimizeVmBoot: "true" }), ["optimize: the optimisation has changed"]],
  [
    formOf(),
    formOf({ targetType: "vhd", galleryImage: "" }),
    [`definition: the image goes to vhd and went to ${definition.toLowerCase()}`],
  ],
  [
    formOf({}, { target: { definitionGeneration: "V1" } }),
    formOf({}, { target: { definitionGeneration: "V2", definitionSecurityType: "TrustedLaunch" } }),
    [
      `security: the generation of ${definition.toLowerCase()} is v2 and was v1`,
      `security: the security type of ${definition.toLowerCase()} is trustedlaunch and was not known`,
    ],
  ],
];

describe("the difference between two requests", () => {
  for (const [before, after, changes] of cases) {
    it(`is told: ${changes.join("; ").slice(0, 100)}`, () => {
      assert.deepEqual(
        compareForms(before, after).map(({ part, text }) => `${part}: ${text}`),
        changes,
      );
    });
  }

  it("is none between a request and itself", () => {
    const inputs: StepInputs = {
      ...withArtifact,
      steps: "- shell: a",
      enableValidation: "true",
      validationScript: "a",
    };
    assert.deepEqual(compareForms(formOf(inputs), formOf(inputs)), []);
  });
});
