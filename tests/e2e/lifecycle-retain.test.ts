/** The packaged AzureImageLifecycle@1: the newest versions of a definition are kept, the others go in two runs. */
import assert from "node:assert/strict";
import { type LifecycleStage, openLifecycleStage, type Told } from "./lifecycle-stage.ts";

const every = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0"];

describe("AzureImageLifecycle@1 retain", function () {
  this.timeout(120_000);
  let stage: LifecycleStage;
  before(async () => {
    stage = await openLifecycleStage();
  });
  beforeEach(() => stage.emulator.reset());
  after(() => stage.close());

  const retain = (more: Readonly<Record<string, string>> = {}): Promise<Told> =>
    stage.step({
      action: "retain",
      galleryImage: "$(imageDefinition)",
      keepNewest: "1",
      keepYoungerThan: "1d",
      ...more,
    });
  const deeds = (list: Told["done"]): readonly string[] =>
    list.map(({ id, what }) => `${what} ${id.split("/").at(-1)}`);
  const put = (path: string, properties: object): void => {
    const id = `${stage.emulator.description.resources.resourceGroup}/providers/Microsoft.Compute/${path}`;
    const type = `Microsoft.Compute/${path.split("/").slice(0, -1).join("/")}`;
    stage.emulator.world.resources.put({
      id,
      name: path.split("/").at(-1) ?? "",
      type,
      location: "westeurope",
      body: { properties },
    });
  };
  const image = (version?: string): object => ({
    storageProfile: {
      imageReference: {
        id: version === undefined ? stage.version("x").replace(/\/versions.*/, "") : stage.version(version),
      },
    },
  });

  it("keeps the latest, the used and the waiting; excludes the rest in one run and deletes it in a later one, confirmed", async () => {
    const first = await retain({ confirm: "true" });
    assert.equal(first.result, "Succeeded", first.log);
    assert.deepEqual(deeds(first.done), ["excludeFromLatest 1.2.0"]);
    assert.equal(stage.look("1.2.0"), "excluded: West Europe");
    assert.deepEqual(stage.versions(), every);
    assert.match(first.log, /1\.5\.0 +kept +newer than the latest/);
    assert.match(first.log, /1\.4\.0 +kept +it is the latest/);
    assert.match(first.log, /1\.3\.0 +kept +it is the latest/);
    assert.match(first.log, /1\.2\.0 +excluded +.*\(not made by this extension's task\)/);
    assert.match(first.log, /1\.1\.0 +kept +in use: instance 0 of scale set vmss-web/);
    assert.match(first.log, /1\.0\.0 +kept +in use: virtual machine vm-web/);
    assert.match(first.log, /elsewhere are invisible to this step/);
    const unconfirmed = await retain();
    assert.deepEqual([deeds(unconfirmed.planned), unconfirmed.changes], [["deleteVersion 1.2.0"], []], unconfirmed.log);
    assert.match(unconfirmed.log, /set confirm: true to delete it/);
    const second = await retain({ confirm: "true" });
    assert.deepEqual(
      [deeds(second.done), second.changes],
      [["deleteVersion 1.2.0"], ["DELETE versions/1.2.0"]],
      second.log,
    );
    assert.deepEqual(
      stage.versions(),
      every.filter((name) => name !== "1.2.0"),
    );
    assert.equal(second.latest, "1.4.0");
    const third = await retain({ confirm: "true" });
    assert.deepEqual([third.result, third.planned, third.changes], ["Succeeded", [], []]);
  });

  it("keeps the newest N and the young", async () => {
    const three = await retain({ keepNewest: "3" });
    assert.deepEqual(three.planned, [], three.log);
    assert.match(three.log, /1\.2\.0 +kept +one of the newest 3/);
    const young = await retain({ keepYoungerThan: "3000d" });
    assert.deepEqual(young.planned, [], young.log);
  });

  const unreadable: readonly (readonly [title: string, path: string])[] = [
    ["machines", "/providers/Microsoft.Compute/virtualMachines?"],
    ["scale sets", "/providers/Microsoft.Compute/virtualMachineScaleSets?"],
    ["instances", "/vmss-web/virtualMachines?"],
    ["templates", "/providers/Microsoft.VirtualMachineImages/imageTemplates?"],
  ];
  for (const [title, path] of unreadable) {
    it(`changes nothing where it may not read the ${title}: everything counts as in use`, async () => {
      stage.emulator.addFault({
        match: { method: "GET", path },
        times: 99,
        action: { status: 403, code: "AuthorizationFailed" },
      });
      const told = await retain({ confirm: "true" });
      assert.deepEqual(
        [told.result, told.codes, told.planned, told.changes],
        ["Succeeded", ["AIB754"], [], []],
        told.log,
      );
      assert.match(told.log, /1\.2\.0 +kept +what uses it could not be read/);
    });
  }

  it("changes nothing where the connection has no right to list machines, though a list comes", async () => {
    const { roleDefinitions } = stage.emulator.world;
    const role = roleDefinitions.find(({ roleName }) => roleName === "Image Builder pipeline");
    const path = "/providers/Microsoft.Authorization/permissions";
    const actions = (role?.actions ?? []).filter((action) => action !== "Microsoft.Compute/virtualMachines/read");
    const body = { value: [{ actions, notActions: [], dataActions: [], notDataActions: [] }] };
    stage.emulator.addFault({ match: { method: "GET", path }, times: 9, action: { status: 200, body } });
    const told = await retain({ confirm: "true" });
    assert.deepEqual([told.codes, told.planned], [["AIB754"], []], told.log);
  });

  it("counts all as in use where a machine does not tell its version, and sees flexible instances and later pages", async () => {
    put("virtualMachines/untold", image());
    const untold = await retain();
    assert.deepEqual(untold.planned, []);
    assert.match(untold.log, /perhaps in use: virtual machine untold does not tell its version/);
    await stage.emulator.reset();
    for (let at = 0; at < 60; at += 1) put(`virtualMachines/other-${at}`, {});
    put("virtualMachineScaleSets/flexible", { orchestrationMode: "Flexible" });
    put("virtualMachines/flexible_7", image("1.2.0"));
    const flexible = await retain();
    assert.deepEqual(flexible.planned, []);
    assert.match(flexible.log, /1\.2\.0 +kept +in use: virtual machine flexible_7/);
  });

  it("looks once more before it deletes: what is used by then stays", async () => {
    await retain();
    let looks = 0;
    const end = stage.emulator.watch(({ stage: at, method, url }) => {
      if (at !== "answered" || method !== "GET" || !url.includes("/virtualMachines?")) return;
      looks += 1;
      // After the list is made, and before the deletion.
      if (looks === 2) put("virtualMachines/late", image("1.2.0"));
    });
    const told = await retain({ confirm: "true" });
    end();
    assert.deepEqual(
      [told.result, deeds(told.planned), told.done],
      ["Succeeded", ["deleteVersion 1.2.0"], []],
      told.log,
    );
    assert.match(told.log, /Version 1\.2\.0 is not deleted: in use: virtual machine late/);
    assert.ok(stage.versions().includes("1.2.0"));
  });

  it("goes on with the others where one cannot be changed, and says which", async () => {
    stage.emulator.world.resources.delete(
      `${stage.emulator.description.resources.resourceGroup}/providers/Microsoft.Compute/virtualMachines/vm-web`,
    );
    const refusal = { status: 403, code: "AuthorizationFailed" };
    stage.emulator.addFault({ match: { method: "PATCH", path: "/versions/1.2.0?" }, times: 9, action: refusal });
    const told = await retain();
    assert.deepEqual([told.result, told.codes], ["Failed", ["AIB801", "AIB753"]], told.log);
    assert.deepEqual(deeds(told.done), ["excludeFromLatest 1.0.0"]);
    assert.match(told.log, /1 of 2 could not be done:.*excludeFromLatest ubuntu-web\/1\.2\.0/s);
  });

  it("begins anew with a version that was promoted in between", async () => {
    await retain();
    const promoted = await stage.step({ action: "promote", imageVersion: stage.version("1.2.0") });
    assert.equal(promoted.result, "Succeeded", promoted.log);
    const told = await retain({ confirm: "true" });
    assert.deepEqual(deeds(told.done), ["excludeFromLatest 1.2.0"], told.log);
    assert.ok(stage.versions().includes("1.2.0"));
  });
});
