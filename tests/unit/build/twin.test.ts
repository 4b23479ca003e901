/** Which template of another run is followed: one that holds what this step would build, whatever its tags say. */
import assert from "node:assert/strict";
import { findTwin, isSameBuild } from "../../../tasks/AzureImageBuilderV1/src/build/twin.ts";
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { agentOf, step } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";
import { templateOf } from "../plan/template-of.ts";
import { ref, setStage, shown as showing, template } from "./stage.ts";

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

describe("Another run's build that has ended well before this step looks at it", () => {
  const rows: readonly (readonly [title: string, endTime: string | undefined, kind: string])[] = [
    ["is followed where it ended since the step began", "2026-03-01T08:00:01Z", "follow"],
    ["is followed where clocks that differ may have put it before", "2026-03-01T07:52:00Z", "follow"],
    ["is not followed where no clocks differ by so much", "2026-03-01T07:49:00Z", "occupied"],
    ["is not followed where nothing says when it ended", undefined, "occupied"],
  ];
  for (const [title, endTime, kind] of rows) {
    it(title, async () => {
      const run = { runState: "Succeeded", ...(endTime === undefined ? {} : { endTime }) };
      const stage = setStage({ template: [[0, showing(run)]] });
      const arm = { ...stage.arm, get: () => Promise.resolve({ properties: template.properties }) };
      const since = new Date("2026-03-01T08:00:00Z");
      assert.equal((await findTwin({ template, ref, since }, { ...stage, arm })).kind, kind);
    });
  }
});

function customize({ properties }: ReturnType<typeof shown>): Record<string, unknown>[] {
  return properties["customize"] as Record<string, unknown>[];
}
