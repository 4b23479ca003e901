/** The package tells nobody anything about its use, and asks for no rights. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleTask } from "../../scripts/lib/bundle-task.ts";
import { root, tasks } from "../../scripts/lib/paths.ts";

describe("Telemetry", () => {
  let folder = "";
  let bundle = "";
  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), "aib-telemetry-"));
    for (const [at, task] of tasks.entries()) await bundleTask(join(folder, String(at)), task);
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
    bundle = (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  // The sign-in library's "server telemetry" is a header of its token requests; it is sent nowhere else.
  const senders: readonly (readonly [what: string, sign: RegExp])[] = [
    ["the agent's telemetry command", /telemetry\.publish/i],
    ["Application Insights", /applicationinsights|instrumentationkey|dc\.services\.visualstudio\.com/i],
    ["Azure Monitor and its event collectors", /monitor\.azure\.com|events\.data\.microsoft\.com/i],
    ["OpenTelemetry", /@opentelemetry|otlp/i],
    ["other collectors of use and crashes", /google-analytics|segment\.io|sentry\.io|mixpanel|amplitude\.com/i],
  ];
  for (const [what, sign] of senders) {
    it(`is not in the bundle: ${what}`, () => {
      assert.ok(bundle.length > 1_000_000);
      assert.equal(sign.exec(bundle)?.[0], undefined);
    });
  }
});

describe("Rights", () => {
  it("are not asked for: the manifest has no scopes", async () => {
    const manifest = JSON.parse(await readFile(join(root, "vss-extension.json"), "utf8")) as object;
    assert.ok(!("scopes" in manifest));
  });
});
