/** The packaged AzureImageLifecycle@1 sweeps up what builds have left, and never what one of them needs. */
import assert from "node:assert/strict";
import { type LifecycleStage, openLifecycleStage, type Told } from "./lifecycle-stage.ts";

const day = 24 * 60 * 60_000;
const container = "imagebuilder";
const templateType = "Microsoft.VirtualMachineImages/imageTemplates";

/** A build with an artifact: the scripts of both neighbours have the same one, and their templates stay. */
const build = (step: string): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - checkout: none
  - bash: mkdir -p site && echo hello > site/index.html
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      galleryImage: $(imageDefinition)
      artifactPath: $(System.DefaultWorkingDirectory)/site
      storageAccount: $(storageAccount)
      cleanup: never
      preflight: none
      steps: |
        - shell: { inline: ./run, name: ${step} }
`;

describe("AzureImageLifecycle@1 sweep", function () {
  this.timeout(120_000);
  let stage: LifecycleStage;
  before(async () => {
    stage = await openLifecycleStage({
      warm: true,
      imageBuilder: {
        buildVm: "simulated",
        simulatedSteps: [
          { name: "slow", exitCode: 0, output: ["done"], durationMs: 2_700_000 },
          { name: "broken", exitCode: 3, output: ["no such package"] },
        ],
      },
    });
  });
  beforeEach(() => stage.emulator.reset());
  after(() => stage.close());

  const sweep = (more: Readonly<Record<string, string>> = {}): Promise<Told> =>
    stage.step({ action: "sweep", resourceGroup: "$(resourceGroup)", ...more });
  const blobs = { storageAccount: "$(storageAccount)" };
  const account = (): string => stage.emulator.description.resources.storageAccount.split("/").at(-1) ?? "";
  const templates = (): readonly string[] =>
    stage.emulator.world.resources.list("", templateType).map(({ name }) => name);
  const names = async (): Promise<readonly string[]> =>
    (await stage.emulator.world.blobs.list(account(), container)).map(({ name }) => name).sort();
  const own = (name: string, lastused: Date): Promise<void> => {
    const { blobs: backend } = stage.emulator.world;
    const metadata = { aibtask: "1", content: "0".repeat(64), lastused: lastused.toISOString() };
    return backend
      .write(account(), container, name, Buffer.from("x"))
      .then(() => backend.mark(account(), container, name, metadata));
  };
  const putTemplate = (
    name: string,
    change: object,
    tags: Record<string, string> = { "aib-task-run": "build/1", "aib-task-request": "v1:00" },
  ): void => {
    const id = `${stage.emulator.description.resources.resourceGroup}/providers/${templateType}/${name}`;
    const properties = { provisioningState: "Succeeded", source: {}, distribute: [], ...change };
    stage.emulator.world.resources.put({
      id,
      name,
      type: templateType,
      location: "westeurope",
      tags,
      body: { properties },
    });
  };
  const ended = (ago: number): object => {
    const time = new Date(stage.emulator.world.clock.now().getTime() - ago).toISOString();
    return { lastRunStatus: { runState: "Failed", startTime: time, endTime: time, message: "" } };
  };

  it("deletes templates of this extension's builds that have long ended, when that is confirmed, and no others", async () => {
    putTemplate("left", ended(3 * day));
    putTemplate("fresh", ended(day / 2));
    putTemplate("foreign", ended(3 * day), { team: "web" });
    putTemplate("running", { lastRunStatus: { runState: "Running", startTime: "2020-01-01T00:00:00Z", message: "" } });
    putTemplate("holds-vhd", { ...ended(3 * day), distribute: [{ type: "VHD", runOutputName: "vhd" }] });
    putTemplate("never-run", {});
    const listed = await sweep();
    assert.deepEqual([listed.result, listed.changes], ["Succeeded", []], listed.log);
    assert.deepEqual(
      listed.planned.map(({ id, what }) => `${what} ${id.split("/").at(-1)}`),
      ["deleteTemplate left"],
    );
    for (const [name, why] of [
      ["fresh", "its build ended 12 h .*ago"],
      ["foreign", "not made by this extension's task"],
      ["running", "its run goes on (Running)"],
      ["holds-vhd", "a VHD lies in its staging group"],
      ["never-run", "made .* ago"],
    ] as const) {
      assert.match(listed.log, new RegExp(`${name} +kept +${why.replace(/[()]/g, "\\$&")}`));
    }
    assert.match(listed.log, /set confirm: true to delete it/);
    const told = await sweep({ confirm: "true" });
    assert.deepEqual([told.result, told.changes], ["Succeeded", ["DELETE imageTemplates/left"]], told.log);
    await stage.emulator.adjustClock({ advanceMs: 2 * day });
    const later = await sweep();
    assert.match(later.log, /never-run +deleted +left by build\/1, it has never run/);
  });

  it("does not delete a template whose run has begun since it was listed", async () => {
    putTemplate("left", ended(3 * day));
    let looks = 0;
    const end = stage.emulator.watch(({ stage: at, method, url }) => {
      if (at !== "answered" || method !== "GET" || !url.includes("/imageTemplates/left?")) return;
      looks += 1;
      const message = "";
      const fault = { status: 200, body: runningBody(message) };
      if (looks === 1)
        stage.emulator.addFault({ match: { method: "GET", path: "/imageTemplates/left?" }, action: fault });
    });
    const told = await sweep({ confirm: "true" });
    end();
    assert.deepEqual([told.result, told.done, told.changes], ["Succeeded", [], []], told.log);
    assert.match(told.log, /Image template left is not deleted: its run goes on/);
  });

  function runningBody(message: string): object {
    const id = `${stage.emulator.description.resources.resourceGroup}/providers/${templateType}/left`;
    return {
      id,
      name: "left",
      type: templateType,
      location: "westeurope",
      tags: { "aib-task-run": "build/1", "aib-task-request": "v1:00" },
      properties: {
        provisioningState: "Succeeded",
        lastRunStatus: { runState: "Running", runSubState: "Building", startTime: new Date(0).toISOString(), message },
      },
    };
  }

  it("leaves a build alone that goes on with the artifact of a neighbour that failed", async () => {
    const { emulator } = stage;
    let isBuilding: (value: unknown) => void = () => undefined;
    const building = new Promise((resolve) => (isBuilding = resolve));
    const slow = stage.run(build("slow"), (line) => {
      if (/^[\d:]{8} {2}.*Customizing/.test(line)) isBuilding(undefined);
    });
    await Promise.race([building, slow]);
    const [other] = templates();
    const broken = await stage.run(build("broken"));
    assert.equal(broken.result, "Failed", broken.log);
    assert.match(broken.log, /is there already as v1\/[0-9a-f]{64}/);
    const left = templates().filter((name) => name !== other);
    assert.equal(left.length, 1);
    const [blob = ""] = await names();
    const long = new Date(emulator.world.clock.now().getTime() - 30 * day);
    const [first] = await emulator.world.blobs.list(account(), container);
    await emulator.world.blobs.mark(account(), container, blob, { ...first?.metadata, lastused: long.toISOString() });
    await own(`v1/${"a".repeat(64)}.tar.gz`, long);
    await own("incoming/0011223344556677-0011223344556677", long);

    const retained = await stage.step({
      action: "retain",
      galleryImage: "$(imageDefinition)",
      keepNewest: "1",
      confirm: "true",
    });
    assert.equal(retained.result, "Succeeded", retained.log);
    const swept = await sweep({ ...blobs, olderThan: "0m", artifactRetentionDays: "1", confirm: "true" });
    assert.equal(swept.result, "Succeeded", swept.log);
    assert.deepEqual(
      swept.done.map(({ what, id }) => `${what} ${id.split("/").slice(-2).join("/")}`),
      [
        `deleteTemplate imageTemplates/${left[0] ?? ""}`,
        `deleteBlob v1/${"a".repeat(64)}.tar.gz`,
        "deleteBlob incoming/0011223344556677-0011223344556677",
      ],
    );
    assert.match(swept.log, new RegExp(`${other ?? ""} +kept +its run goes on`));
    assert.match(swept.log, new RegExp(`${blob} +kept +an image template names it`));
    assert.deepEqual(await names(), [blob]);
    const ending = await slow;
    assert.equal(ending.result, "Succeeded", ending.log.slice(-3000));
    assert.deepEqual(templates().includes(other ?? ""), true);
  });

  it("looks at no blob where it may not read the templates, and says where there is no account", async () => {
    await own(`v1/${"a".repeat(64)}.tar.gz`, new Date(0));
    const path = `/${stage.emulator.description.subscriptionId}/providers/${templateType}?`;
    stage.emulator.addFault({
      match: { method: "GET", path },
      times: 9,
      action: { status: 403, code: "AuthorizationFailed" },
    });
    const told = await sweep({ ...blobs, confirm: "true" });
    assert.deepEqual([told.result, told.codes], ["Failed", ["AIB801"]], told.log);
    assert.match(
      told.log,
      /Next: Give the connection's principal the right that the message names; docs\/lifecycle\.md/,
    );
    assert.equal((await names()).length, 1);
    const nowhere = await sweep({ storageAccount: "nobody" });
    assert.deepEqual(nowhere.codes, ["AIB131"], nowhere.log);
  });

  it("keeps blobs that are not the task's, and those used within the retention", async () => {
    const { world } = stage.emulator;
    const now = world.clock.now().getTime();
    await own(`v1/${"b".repeat(64)}.zip`, new Date(now - 2 * day));
    await world.blobs.write(account(), container, "v1/foreign.zip", Buffer.from("x"));
    const kept = await sweep({ ...blobs, confirm: "true" });
    assert.deepEqual([kept.result, kept.planned], ["Succeeded", []], kept.log);
    const listed = await sweep({ ...blobs, artifactRetentionDays: "1" });
    assert.deepEqual(
      listed.planned.map(({ what, why }) => [what, why]),
      [["deleteBlob", "unused for the retention"]],
    );
    assert.equal((await names()).length, 2);
  });
});
