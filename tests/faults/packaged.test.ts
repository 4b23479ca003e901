/** The dangerous cells of the fault matrix with the packaged task, as a build agent starts it. */
import assert from "node:assert/strict";
import { findLeftovers } from "../../scripts/faults/leftovers.ts";
import { findRepeated } from "../../scripts/faults/repeated.ts";
import { type EndingsStage, linux, openEndingsStage } from "../e2e/endings-stage.ts";
import type { Emulator, Fault } from "../emulator/index.ts";

type Action = Fault["action"];

const lost: Action = { drop: "before" };
const unanswered: Action = { drop: "after" };
const half: Action = { cut: true };
const accepted: Action = { status: 504, code: "GatewayTimeout", afterWork: true };
const refused: Action = { status: 500, code: "InternalServerError" };
const throttled: Action = { status: 429, code: "TooManyRequests" };
const page: Action = {
  status: 200,
  body: "<html><title>Sign in</title></html>",
  headers: { "Content-Type": "text/html" },
};
const absent: Action = { status: 404, code: "ResourceNotFound" };

const put = { method: "PUT", path: "/imageTemplates\\/[^\\/?]+\\?/" };
const run = { method: "POST", path: "/imageTemplates\\/[^\\/?]+\\/run\\?/" };
const template = { method: "GET", path: put.path };
const operation = { method: "GET", path: "/\\/operations\\/[^\\/?]+\\?/" };
const outputs = { method: "GET", path: "/\\/runOutputs\\?/" };
const remove = { method: "DELETE", path: put.path };
const commit = { method: "PUT", path: "comp=blocklist", service: "blob" };
const copy = { method: "PUT", path: "/^(?!.*comp=).*imagebuilder\\/v1\\//", service: "blob" };
const token = { method: "POST", path: "oauth2/v2.0/token" };
const assertion = { method: "POST", path: "oidctoken" };

const cells: readonly (readonly [what: string, match: Fault["match"], action: Action])[] = [
  ["PUT template is lost on its way", put, lost],
  ["PUT template's answer is lost", put, unanswered],
  ["PUT template's answer breaks off", put, half],
  ["PUT template is accepted behind a 504", put, accepted],
  ["PUT template is refused for now", put, throttled],
  ["PUT template is answered by a sign-in page", put, page],
  ["the read after PUT template shows nothing yet", { ...template, after: put }, absent],
  ["the operation of PUT template breaks off", { ...operation, after: put }, half],
  ["the operation of PUT template is not there yet", { ...operation, after: put }, absent],
  ["POST run is lost on its way", run, lost],
  ["POST run's answer is lost", run, unanswered],
  ["POST run fails", run, refused],
  ["POST run is accepted behind a 504", run, accepted],
  ["POST run is refused for now", run, throttled],
  ["POST run is answered by a sign-in page", run, page],
  ["the operation of the run breaks off", { ...operation, after: run }, half],
  ["the read of the running template is lost", { ...template, after: run }, lost],
  ["the run's outputs break off", outputs, half],
  ["the deletion's answer is lost", remove, unanswered],
  ["the deletion fails for now", remove, refused],
  ["the commit's answer is lost", commit, unanswered],
  ["the commit is accepted behind a 504", commit, accepted],
  ["the copy's answer is lost", copy, unanswered],
  ["the sign-in's answer is lost", token, unanswered],
  ["the assertion's answer breaks off", assertion, half],
];

const inputs = linux(
  "- shell: { inline: ./install, name: install }",
  "      artifactPath: $(Build.SourcesDirectory)\n      storageAccount: $(storageAccount)\n      preflight: none",
);

async function faultsToCome({ description }: Emulator): Promise<number> {
  const state = (await (await fetch(`${description.adminUrl}/state`)).json()) as {
    readonly faults: readonly unknown[];
  };
  return state.faults.length;
}

describe("the packaged task builds although", function () {
  this.timeout(120_000);
  let stage: EndingsStage;
  before(async () => {
    stage = await openEndingsStage({ scale: 300 });
  });
  after(() => stage.close());

  for (const [what, match, action] of cells) {
    it(`${what}, and sends nothing twice unseen`, async () => {
      const { emulator } = stage;
      await emulator.reset();
      emulator.addFault({ match, action });
      const { report, log, lines, outputs: told, requests } = await stage.bake(inputs);
      assert.equal(report.result, "Succeeded", log.slice(-6_000));
      assert.match(told["imageId"] ?? "", /\/versions\/1\.0\.0$/);
      assert.deepEqual(findRepeated(requests), []);
      assert.deepEqual(await findLeftovers(emulator, lines), []);
      const versions = emulator.world.resources.list("", "Microsoft.Compute/galleries/images/versions");
      assert.equal(versions.length, 1, "one image version");
      assert.equal(await faultsToCome(emulator), 0, "the fault was met");
    });
  }
});
