/** The packaged task is cancelled or killed at the moments that matter; its post-job part finishes what it had no time for. */
import assert from "node:assert/strict";
import type { StartedPart } from "../../scripts/runner/run/types.ts";
import { type Build, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

/** What the step's parts have said, apart. */
interface Parts {
  readonly main: string;
  /** Lines of the post-job part after the agent's own header. */
  readonly after: readonly string[];
}

describe("A step that is cancelled", function () {
  this.timeout(180_000);
  let stage: EndingsStage;
  let imagesBefore = 0;
  beforeEach(() => {
    imagesBefore = images();
  });
  before(async () => {
    // The task's seconds for a cancel are measured by its clock: they must stay long enough for real requests.
    stage = await openEndingsStage({ scale: 10 });
  });
  after(() => stage.close());

  const steps = "- shell: 'echo hello'";
  const short = { queued: 6_000, building: 12_000 };

  /** Bakes, and does `what` once as soon as a line of the log matches. */
  async function bakeUntil(
    line: RegExp,
    what: "cancel" | "kill",
    { inputs = "", builder = {} }: { readonly inputs?: string; readonly builder?: Build["builder"] } = {},
  ): Promise<Ending> {
    const cancel = new AbortController();
    let main: StartedPart | undefined;
    let done = false;
    return stage.bake(linux(steps, inputs), {
      builder: { ...builder, durations: { ...short, ...builder.durations } },
      cancel: cancel.signal,
      onPart: (started) => (main ??= started),
      onLine: (text) => {
        if (done || !line.test(text)) return;
        done = true;
        if (what === "kill") main?.kill();
        else cancel.abort();
      },
    });
  }

  function parts({ lines }: Ending): Parts {
    const rule = /^={20,}$/;
    const rules = lines.flatMap((line, at) => (rule.test(line) ? [at] : []));
    const [begin = lines.length, end = lines.length] = rules.slice(2);
    assert.equal(rules.length, 4, "two parts have run");
    const finishing = lines.findIndex((line, at) => at > end && line.startsWith("##[section]Finishing: "));
    return {
      main: lines.slice(0, begin).join("\n"),
      after: lines.slice(end + 1, finishing < 0 ? undefined : finishing),
    };
  }

  function requests({ requests: all }: Ending, method: string, end: RegExp): number {
    return all.filter((one) => one.method === method && end.test(one.url.replace(/\?.*/, ""))).length;
  }

  /** Waits until the only template's run has ended so. */
  async function waitForRun(state: string): Promise<void> {
    const of = (): unknown => {
      const [template] = stage.emulator.world.resources.list("", "Microsoft.VirtualMachineImages/imageTemplates");
      const properties = template?.body.properties as { readonly lastRunStatus?: { readonly runState?: string } };
      return properties.lastRunStatus?.runState;
    };
    for (let look = 0; look < 600 && of() !== state; look += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(of(), state);
  }

  const images = (): number =>
    stage.emulator.world.resources.list("", "Microsoft.Compute/galleries/images/versions").length;

  function removeTemplates(): void {
    const { resources } = stage.emulator.world;
    for (const { id } of resources.list("", "Microsoft.VirtualMachineImages/imageTemplates")) resources.delete(id);
  }

  /** The emulator removes a template some time after it was asked to. */
  async function settled(): Promise<readonly string[]> {
    for (let look = 0; look < 100 && stage.templates().length > 0; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return stage.templates();
  }

  it("cancels a build that customizes; its post-job part waits for that and deletes the template", async () => {
    const ending = await bakeUntil(/ {2}Customizing /, "cancel", { builder: { durations: { customizing: 600_000 } } });
    const { main, after: post } = parts(ending);
    assert.equal(ending.report.result, "Canceled", ending.log.slice(-3000));
    assert.equal(requests(ending, "POST", /\/cancel$/), 1, ending.log.slice(-3000));
    assert.match(main, /Asking the service to cancel the run/);
    assert.match(
      main,
      /The post-job part of this step waits until the run has been cancelled, and deletes the template/,
    );
    assert.match(main, /action: wait\n.*\n +resourceGroup: rg-images\n +templateName: aib-/);
    assert.equal(ending.outputs["buildOutcome"], "Canceled");
    assert.match(post.join("\n"), /Waiting until its run has been cancelled\.\nImage template \S+: deletion accepted/);
    assert.equal(requests(ending, "DELETE", /\/imageTemplates\/[^/]+$/i), 1);
    assert.deepEqual(await settled(), []);
  });

  it("leaves a build that distributes, and names it; its post-job part says nothing", async () => {
    const ending = await bakeUntil(/ {2}Distributing /, "cancel");
    const { main, after: post } = parts(ending);
    assert.equal(ending.report.result, "Canceled");
    assert.match(main, /The build is not cancelled, because it is distributing the image already/);
    assert.match(main, /Run the job again: it finds the build/);
    assert.match(main, /stays: its build goes on\. To delete it: az image builder delete/);
    assert.deepEqual(post, []);
    assert.deepEqual([requests(ending, "POST", /\/cancel$/), requests(ending, "DELETE", /./)], [0, 0]);
    await waitForRun("Succeeded");
    assert.equal(images(), imagesBefore + 1);
    removeTemplates();
  });

  it("leaves its build by wish", async () => {
    const ending = await bakeUntil(/ {2}Building\b/, "cancel", { inputs: "      onCancel: leave\n" });
    const { main, after: post } = parts(ending);
    assert.match(main, /The build is not cancelled, because onCancel is leave/);
    assert.deepEqual([requests(ending, "POST", /\/cancel$/), post], [0, []]);
    await waitForRun("Succeeded");
    removeTemplates();
  });

  it("is left by a main part that is killed: its post-job part names the build that goes on", async () => {
    const ending = await bakeUntil(/ {2}Building\b/, "kill");
    const { after: post } = parts(ending);
    assert.equal(ending.report.result, "Failed");
    assert.match(post.join("\n"), /Looking after image template aib-\w+: the step ended before its build had/);
    assert.match(post.join("\n"), /Run the job again: it finds the build/);
    assert.match(
      post.join("\n"),
      /its build goes on, although the step's main part has ended\. To delete it: az image/,
    );
    assert.deepEqual([requests(ending, "POST", /\/cancel$/), requests(ending, "DELETE", /./)], [0, 0]);
    const last = ending.report.steps.at(-1);
    assert.deepEqual(
      [last?.result, last?.issues.map(({ type, code }) => `${type} ${code ?? ""}`)],
      ["Succeeded", ["warning AIB701"]],
    );
    await waitForRun("Succeeded");
    removeTemplates();
  });
});
