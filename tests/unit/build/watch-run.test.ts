import assert from "node:assert/strict";
import { followLog, noLog } from "../../../tasks/AzureImageBuilderV1/src/build/follow-log.ts";
import {
  createProgress,
  formatElapsed,
  heartbeatAfter,
} from "../../../tasks/AzureImageBuilderV1/src/build/progress.ts";
import { watchRun, type Watched } from "../../../tasks/AzureImageBuilderV1/src/build/watch-run.ts";
import type { LogRead } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { ref, refusal, type Script, setStage, shown, type Stage } from "./stage.ts";

const running = shown({ runSubState: "Building" });
const done = shown({ runState: "Succeeded", endTime: "2026-03-01T08:10:00Z" });

/** A line of the log every three seconds. */
const chatter = Array.from({ length: 340 }, (_, index) => [index * 3, lineOf(`line ${index}`)] as const);

function lineOf(text: string): LogRead {
  return { state: "bytes", from: "blob", bytes: Buffer.from(`${text}\n`), more: false };
}

interface Scene {
  readonly script: Script;
  readonly before?: string;
  readonly limitMs?: number;
  readonly expectedMs?: number;
  readonly withOperation?: boolean;
  readonly cancelled?: AbortSignal;
}

async function watch(scene: Scene): Promise<{ readonly stage: Stage; readonly watched: Watched }> {
  const stage = setStage(scene.script, scene.cancelled);
  const handle = scene.withOperation === false ? undefined : await stage.templates.startRun(ref);
  const limitMs = scene.limitMs ?? 5 * 3_600_000;
  const options = { verbosity: "normal", attach: "always", startedAt: stage.clock.now() } as const;
  const log = scene.script.log === undefined ? noLog : followLog(shown(), options, stage);
  const progress = createProgress(stage, scene.expectedMs);
  return { stage, watched: await watchRun({ ref, before: scene.before, handle, limitMs, log, progress }, stage) };
}

/** The most calls that fall into any sixty seconds. */
function busiestMinute({ templates }: Stage): number {
  const reads = templates.calls.filter(({ name }) => ["get", "poll", "log"].includes(name)).map(({ at }) => at);
  return Math.max(...reads.map((from) => reads.filter((at) => at >= from && at < from + 60).length));
}

