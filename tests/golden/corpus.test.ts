/** Real steps of the older tasks, each with its approved answer of `npm run plan`. */
import { readdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { join } from "node:path";
import { planFile } from "../../scripts/plan/plan-file.ts";
import { assertGolden, assertSchemaValid } from "./golden.ts";

const folder = join(import.meta.dirname, "corpus");
const subscription = "11111111-2222-4333-8444-555555555555";
const group = `/subscriptions/${subscription}/resourceGroups/rg-avd`;

/** Variables that a file's own pipeline declares, for a second answer with a template. */
const variables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "10": {
    managedIdentity: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-avd`,
    azureSubscriptionServiceConnection: "avd",
    resourceGroup: "rg-avd",
    location: "westeurope",
    baseImage: "MicrosoftWindowsDesktop:windows-11:win11-24h2-avd",
    aibPackagePath: "$(Build.SourcesDirectory)/avd/scripts",
    aibInternalScriptBasePath: "C:\\BuildArtifacts\\scripts",
    storageAccountName: "stavdimages",
    galleryImageId: `${group}/providers/Microsoft.Compute/galleries/avd/images/win11`,
    targetRegions: "westeurope,northeurope",
    vmSize: "Standard_D4ds_v5",
    buildTimeout: "240",
  },
};

describe("steps of the older tasks", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

  it("are all there", () => {
    assert.equal(files.length, 8);
  });

  for (const file of files) {
    const name = file.replace(/\.yaml$/, "");
    const text = readFileSync(join(folder, file), "utf8");

    it(`give the approved answer: ${file}`, () => {
      const answer = planFile(text, { variables: {}, inputs: {} });
      assertGolden(`corpus/${name}.expected.json`, answer);
      assert.equal(answer.template === null, answer.errors.length > 0);
      if (answer.template !== null) assertSchemaValid(answer.template, String(answer.apiVersion));
    });

    const known = variables[name];
    if (known !== undefined) {
      it(`give the approved template with their variables: ${file}`, () => {
        const answer = planFile(text, { variables: known, inputs: {} });
        assert.deepEqual(answer.errors, []);
        assertGolden(`corpus/${name}.with-variables.expected.json`, answer);
        assertSchemaValid(answer.template, String(answer.apiVersion));
      });
    }
  }
});
