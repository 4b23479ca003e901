import assert from "node:assert/strict";
import { startRun } from "../../../tasks/AzureImageBuilderV1/src/build/start-run.ts";
import { ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { ref, refusal, type Script, setStage, shown, type Stage } from "./stage.ts";

async function start(
  script: Script,
  before?: string,
  mayRun = false,
): Promise<{ stage: Stage; started: "handle" | "found" | ServiceError }> {
  const stage = setStage(script);
  try {
    const { handle } = await startRun(ref, { before, mayRun }, stage);
    return { stage, started: handle === undefined ? "found" : "handle" };
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    return { stage, started: error };
  }
}

/** How many reads lie between two requests for a run; none when there was one request. */
function readsBetween({ templates }: Stage): readonly number[] {
  const names = templates.calls.map(({ name }) => name);
  const starts = names.flatMap((name, index) => (name === "startRun" ? [index] : []));
  return starts.slice(1).map((at, index) => names.slice(starts[index], at).filter((name) => name === "get").length);
}

describe("Starting the run", () => {
  it("gives the operation of an accepted run", async () => {
    assert.equal((await start({})).started, "handle");
  });

  for (const [title, failure] of [
    ["a 504", refusal(504, "GatewayTimeout")],
    ["a 500", refusal(500)],
    ["a reset", refusal(undefined, "ECONNRESET")],
  ] as const) {
    it(`finds the run that ${title} hid, and sends nothing again`, async () => {
      const { stage, started } = await start({
        startRun: [failure],
        template: [
          [0, shown()],
          [5, shown({})],
        ],
      });
      assert.equal(started, "found");
      assert.equal(stage.templates.calls.filter(({ name }) => name === "startRun").length, 1);
    });

    it(`asks again after ${title} only when several reads show no run`, async () => {
      const { stage, started } = await start({ startRun: [failure], template: [[0, shown()]] });
      assert.equal(started, "handle");
      assert.deepEqual(readsBetween(stage), [4]);
    });
  }

  for (const status of [405, 409]) {
    const script: Script = {
      startRun: [refusal(status, "OperationNotAllowed")],
      template: [
        [0, shown()],
        [15, shown({})],
      ],
    };

    it(`takes a refusal (${status}) for a sign of a run where an earlier attempt may have asked for it`, async () => {
      const { stage, started } = await start(script, undefined, true);
      assert.equal(started, "found");
      assert.equal(stage.templates.calls.filter(({ name }) => name === "startRun").length, 1);
    });

    it(`takes a refusal (${status}) for what it is where nobody may have asked before`, async () => {
      const { started } = await start(script);
      assert.ok(started instanceof ServiceError && started.status === status);
    });
  }

  it("is refused where an earlier attempt may have asked for the run, and none shows", async () => {
    const script: Script = { startRun: [refusal(405, "OperationNotAllowed")], template: [[0, shown()]] };
    const { started } = await start(script, undefined, true);
    assert.ok(started instanceof ServiceError && started.code === "AIB601");
  });

  it("takes the refusal of a second request for a sign of the first one's run", async () => {
    const { started } = await start({
      startRun: [refusal(504), refusal(405, "OperationNotAllowed")],
      template: [
        [0, shown()],
        [40, shown({})],
      ],
    });
    assert.equal(started, "found");
  });

  it("does not take the run before for this one", async () => {
    const before = "2026-02-01T00:00:00Z";
    const { stage } = await start({ startRun: [refusal(504)], template: [[0, shown({ startTime: before })]] }, before);
    assert.deepEqual(readsBetween(stage), [4]);
  });

  for (const status of [400, 403, 405, 409]) {
    it(`reports a refusal at once, as a run that was not started: ${status}`, async () => {
      const { stage, started } = await start({ startRun: [refusal(status, "Refused")] });
      assert.ok(started instanceof ServiceError && started.code === "AIB601" && started.serviceCode === "Refused");
      assert.equal(stage.templates.calls.length, 1);
    });
  }

  it("waits as long as a throttled answer asks, and looks for a run, before it asks again", async () => {
    const { stage } = await start({ startRun: [refusal(429, "TooManyRequests", 60_000)] });
    assert.deepEqual(
      stage.templates.calls.map(({ at }) => at),
      [0, 60, 60],
    );
    assert.deepEqual(readsBetween(stage), [1]);
  });

  it("gives up after three attempts", async () => {
    const lost = refusal(503);
    const { stage, started } = await start({ startRun: [lost, lost, lost], template: [[0, shown()]] });
    assert.ok(started instanceof ServiceError);
    assert.equal(stage.templates.calls.filter(({ name }) => name === "startRun").length, 3);
  });
});
