/** Which image is used again, and why another one is not. */
import assert from "node:assert/strict";
import { ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ReuseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { GalleryVersionFacts, PipelineRuns } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { describeRequest, type RequestForm } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { findReusable, type Question } from "../../../tasks/AzureImageBuilderV1/src/reuse/find-image.ts";
import type { Verdict } from "../../../tasks/AzureImageBuilderV1/src/reuse/types.ts";
import { draftTemplate } from "../../../tasks/AzureImageBuilderV1/src/template/draft.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";
import { stageAgent } from "../build/stage.ts";
import { daysAgo, idOf, now, own, placesOf, runOf, runsOf, statementOf, version } from "./stage.ts";

const pinned = { sourceVersion: "24.4.2026" };

function questionOf(inputs: StepInputs = {}, changes: Partial<Question> = {}): Question {
  const plan = planBuild(parseInputs(agentOf(step({ ...pinned, ...inputs }))), factsOf());
  const reuse: ReuseInputs = { maxAgeDays: 7, branches: [] };
  const { distribute: targets } = draftTemplate(plan).properties;
  return { plan, targets, places: placesOf(), form: describeRequest(plan, undefined), run: own, reuse, ...changes };
}

interface Asking {
  readonly inputs?: StepInputs;
  readonly versions?: readonly GalleryVersionFacts[];
  readonly runs?: PipelineRuns;
  readonly changes?: Partial<Question>;
}

const form: RequestForm = questionOf().form;

async function ask({ inputs = {}, versions = [version(form)], runs, changes = {} }: Asking): Promise<{
  readonly verdict: Verdict;
  readonly told: string;
}> {
  const agent = stageAgent({ seconds: () => 0 });
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const question = questionOf(inputs, { places: placesOf(...versions), ...changes });
  const verdict = await findReusable(question, { agent, clock, runs: runs ?? runsOf(runOf(), statementOf(form)) });
  return { verdict, told: agent.log.map(({ text }) => text).join("\n") };
}

describe("An image of the same request", () => {
  it("is used again where its run says that it made it, by two requests to Azure DevOps", async () => {
    const runs = runsOf(runOf(), statementOf(form));
    const { verdict } = await ask({ runs });
    assert.equal(verdict.kind, "reuse");
    if (verdict.kind !== "reuse") return;
    assert.deepEqual(verdict.outputs, [{ name: verdict.outputs[0]?.name, artifactId: idOf() }]);
    assert.match(
      verdict.text,
      /^web 1\.0\.0 was made of the same things 2 days ago, by run 20261121\.1 of images on refs\/heads\/main\. Trusted: /,
    );
    assert.deepEqual([verdict.notes, runs.asked.length], [[], 2]);
  });

  it("is the newest of several, whatever their numbers are", async () => {
    const versions = [
      version(form, { name: "9.0.0", publishedAt: daysAgo(3) }),
      version(form, { name: "2.0.0", publishedAt: daysAgo(1) }),
    ];
    const { verdict } = await ask({
      versions,
      runs: runsOf(runOf(), statementOf(form, [idOf("2.0.0"), idOf("9.0.0")])),
    });
    assert.match(verdict.text, /^web 2\.0\.0 /);
  });

  it("is used again though it is not in every region, which is said", async () => {
    const { verdict } = await ask({ inputs: { targetRegions: "westeurope, northeurope" } });
    assert.equal(verdict.kind, "reuse");
    if (verdict.kind !== "reuse") return;
    assert.match(verdict.notes[0]?.message ?? "", /versions\/1\.0\.0 is not in northeurope\. Nothing was altered/);
  });

  const refusals: readonly (readonly [title: string, asking: Asking, reason: string, why: RegExp])[] = [
    ["that is too old", { versions: [version(form, { publishedAt: daysAgo(8) })] }, "tooOld", /is 8 days old, and reuseMaxAgeDays is 7/],
    ["that failed", { versions: [version(form, { provisioningState: "Failed" })] }, "notUsable", /is not complete \(Failed\)/],
    ["that is excluded from latest", { versions: [version(form, { excludeFromLatest: true })] }, "notUsable", /excluded from latest/],
    ["past its end of life", { versions: [version(form, { endOfLife: daysAgo(1) })] }, "notUsable", /end of life \(2026-11-22\)/],
    ["that was retired", { versions: [version(form, { tags: { ...version(form).tags, "aib-task-retired": "2026-11-22" } })] }, "notUsable", /was retired/],
    ["about to be deleted", { versions: [version(form, { tags: { ...version(form).tags, "aib-task-leaving": "x" } })] }, "notUsable", /about to be deleted/],
    ["whose tags name no run", { versions: [version(form, { tags: { ...version(form).tags, "aib-task-run": "release/9" } })] }, "notTrusted", /name no run of a pipeline \(release\/9\)/],
    ["whose run is gone", { runs: runsOf(undefined) }, "notTrusted", /is not in this project any more/],
    ["of another pipeline", { runs: runsOf(runOf({ definitionId: 13, definitionName: "other" }), statementOf(form)) }, "notTrusted", /another pipeline has made it, other \(run 20261121\.1\)/],
    ["of another branch", { runs: runsOf(runOf({ branch: "refs/pull/7/merge" }), statementOf(form)) }, "notTrusted", /made it on refs\/pull\/7\/merge, and refs\/heads\/main counts/],
    ["whose run attached nothing", { runs: runsOf(runOf()) }, "notTrusted", /has attached no provenance/],
    ["that its run does not name", { runs: runsOf(runOf(), statementOf(form, [idOf("1.0.1")])) }, "notTrusted", /names this image and this request/],
    ["whose run made it for another request", { runs: runsOf(runOf(), statementOf({ ...form, identities: ["/x"] })) }, "notTrusted", /this image and this request/],
    ["whose run cannot be read", { runs: runsOf(new ServiceError("AIB801", "No right.", { status: 403 })) }, "notTrusted", /cannot be read: No right\./],
  ]; // prettier-ignore
  for (const [title, asking, reason, why] of refusals) {
    it(`${title} is not used again`, async () => {
      const { verdict, told } = await ask(asking);
      assert.equal(verdict.kind === "build" ? verdict.reason : verdict.kind, reason);
      assert.match(verdict.text, why);
      assert.match(told, /^web 1\.0\.0 has the same request digest and /);
    });
  }

  it("excluded from latest is used again where the step asks for that", async () => {
    const { verdict } = await ask({
      inputs: { excludeFromLatest: "true" },
      versions: [version(form, { excludeFromLatest: true })],
    });
    assert.equal(verdict.kind, "reuse");
  });

  it("of another branch counts where the step names the branch, by a pattern too", async () => {
    const runs = runsOf(runOf({ branch: "refs/heads/release/1.2" }), statementOf(form));
    const widened = (branches: readonly string[]): Asking => ({
      runs,
      changes: { reuse: { maxAgeDays: 7, branches } },
    });
    assert.equal((await ask(widened(["refs/heads/release/*"]))).verdict.kind, "reuse");
    assert.equal((await ask(widened(["refs/heads/*"]))).verdict.kind, "build");
  });

  it("is found behind a newer one that does not count", async () => {
    const forged = version(form, {
      name: "3.0.0",
      publishedAt: daysAgo(1),
      tags: { ...version(form).tags, "aib-task-run": "build/901" },
    });
    const { verdict, told } = await ask({ versions: [forged, version(form)] });
    assert.equal(verdict.kind, "reuse");
    assert.match(told, /web 3\.0\.0 has the same request digest and is not trusted/);
  });
});

describe("Where no image is of the request,", () => {
  const reasons: readonly (readonly [title: string, inputs: StepInputs, reason: string, text: RegExp])[] = [
    ["a newer source is the reason", { sourceVersion: "24.4.2027" }, "newSource", /the source is version 24\.4\.2027 and was 24\.4\.2026/],
    ["changed steps are", { inlineScript: "true" }, "changedSteps", /is 1 step, and there were 0/],
    ["another disk is", { osDiskSizeGB: "64" }, "changedSettings", /the disks are 64 GiB and were/],
  ]; // prettier-ignore
  for (const [title, inputs, reason, text] of reasons) {
    it(title, async () => {
      const { verdict } = await ask({ inputs });
      assert.equal(verdict.kind === "build" ? verdict.reason : verdict.kind, reason);
      assert.match(verdict.text, text);
      assert.match(verdict.text, /^Since web 1\.0\.0: /);
    });
  }

  it("there may be none at all", async () => {
    const { verdict } = await ask({ versions: [version(form, { tags: { team: "web" } })] });
    assert.deepEqual([verdict.kind, verdict.kind === "build" && verdict.reason], ["build", "noImage"]);
  });

  it("one that is not trusted is nothing to compare with", async () => {
    const { verdict } = await ask({
      inputs: { osDiskSizeGB: "64" },
      runs: runsOf(runOf({ definitionId: 13 }), statementOf(form)),
    });
    assert.equal(verdict.kind === "build" && verdict.reason, "notTrusted");
  });
});

describe("An image cannot be compared", () => {
  const cases: readonly (readonly [title: string, asking: Asking, text: RegExp])[] = [
    ["where the source's version is left to the service", { inputs: { sourceVersion: "" } }, /^The exact version of the source is not known/],
    ["where the step runs in a classic release", { changes: { run: { ...own, kind: "release" } } }, /^What a classic release/],
    ["where the agent does not say which pipeline this is", { changes: { run: { ...own, definition: "" } } }, /System\.DefinitionId/],
    ["where it is a VHD", { inputs: { targetType: "vhd", galleryImage: "" } }, /^A VHD bears no tags/],
  ]; // prettier-ignore
  for (const [title, asking, text] of cases) {
    it(title, async () => {
      const runs = runsOf(runOf(), statementOf(form));
      const { verdict } = await ask({ ...asking, runs });
      assert.equal(verdict.kind === "build" && verdict.reason, "notComparable");
      assert.match(verdict.text, text);
      assert.deepEqual(runs.asked, []);
    });
  }
});
