/** The packaged AzureImageLifecycle@1: versions are promoted and retired, and what latest means is told. */
import assert from "node:assert/strict";
import { type LifecycleStage, openLifecycleStage } from "./lifecycle-stage.ts";

describe("AzureImageLifecycle@1 promote and retire", function () {
  this.timeout(120_000);
  let stage: LifecycleStage;
  before(async () => {
    stage = await openLifecycleStage();
  });
  beforeEach(() => stage.emulator.reset());
  after(() => stage.close());

  const tags = (name: string): Readonly<Record<string, string>> =>
    stage.emulator.world.resources.get(stage.version(name))?.tags ?? {};

  it("promotes a version: copied to more regions first, then part of latest; a second time there is nothing to do", async () => {
    const inputs = {
      action: "promote",
      imageVersion: stage.version("1.5.0"),
      targetRegions: "northeurope=2, West Europe",
    };
    const told = await stage.step(inputs);
    assert.equal(told.result, "Succeeded", told.log);
    assert.equal(stage.look("1.5.0"), "part of latest: West Europe, North Europe");
    assert.deepEqual(
      told.done.map(({ what, why }) => [what, why]),
      [
        ["addRegions", "northeurope"],
        ["includeInLatest", "it is excluded from latest"],
      ],
    );
    assert.deepEqual(told.planned, told.done);
    assert.deepEqual(told.changes, ["PATCH versions/1.5.0", "PATCH versions/1.5.0"]);
    assert.equal(told.latest, "1.5.0");
    assert.match(told.log, /Latest is 1\.5\.0 in northeurope, westeurope\./);
    assert.match(told.log, /not complete in northeurope \(Replicating, 0 %\)/);
    const again = await stage.step(inputs);
    assert.deepEqual([again.result, again.changes, again.done], ["Succeeded", [], []], again.log);
  });

  it("says where a promoted version is not the latest, and where it is not there", async () => {
    await stage.step({ action: "retire", imageVersion: stage.version("1.2.0") });
    const told = await stage.step({
      action: "promote",
      galleryImage: "$(imageDefinition)",
      imageVersion: "1.2.0",
      evenIfRetired: "true",
    });
    assert.equal(told.result, "Succeeded", told.log);
    assert.deepEqual(told.codes, ["AIB755"]);
    assert.equal(tags("1.2.0")["aib-task-retired"], undefined);
    const nobody = await stage.step({ action: "promote", imageVersion: stage.version("9.9.9") });
    assert.match(nobody.log, /imageVersion: .*a version that exists; there is 1\.0\.0/);
    assert.equal(nobody.result, "Failed");
  });

  it("refuses to promote what is retired, unless that is asked for", async () => {
    const retired = await stage.step({
      action: "retire",
      imageVersion: stage.version("1.1.0"),
      endOfLifeDate: "2030-01-01",
    });
    assert.equal(retired.result, "Succeeded", retired.log);
    assert.equal(stage.look("1.1.0"), "excluded: West Europe");
    assert.match(tags("1.1.0")["aib-task-retired"] ?? "", /^\d{4}-/);
    assert.equal(tags("1.1.0")["aib-task-run"], "build/11");
    const refused = await stage.step({ action: "promote", imageVersion: stage.version("1.1.0") });
    assert.deepEqual([refused.result, refused.codes, refused.changes], ["Failed", ["AIB751"], []], refused.log);
    assert.match(refused.log, /it was retired at .*evenIfRetired: true/s);
    const past = await stage.step({ action: "retire", imageVersion: stage.version("1.1.0") });
    assert.deepEqual([past.result, past.changes.length > 0], ["Succeeded", true]);
    const same = await stage.step({ action: "retire", imageVersion: stage.version("1.1.0") });
    assert.deepEqual([same.result, same.changes], ["Succeeded", []], same.log);
  });

  it("warns when the latest is retired and tells the next; the last one of a region needs confirm", async () => {
    const refused = await stage.step({ action: "retire", imageVersion: stage.version("1.3.0") });
    assert.deepEqual([refused.result, refused.codes, refused.changes], ["Failed", ["AIB751"], []], refused.log);
    assert.match(refused.log, /the last one that latest can mean in northeurope/);
    const told = await stage.step({ action: "retire", imageVersion: stage.version("1.4.0") });
    assert.deepEqual([told.result, told.codes, told.latest], ["Succeeded", ["AIB755"], "1.3.0"], told.log);
    const confirmed = await stage.step({ action: "retire", imageVersion: stage.version("1.3.0"), confirm: "true" });
    assert.deepEqual([confirmed.result, confirmed.latest], ["Succeeded", "1.2.0"], confirmed.log);
  });

  it("keeps settings of regions it did not make, and waits no longer than it is told", async () => {
    const version = stage.emulator.world.resources.get(stage.version("1.5.0"));
    const properties = version?.body["properties"] as { publishingProfile: { targetRegions: object[] } };
    properties.publishingProfile.targetRegions = [
      {
        name: "West Europe",
        regionalReplicaCount: 3,
        storageAccountType: "Standard_ZRS",
        encryption: { osDiskImage: {} },
      },
    ];
    const late = await stage.step({
      action: "promote",
      imageVersion: stage.version("1.5.0"),
      targetRegions: "uksouth",
      timeoutInMinutes: "1",
    });
    assert.deepEqual([late.result, late.codes.at(-1)], ["Failed", "AIB752"], late.log);
    assert.match(late.log, /not ready in time: .*uksouth/);
    assert.equal(stage.look("1.5.0"), "excluded: West Europe, UK South");
    const told = await stage.step({
      action: "promote",
      imageVersion: stage.version("1.5.0"),
      targetRegions: "uksouth",
    });
    assert.deepEqual([told.result, told.changes], ["Succeeded", ["PATCH versions/1.5.0"]], told.log);
    const after = version?.body["properties"] as typeof properties;
    assert.deepEqual(after.publishingProfile.targetRegions[0], {
      name: "West Europe",
      regionalReplicaCount: 3,
      storageAccountType: "Standard_ZRS",
      encryption: { osDiskImage: {} },
    });
  });

  it("asks again only after a look: an answer that is lost changes nothing twice", async () => {
    stage.emulator.addFault({ match: { method: "PATCH", path: "/versions/1.5.0" }, action: { drop: "after" } });
    const told = await stage.step({ action: "promote", imageVersion: stage.version("1.5.0") });
    assert.deepEqual([told.result, told.changes], ["Succeeded", ["PATCH versions/1.5.0"]], told.log);
  });

  it("ends soon when it is cancelled, and says what is left", async () => {
    const told = await stage.step(
      { action: "promote", imageVersion: stage.version("1.5.0"), targetRegions: "uksouth" },
      { cancelAt: /Replicating/ },
    );
    assert.equal(told.result, "Canceled");
    assert.match(
      told.log,
      /Left, or perhaps begun: addRegions ubuntu-web\/1\.5\.0, includeInLatest ubuntu-web\/1\.5\.0/,
    );
    assert.equal(told.planned.length, 2);
    assert.deepEqual(told.done, []);
  });

  it("names every bad input at once, and asks nobody", async () => {
    const told = await stage.step({
      action: "retire",
      imageVersion: "newest",
      endOfLifeDate: "2026-02-31",
      timeoutInMinutes: "0",
      keepNewest: "3",
    });
    assert.deepEqual(told.codes.toSorted(), ["AIB106", "AIB107", "AIB125"], told.log);
    assert.deepEqual(told.changes, []);
  });
});
