/** The post-job part acts on the records of its own pipeline run alone. */
import assert from "node:assert/strict";
import { incomingPrefix, type UploadRecord } from "../../../tasks/AzureImageBuilderV1/src/artifact/upload-record.ts";
import { ownRecords } from "../../../tasks/AzureImageBuilderV1/src/finish/own-records.ts";
import { ref, stageAgent, stageClock } from "../build/stage.ts";
import { record } from "./stage.ts";

const uploadOf = (run: string, template = ref): UploadRecord => ({
  version: 1,
  account: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages",
  container: "imagebuilder",
  blob: `${incomingPrefix({ template, templateTags: { "aib-task-run": run } })}00000000000000aa`,
  access: "token",
  template: ref,
  process: { pid: 4711 },
});
const buildOf = (run: string) => ({ ...record, mark: { ...record.mark, run } });

/** What is kept, and the warnings. The agent's run is build 7 unless variables say otherwise. */
function keep(
  unfinished: Parameters<typeof ownRecords>[0],
  variables: Readonly<Record<string, string>> = { "Build.BuildId": "7" },
) {
  const agent = { ...stageAgent(stageClock()), variable: (name: string) => variables[name] };
  const kept = ownRecords(unfinished, agent);
  return { kept: [kept.build?.mark.run, kept.upload?.blob.slice(0, 8)], log: agent.log };
}

describe("The records of the main part", () => {
  const both = { build: buildOf("build/7"), upload: uploadOf("build/7") };
  const upload = "incoming";

  it("are acted upon where they are of this pipeline run, which is not worth a word", () => {
    assert.deepEqual(keep(both), { kept: ["build/7", upload], log: [] });
  });

  it("are known by the release in a release", () => {
    const variables = { "Build.BuildId": "7", "Release.ReleaseId": "3" };
    const release = { build: buildOf("release/3"), upload: uploadOf("release/3") };
    assert.deepEqual(keep(release, variables), { kept: ["release/3", upload], log: [] });
    assert.deepEqual(keep(both, variables).kept, [undefined, undefined]);
  });

  const strangers = [
    ["a template of another build", { ...both, build: buildOf("build/8") }, [undefined, upload], /image template aib-1 in resource group rg \(build\/8\), which/],
    ["a template of a build whose number only begins so", { ...both, build: buildOf("build/77") }, [undefined, upload], /\(build\/77\)/],
    ["a template of a release of that number", { ...both, build: buildOf("release/7") }, [undefined, upload], /\(release\/7\)/],
    ["an upload of another build", { ...both, upload: uploadOf("build/8") }, ["build/7", undefined], /an upload to incoming\/\w{16}-00000000000000aa, which/],
    ["an upload for another template", { ...both, upload: uploadOf("build/7", { ...ref, name: "aib-2" }) }, ["build/7", undefined], /an upload to/],
    ["both", { build: buildOf("build/8"), upload: uploadOf("build/8") }, [undefined, undefined], /an upload to .* and image template aib-1/],
  ] as const; // prettier-ignore
  for (const [what, unfinished, kept, words] of strangers) {
    it(`are left alone where they name ${what}, which one warning tells`, () => {
      const { kept: found, log } = keep(unfinished);
      assert.deepEqual(found, kept);
      assert.deepEqual(log.map(({ kind, code }) => `${kind} ${code ?? ""}`), ["warning AIB703"]); // prettier-ignore
      assert.match(log[0]?.text ?? "", words);
      assert.match(
        log[0]?.text ?? "",
        /not of this pipeline run \(build\/7\): nothing of it is cancelled or deleted\.$/,
      );
    });
  }

  it("are left alone where the agent names no run", () => {
    assert.deepEqual(keep(both, {}).kept, [undefined, undefined]);
  });
});