describe("Watching a run", () => {
  const ways = [
    { title: "with its operation", withOperation: true },
    { title: "whose operation is unknown", withOperation: false },
    { title: "with operation and log", withOperation: true, log: chatter },
    { title: "with a log alone", withOperation: false, log: chatter },
    { title: "whose log cannot be read for hours", withOperation: true, log: [[0, refusal(503)]] as const },
  ];
  for (const { title, withOperation, log } of ways) {
    it(`reads at most twelve times a minute and sees the end within 15 s, of a run ${title}`, async () => {
      const { stage, watched } = await watch({
        script: {
          template: [
            [0, running],
            [1_000, done],
          ],
          ...(log === undefined ? {} : { log }),
        },
        withOperation,
      });
      assert.equal(watched.end.kind, "ended");
      assert.ok(watched.elapsedMs >= 1_000_000 && watched.elapsedMs <= 1_015_000, String(watched.elapsedMs));
      assert.ok(busiestMinute(stage) <= 12, String(busiestMinute(stage)));
    });
  }

  it("ends when the template says so while the operation still goes on", async () => {
    const script: Script = {
      template: [
        [0, running],
        [300, done],
      ],
      operation: [[0, { status: "InProgress" }]],
    };
    assert.equal((await watch({ script })).watched.end.kind, "ended");
  });

  it("waits for the template when the operation has ended 65 s earlier", async () => {
    const script: Script = {
      template: [
        [0, running],
        [365, done],
      ],
      operation: [
        [0, { status: "InProgress" }],
        [300, { status: "Succeeded" }],
      ],
    };
    const { watched } = await watch({ script });
    assert.equal(watched.end.kind, "ended");
    assert.ok(watched.elapsedMs >= 365_000);
  });

  it("takes the template's outcome when the operation has failed a minute earlier", async () => {
    const failed = shown({ runState: "Failed", message: "no disk" });
    const script: Script = {
      template: [
        [0, running],
        [365, failed],
      ],
      operation: [
        [0, { status: "InProgress" }],
        [300, { status: "Failed", error: { code: "E" } }],
      ],
    };
    const { end } = (await watch({ script })).watched;
    assert.deepEqual(end.kind === "ended" && end.run.message, "no disk");
  });

  it("ends three minutes after the operation has failed when the template never follows", async () => {
    const script: Script = { template: [[0, running]], operation: [[300, { status: "Failed", error: { code: "E" } }]] };
    const { watched } = await watch({ script });
    assert.deepEqual(watched.end, { kind: "operationEnded", operation: { status: "Failed", error: { code: "E" } } });
    assert.ok(watched.elapsedMs >= 480_000 && watched.elapsedMs < 520_000, String(watched.elapsedMs));
  });

  it("does not take the run before, still shown after the start, for this one", async () => {
    const before = "2026-02-01T00:00:00Z";
    const old = shown({ startTime: before, runState: "Failed" });
    const { watched } = await watch({
      script: {
        template: [
          [0, old],
          [60, running],
          [120, done],
        ],
      },
      before,
    });
    assert.deepEqual(watched.end.kind === "ended" && watched.end.outcome, "Succeeded");
  });

  it("bears nine minutes of failing reads", async () => {
    const script: Script = {
      template: [
        [0, running],
        [60, refusal(500)],
        [600, done],
      ],
      operation: [[0, refusal(undefined)]],
    };
    const { watched, stage } = await watch({ script });
    assert.equal(watched.end.kind, "ended");
    assert.equal(stage.agent.log.filter(({ text }) => text.includes("could not be read")).length <= 3, true);
  });

  it("gives up after ten minutes of failing reads", async () => {
    const { watched } = await watch({
      script: {
        template: [
          [0, running],
          [60, refusal(403)],
        ],
        operation: [[60, refusal(403)]],
      },
    });
    assert.equal(watched.end.kind, "unreadable");
    assert.ok(watched.elapsedMs >= 660_000 && watched.elapsedMs < 690_000, String(watched.elapsedMs));
  });

  it("waits as long as a throttled answer asks", async () => {
    const script: Script = {
      template: [
        [0, refusal(429, "TooManyRequests", 90_000)],
        [80, done],
      ],
    };
    const { stage } = await watch({ script, withOperation: false });
    const gets = stage.templates.calls.map(({ at }) => at);
    assert.ok((gets[1] ?? 0) - (gets[0] ?? 0) >= 90, String(gets));
  });

  it("does not wait longer than two minutes whatever an answer asks", async () => {
    const script: Script = {
      template: [
        [0, refusal(429, "TooManyRequests", 3_600_000)],
        [80, done],
      ],
    };
    const { watched } = await watch({ script, withOperation: false });
    assert.ok(watched.elapsedMs <= 130_000);
  });

  it("ends at its limit", async () => {
    const { watched } = await watch({ script: { template: [[0, running]] }, limitMs: 600_000 });
    assert.equal(watched.end.kind, "deadline");
    assert.ok(watched.elapsedMs < 615_000);
  });

  it("does not wait for ever for a run that is being cancelled", async () => {
    const { watched } = await watch({ script: { template: [[0, shown({ runState: "Canceling" })]] } });
    assert.equal(watched.end.kind, "canceling");
  });

  it("says that the template is gone when it stays absent", async () => {
    const { watched } = await watch({
      script: {
        template: [
          [0, running],
          [100, undefined],
        ],
      },
    });
    assert.equal(watched.end.kind, "gone");
  });

  it("stops at once when the task is to stop", async () => {
    const stop = new AbortController();
    const scene = watch({ script: { template: [[0, running]] }, cancelled: stop.signal });
    stop.abort(new Error("stop"));
    await assert.rejects(scene, /stop/);
  });

  it("lets no defect of the program pass as a failed read", async () => {
    await assert.rejects(watch({ script: { template: [[0, new TypeError("defect")]] } }), TypeError);
  });

  it("logs each phase once and a line a minute at most besides", async () => {
    const phase = (runSubState: string): ReturnType<typeof shown> => shown({ runSubState });
    const script: Script = {
      template: [
        [0, phase("Queued")],
        [60, phase("Building")],
        [400, phase("Distributing")],
        [600, done],
      ],
    };
    const { stage } = await watch({ script });
    const lines = stage.agent.log.filter(({ kind }) => kind === "info");
    const phases = lines.filter(({ text }) => !text.includes("Still ")).map(({ text }) => text.slice(10));
    assert.deepEqual(
      phases.map((text) => text.replace(/\d+ s\)/, "… s)")),
      [
        "Queued",
        "Building (Queued took 1 min … s)",
        "Distributing (Building took 5 min … s)",
        "Succeeded (Distributing took 3 min … s)",
      ],
    );
    const still = lines.filter(({ text }) => text.includes("Still "));
    assert.ok(still.length >= 6 && still.length <= 9, String(still.length));
    const gaps = lines
      .map(({ at }, index) => at - (lines[index - 1]?.at ?? 0))
      .filter((_, index) => lines[index]?.text.includes("Still "));
    assert.ok(Math.min(...gaps) >= 60, String(gaps));
  });

  it("says ever more rarely that a phase of hours goes on, and often again in the next one", async () => {
    const script: Script = {
      template: [
        [0, running],
        [8 * 3600, shown({ runSubState: "Distributing" })],
        [8 * 3600 + 300, done],
      ],
    };
    const { stage } = await watch({ script, limitMs: 10 * 3_600_000 });
    const still = stage.agent.log.filter(({ text }) => text.includes("Still "));
    const between = (from: number, to: number): number => still.filter(({ at }) => at >= from && at < to).length;
    const hours = [0, 600, 3600, 8 * 3600, 9 * 3600];
    const counts = hours.slice(1).map((to, index) => between(hours[index] ?? 0, to));
    // A line comes with the read after its time: in a minute or five, that may be one line less.
    const most = [9, 10, 28, 4];
    counts.forEach((count, index) => {
      const limit = most[index] ?? 0;
      assert.ok(count <= limit && count >= limit * 0.75, `${counts.join()} lines, not ${most.join()}`);
    });
  });

  it("says how much is left as earlier builds took, and shows it as progress", async () => {
    const script: Script = {
      template: [
        [0, running],
        [600, done],
      ],
    };
    const { stage } = await watch({ script, expectedMs: 900_000 });
    const still = stage.agent.log.filter(({ text }) => text.includes("Still ")).map(({ text }) => text);
    assert.match(still[0] ?? "", /Still Building; about 13 min \d+ s left, as earlier builds took/);
  });

  it("shows a line of the log within 15 s of its being there", async () => {
    const script: Script = {
      template: [
        [0, running],
        [300, done],
      ],
      log: [
        [97, lineOf("    azure-arm: first words")],
        [143, lineOf("    azure-arm: other words")],
      ],
    };
    const { stage } = await watch({ script });
    const at = (words: string): number => stage.agent.log.find(({ text }) => text.includes(words))?.at ?? 0;
    assert.ok(at("first words") - 97 <= 15 && at("first words") > 97, String(at("first words")));
    assert.ok(at("other words") - 143 <= 15 && at("other words") > 143, String(at("other words")));
  });

  it("reads what the log still has to say when the run has ended", async () => {
    const script: Script = {
      template: [
        [0, running],
        [100, done],
      ],
      log: [[99, lineOf("    azure-arm: last words")]],
    };
    const { stage } = await watch({ script });
    assert.ok(stage.agent.log.some(({ text }) => text.includes("last words")));
  });

  it("goes on without the log, and says once which right would help, where it cannot be read", async () => {
    const script: Script = {
      template: [
        [0, running],
        [600, done],
      ],
      log: [[0, { state: "refused", missing: "Give it a role." }]],
    };
    const { stage, watched } = await watch({ script });
    assert.equal(watched.end.kind, "ended");
    assert.equal(stage.agent.log.filter(({ text }) => text.includes("Give it a role.")).length, 1);
    assert.equal(stage.templates.calls.filter(({ name }) => name === "log").length, 1);
  });

  const rhythms = [
    [0, 1],
    [9, 1],
    [10, 5],
    [59, 5],
    [60, 15],
    [600, 15],
  ] as const;
  for (const [lasted, every] of rhythms) {
    it(`says that a phase of ${lasted} minutes goes on after ${every} without a line`, () => {
      assert.equal(heartbeatAfter(lasted * 60_000), every * 60_000);
    });
  }

  it("writes elapsed time as hours, minutes and seconds", () => {
    assert.deepEqual([0, 61_000, 36_610_000].map(formatElapsed), ["00:00:00", "00:01:01", "10:10:10"]);
  });
});
