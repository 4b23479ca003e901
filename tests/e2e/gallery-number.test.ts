/** Gallery versions numbered by a pattern: one after the other, the same for a second attempt, refused where they are taken. */
import assert from "node:assert/strict";
import { type Build, checkLog, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

describe("A gallery version that the step numbers", function () {
  this.timeout(120_000);
  let stage: EndingsStage;
  beforeEach(async () => void (stage = await openEndingsStage()));
  afterEach(() => stage.close());

  const bake = (galleryVersion: string, build: Build = {}, more = "preflight: fast"): Promise<Ending> =>
    stage.bake(linux("- shell: sudo true", `      galleryVersion: "${galleryVersion}"\n      ${more}`), build);
  const numbers = (): readonly string[] =>
    stage.emulator.world.resources
      .list("", "Microsoft.Compute/galleries/images/versions")
      .map(({ name }) => name)
      .filter((name) => name.startsWith("1.2.") || name === "3.0.0");
  const noteOf = ({ log }: Ending): string => /AIB221 galleryVersion: (.*)/.exec(log)?.[1] ?? "";
  const codes = ({ step }: Ending): readonly (string | null)[] =>
    step.issues.filter(({ type }) => type === "error").map(({ code }) => code);
  /** Whatever was sent to be made, changed or deleted. */
  const changes = ({ requests }: Ending): readonly string[] =>
    requests
      .filter(({ method, service }) => method !== "GET" && service !== "entra" && service !== "devops")
      .map(({ method, url }) => `${method} ${url}`);

  it("is the first of its pattern and then the next, and a note says what `latest` will mean", async () => {
    const first = await bake("1.2.{next}");
    assert.equal(first.outputs["imageVersion"], "1.2.0", first.log);
    assert.equal(noteOf(first), "A version that is built now gets the number 1.2.0, and `latest` will mean it.");
    assert.match(first.summary, /AIB221/);
    const second = await bake("1.2.{next}");
    assert.equal(second.outputs["imageVersion"], "1.2.1", second.log);
    assert.deepEqual(numbers(), ["1.2.0", "1.2.1"]);
    const higher = await bake("3.0.0", {}, "excludeFromLatest: true");
    assert.equal(higher.outputs["imageVersion"], "3.0.0", higher.log);
    assert.match(
      noteOf(higher),
      /3\.0\.0; `latest` will mean 1\.2\.1, as it does now, because excludeFromLatest is set/,
    );
    const third = await bake("1.1.{next}");
    assert.match(noteOf(third), /1\.1\.0; `latest` will go on meaning 1\.2\.1, which is higher/);
    checkLog(third);
  });

  for (const phase of ["Customizing", "Distributing"]) {
    it(`is the same in a second attempt, where the first was lost while ${phase.toLowerCase()}`, async () => {
      await bake("1.2.{next}");
      const lost = new AbortController();
      const onLine = (line: string): void => {
        if (/^[\d:]{8} {2}/.test(line) && line.includes(phase)) lost.abort();
      };
      const first = await bake("1.2.{next}", { lost: lost.signal, onLine });
      assert.equal(first.report.result, "Failed", first.log);
      assert.match(noteOf(first), /number 1\.2\.1,/);
      const second = await bake("1.2.{next}", { attempt: 2 });
      assert.equal(second.report.result, "Succeeded", second.log);
      assert.equal(second.outputs["imageVersion"], "1.2.1", second.log);
      assert.deepEqual(numbers(), ["1.2.0", "1.2.1"]);
      const other = await bake("1.2.{next}");
      assert.equal(other.outputs["imageVersion"], "1.2.2", other.log);
    });
  }

  it("is refused where it is taken, before anything is created, whether checks are made or not", async () => {
    await bake("1.2.{next}");
    const unchecked = await bake("1.2.0", {}, "preflight: none");
    assert.deepEqual([codes(unchecked), changes(unchecked)], [["AIB122"], []], unchecked.log);
    assert.match(unchecked.error, /has a version 1\.2\.0 already \(Succeeded\).*1\.2\.\{next\}/s);
    const skipped = await bake("1.2.0", {}, "skipChecks: P8");
    assert.deepEqual([codes(skipped), changes(skipped)], [["AIB122"], []], skipped.log);
    const checked = await bake("1.2.0");
    assert.deepEqual([codes(checked), changes(checked)], [["AIB045", "AIB609"], []], checked.log);
    assert.deepEqual([numbers(), stage.templates()], [["1.2.0"], []]);
  });
});
