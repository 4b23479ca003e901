/** Two pipeline runs ask for the very same image at once: one builds, the other follows. */
import assert from "node:assert/strict";
import { type Build, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

const inputs = (more = ""): string =>
  linux("- shell: sudo true", `      reuse: ifUnchanged\n      reuseMaxAgeDays: 7\n${more}`);
const slow: Build = { builder: { durations: { customizing: 300_000 } } };

describe("Two runs that ask for the same image at once", function () {
  this.timeout(300_000);
  let stage: EndingsStage;

  beforeEach(async () => void (stage = await openEndingsStage({ scale: 40 })));
  afterEach(() => stage.close());

  /** The second begins when a line of the first's log shows `sign`. */
  async function both(sign: RegExp, first: Build = {}, second: Build = {}): Promise<readonly [Ending, Ending]> {
    let begin = (): void => undefined;
    const seen = new Promise<void>((resolve) => (begin = resolve));
    const one = stage.bake(inputs(), { ...slow, ...first, onLine: (line) => (sign.test(line) ? begin() : undefined) });
    await Promise.race([seen, one]);
    const other = stage.bake(inputs(), { ...slow, ...second });
    return Promise.all([one, other]);
  }
  /** Requests of both to make or delete a template. */
  const sent = (method: string): number =>
    stage.emulator.requests().filter((one) => one.method === method && /\/imageTemplates\/[^/]+\?/i.test(one.url))
      .length;
  const versions = (): number =>
    stage.emulator.world.resources.list("", "Microsoft.Compute/galleries/images/versions").length;

  it("make one image: the second follows the first, and leaves its template alone", async () => {
    const before = versions();
    const [one, other] = await both(/ {2}Customizing /);
    assert.equal(one.report.result, "Succeeded", one.log);
    assert.equal(other.report.result, "Succeeded", other.log);
    assert.equal(versions(), before + 1);
    assert.equal(other.outputs["imageId"], one.outputs["imageId"]);
    assert.deepEqual([one.outputs["reused"], other.outputs["reused"]], ["false", "true"]);
    assert.match(other.log, /builds the very same image: its build is followed/);
    assert.doesNotMatch(other.log, /deletion accepted/);
    assert.deepEqual([sent("PUT"), sent("DELETE")], [1, 1]);
  });

  it("make one image when the second comes while the first is being created", async () => {
    const before = versions();
    const [one, other] = await both(/^Creating image template/);
    assert.equal(other.report.result, "Succeeded", other.log);
    assert.equal(other.outputs["imageId"], one.outputs["imageId"], other.log);
    assert.equal(versions(), before + 1);
  });

  it("build apart where the first is cancelled: the second makes the image under a name of its own", async () => {
    const cancel = new AbortController();
    const [one, other] = await both(
      / {2}Customizing /,
      { cancel: cancel.signal },
      {
        onLine: (line) => (line.includes("its build is followed") ? cancel.abort() : undefined),
      },
    );
    assert.equal(one.report.result, "Canceled", one.log);
    assert.equal(other.report.result, "Succeeded", other.log);
    assert.match(other.log, /of another run is not followed, because its build was cancelled/);
    assert.equal(other.outputs["reused"], "false");
    assert.equal(sent("PUT"), 2);
  });
});
