/** Which template of another run is followed: one that holds what this step would build, whatever its tags say. */
import assert from "node:assert/strict";
import { isSameBuild } from "../../../tasks/AzureImageBuilderV1/src/build/twin.ts";
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { agentOf, step } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";
import { templateOf } from "../plan/template-of.ts";

const sas = (signature: string): string =>
  `https://stimages.blob.core.windows.net/c/tool.zip?sv=2024-11-04&sig=${signature}`;
const steps = (signature: string): string => `
- shell: sudo install
- shell: { uri: "${sas(signature)}", name: tools }
- file: { uri: "${sas(signature)}", destination: /tmp/tool.zip, sha256: ${"a".repeat(64)} }
`;

function templateWith(changes: Readonly<Record<string, string>> = {}): ImageTemplate {
  const inputs = step({ steps: steps("one"), ...changes });
  return templateOf(planBuild(parseInputs(agentOf(inputs)), factsOf()), undefined);
}

/** As the service shows a template: with values of its own, and digests of the files it has fetched. */
function shown({
  properties,
  ...rest
}: ImageTemplate): { properties: Record<string, unknown> } & Record<string, unknown> {
  const copy = JSON.parse(JSON.stringify(properties)) as Record<string, unknown> & {
    customize: Record<string, unknown>[];
  };
  const customize = copy.customize.map((one) => ({
    ...(one["scriptUri"] !== undefined ? { runElevated: false, runAsSystem: false } : {}),
    ...(one["scriptUri"] === undefined ? {} : { sha256Checksum: "b".repeat(64) }),
    ...one,
  }));
  const source = { ...(copy["source"] as object), exactVersion: "1.2.3" };
  return {
    ...rest,
    properties: { ...copy, customize, source, provisioningState: "Succeeded", buildTimeoutInMinutes: 0 },
  };
}

describe("Another run's template is of the same build", () => {
  it("where it shows what this step would send, with what the service adds", () => {
    assert.equal(isSameBuild(shown(templateWith()), templateWith()), true);
  });

  it("where only names, tags, signatures, sizes and regions differ", () => {
    const other = templateWith({ steps: steps("two").replace("name: tools", "name: other"), vmSize: "Standard_D8ds_v5", imageTags: "a: b", targetRegions: "westeurope, northeurope" }); // prettier-ignore
    assert.equal(isSameBuild(shown(other), templateWith()), true);
  });

  const changed: readonly (readonly [title: string, change: (body: ReturnType<typeof shown>) => void])[] = [
    ["another script", (body) => void Object.assign(customize(body)[0] ?? {}, { inline: ["sudo evil"] })],
    ["a script by address beside its lines", (body) => void Object.assign(customize(body)[0] ?? {}, { scriptUri: "https://evil/x.sh" })],
    ["one step more", (body) => void customize(body).push({ type: "Shell", inline: ["evil"] })],
    ["another address", (body) => void Object.assign(customize(body)[1] ?? {}, { scriptUri: "https://evil.blob.core.windows.net/c/tool.zip" })],
    ["another file than its checksum says", (body) => void Object.assign(customize(body)[2] ?? {}, { sha256Checksum: "c".repeat(64) })],
    ["a step that runs elevated", (body) => void Object.assign(customize(body)[1] ?? {}, { runElevated: true })],
    ["another source", (body) => void Object.assign(body.properties["source"] as object, { sku: "evil" })],
    ["an identity of the build VM", (body) => void Object.assign(body.properties, { vmProfile: { userAssignedIdentities: ["/x"] } })],
    ["another definition", (body) => void Object.assign((body.properties["distribute"] as object[])[0] ?? {}, { galleryImageId: "/subscriptions/x/evil" })],
    ["no properties", (body) => void Object.assign(body, { properties: null })],
  ]; // prettier-ignore
  for (const [title, change] of changed) {
    it(`but not with ${title}`, () => {
      const body = shown(templateWith());
      change(body);
      assert.equal(isSameBuild(body, templateWith()), false);
    });
  }
});

function customize({ properties }: ReturnType<typeof shown>): Record<string, unknown>[] {
  return properties["customize"] as Record<string, unknown>[];
}
