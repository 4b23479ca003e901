/** A second attempt of a step goes on where the first one has come to: attached, taken over, built again, or refused. */
import assert from "node:assert/strict";
import { type BuilderChange, configureImageBuilder } from "../emulator/services/virtual-machine-images/index.ts";
import { checkLog, type Build, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

const steps = "- shell: { inline: ./install, name: install }";
const inputs = linux(steps, "      preflight: none");
const working: BuilderChange = { simulatedSteps: [{ name: "install", exitCode: 0, output: ["installed"], durationMs: 900_000 }] }; // prettier-ignore
const failing: BuilderChange = { simulatedSteps: [{ name: "install", exitCode: 3, output: ["no such package"] }] };

describe("a second attempt", function () {
  this.timeout(120_000);
  let stage: EndingsStage;
  before(async () => {
    stage = await openEndingsStage();
  });
  after(() => stage.close());

  /** An attempt whose agent is lost, with its processes, when the log shows the phase. */
  function loseAt(phase: string, builder: BuilderChange): Promise<Ending> {
    const lost = new AbortController();
    const onLine = (line: string): void => {
      if (/^[\d:]{8} {2}/.test(line) && line.includes(phase)) lost.abort();
    };
    return stage.bake(inputs, { builder, lost: lost.signal, onLine });
  }

  const again = (build: Build = {}, given = inputs): Promise<Ending> => stage.bake(given, { attempt: 2, ...build });

  /** Changes of templates, in order. */
  function changes({ requests }: Ending): readonly string[] {
    return requests
      .filter(({ method, url }) => method !== "GET" && url.includes("/imageTemplates/"))
      .map(({ method, url }) => `${method} ${/imageTemplates\/[^/?]+(\/\w+)?/.exec(url)?.[1] ?? ""}`.trim());
  }

  /** Versions of the last pipeline run, by the tag that names it. */
  function versions(ending: Ending): readonly string[] {
    const run = /aib-task-run": "(build\/\d+)"/.exec(ending.log)?.[1] ?? "none";
    return stage.emulator.world.resources
      .list("", "Microsoft.Compute/galleries/images/versions")
      .filter(({ tags }) => tags?.["aib-task-run"] === run)
      .map(({ id }) => id);
  }

  function assertTaken(ending: Ending): void {
    assert.equal(ending.step.result, "Succeeded", ending.log);
    assert.equal(ending.outputs["buildOutcome"], "Succeeded");
    assert.deepEqual(versions(ending), [ending.outputs["imageId"]]);
    assert.match(ending.summary, /An earlier attempt of this step .*\(AIB219\)/);
    checkLog(ending);
  }

  /** Waits until the run states of the templates that are there are so, an emulated hour at most. */
  async function untilTemplates(isSo: (states: readonly string[]) => boolean): Promise<void> {
    const { resources, clock } = stage.emulator.world;
    const stateOf = (body: { readonly properties?: unknown }): string =>
      (body.properties as { readonly lastRunStatus?: { readonly runState?: string } } | undefined)?.lastRunStatus
        ?.runState ?? "";
    const states = (): readonly string[] =>
      resources.list("", "Microsoft.VirtualMachineImages/imageTemplates").map(({ body }) => stateOf(body));
    for (let look = 0; !isSo(states()); look += 1) {
      assert.ok(look < 1800, `the templates stay ${states().join()}`);
      await clock.sleep(2_000);
    }
  }

  it("attaches to the build that a lost agent left customizing: one build, one version", async () => {
    const first = await loseAt("Customizing", working);
    assert.deepEqual([first.report.result, changes(first)], ["Failed", ["PUT", "POST /run"]], first.log);
    const second = await again({ builder: working });
    assertTaken(second);
    assert.deepEqual(changes(second), ["DELETE"]);
    assert.match(
      second.log,
      /began the build at \S+, and it goes on \((Building|Customizing)\)\. This one takes it over\./,
    );
    assert.match(second.log, /no checks are made, which would meet its traces/);
    assert.match(second.attached ?? "", /installed/);
    await untilTemplates((states) => states.length === 0);
  });

  it("takes the image of a build that ended while nobody watched, within seconds, and builds nothing", async () => {
    const first = await loseAt("Distributing", {});
    await untilTemplates((states) => states[0] === "Succeeded");
    const began = stage.emulator.world.clock.now().getTime();
    const second = await again();
    assertTaken(second);
    assert.deepEqual(changes(second), ["DELETE"]);
    assert.match(second.log, /and it has ended \(Succeeded\)\. Nothing is built again\./);
    assert.equal(second.outputs["templateName"], /Creating image template (aib-\w+)/.exec(first.log)?.[1]);
    const seconds = (stage.emulator.world.clock.now().getTime() - began) / 1000 / 150;
    assert.ok(seconds < 15, `${seconds} seconds`);
    await untilTemplates((states) => states.length === 0);
  });

  it("takes the image whose template is gone by its tags, of a fixed version, too", async () => {
    const fixed = (script: string): string =>
      linux(`- shell: { inline: ${script}, name: install }`, "      galleryVersion: 1.2.3\n      preflight: full");
    const first = await stage.bake(fixed("./install"));
    assert.equal(first.outputs["imageVersion"], "1.2.3", first.log);
    await untilTemplates((states) => states.length === 0);
    const second = await again({}, fixed("./install"));
    assertTaken(second);
    assert.deepEqual(changes(second), []);
    assert.equal(second.outputs["imageId"], first.outputs["imageId"]);
    assert.match(second.log, /has built the image: .*\/versions\/1\.2\.3\. Nothing is built again\./);
    // For another image the number is taken, and the checks say so before anything is created.
    const other = await again({}, fixed("./other"));
    assert.equal(other.step.result, "Failed");
    assert.deepEqual(changes(other), []);
    assert.match(other.error, /Nothing was created/);
    assert.match(other.preflight.page, /1\.2\.3/);
  });

  it("refuses what an earlier attempt left of another request, and builds again what failed of its own", async () => {
    const kept = `${inputs}\n      cleanup: onSuccess`;
    const first = await stage.bake(kept, { builder: failing });
    assert.equal(first.step.result, "Failed");
    const template = stage.templates();
    const other = await again({}, kept.replace("./install", "./other"));
    assert.equal(other.step.result, "Failed");
    assert.deepEqual(changes(other), []);
    assert.match(other.error, /is of this pipeline run \(build\/\d+\), but was made for another request/);
    assert.match(other.error, /az image builder delete /);
    assert.deepEqual(
      other.step.issues.map(({ code }) => code).filter((code) => code === "AIB504"),
      ["AIB504"],
    );
    assert.deepEqual(stage.templates(), template);
    const second = await again({}, kept);
    assert.equal(second.step.result, "Succeeded", second.log);
    assert.deepEqual(changes(second), ["DELETE", "PUT", "POST /run", "DELETE"]);
    assert.match(second.log, /is deleted, because its build failed; the build begins again/);
    assert.deepEqual(versions(second), [second.outputs["imageId"]]);
    await untilTemplates((states) => states.length === 0);
  });

  it("is a retry of the step, too: what failed is built again", async () => {
    const { world } = stage.emulator;
    const slowly = { ...failing, durations: { delete: 300_000 } };
    const onLine = (line: string): void => {
      if (line.includes("##[error]")) configureImageBuilder(world, { simulatedSteps: [] });
    };
    const ending = await stage.bake(inputs, { builder: slowly, onLine, settings: "    retryCountOnTaskFailure: 1" });
    assert.deepEqual([ending.step.result, ending.step.attempt], ["Succeeded", 2], ending.log);
    assert.deepEqual(changes(ending), ["PUT", "POST /run", "DELETE", "PUT", "POST /run", "DELETE"]);
    assert.deepEqual(versions(ending), [ending.outputs["imageId"]]);
  });
});
