/** Agent contract, sections 3.1, 4.1 and 4.2: container jobs, processes that die of a signal, agents that are lost. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { DockerClient } from "../../../scripts/runner/agent/container.ts";
import type { StartedPart } from "../../../scripts/runner/run/types.ts";
import { createTestClock, fakeStep, runFake, type FakeOutcome, type FakeRun, type FakeTask } from "./support.ts";

const handler = (target: string) => ({ Node20_1: { target } });

function task(main: string, post?: string): FakeTask {
  if (post === undefined) return { scripts: { "main.js": main } };
  return { definition: { postjobexecution: handler("post.js") }, scripts: { "main.js": main, "post.js": post } };
}

const contained = (rest = fakeStep()): string => `container: ubuntu:24.04\n${rest}`;

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until a process has ended; fails after some seconds. */
async function assertEnds(pid: number): Promise<void> {
  assert.ok(pid > 0, "the process is known");
  const until = Date.now() + 10_000;
  while (isRunning(pid)) {
    assert.ok(Date.now() < until, `process ${pid} still runs`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ready = `console.log("##vso[task.settaskvariable variable=pid]" + process.pid);
  console.log("##vso[task.setvariable variable=pid]" + process.pid); console.log("ready");`;
/** Prints signals, and a word now and then, for ever. */
const deaf = `for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => console.log("got " + s));
  setInterval(() => console.log("still here"), 5); ${ready}`;
/** Says whether the main part lives. */
const looking = `let alive = true; try { process.kill(Number(process.env.VSTS_TASKVARIABLE_PID), 0); } catch { alive = false; }
  console.log("main part " + (alive ? "lives" : "is gone") + ", job " + process.env.AGENT_JOBSTATUS);`;

/** Cancels a container job when its step prints `ready`, and lets each wait of the cancel sequence end. */
function cancelled(client: DockerClient): Promise<FakeOutcome> {
  const cancel = new AbortController();
  const signalClock = createTestClock();
  return runFake({
    pipeline: contained(),
    tasks: [task(deaf, looking)],
    dockerClient: client,
    cancel: cancel.signal,
    signalClock,
    sink(line) {
      if (line === "ready") cancel.abort();
      if (!cancel.signal.aborted || line !== "still here") return;
      // Whatever is waited for is over: first 7.5 s, then 2.5 s.
      signalClock.advance(7_500);
    },
  });
}

describe("a container job", () => {
  it("runs its steps with their variables and exit codes, and says what it is not", async () => {
    const pipeline = contained(
      `${fakeStep({ a: "x" })}  - { bash: 'echo in bash $SYSTEM_PHASENAME; exit 3', name: b }\n`,
    );
    const main = `console.log(process.env.INPUT_A, process.cwd() === process.env.SYSTEM_DEFAULTWORKINGDIRECTORY);`;
    const { step, log } = await runFake({ pipeline, tasks: [task(main)] });
    assert.ok(log.includes("x true") && log.includes("in bash Job"));
    assert.deepEqual([step("it").exitCode, step("b").exitCode, step("b").result], [0, 3, "Failed"]);
    assert.ok(log.some((line) => /Job Job asks for a container: no image is pulled/.test(line)));
  });

  it("fails where the task exits with another code", async () => {
    const { step } = await runFake({ pipeline: contained(), tasks: [task("process.exit(7)")] });
    assert.deepEqual([step("it").exitCode, step("it").result], [7, "Failed"]);
  });

  const clients: readonly (readonly [client: DockerClient, signals: readonly string[]])[] = [
    ["stays", ["SIGINT", "SIGTERM", "SIGKILL"]],
    ["leaves", ["SIGINT"]],
  ];
  for (const [client, signals] of clients) {
    it(`passes no signal on: the main part lives while the post-job part runs, until the job ends (the client ${client})`, async () => {
      const { step, log, report, variable } = await cancelled(client);
      assert.deepEqual(step("it").signals, signals);
      assert.ok(!log.some((line) => line.startsWith("got ")));
      assert.ok(log.includes("main part lives, job Canceled"), log.join("\n"));
      assert.ok(
        log.indexOf("main part lives, job Canceled") > log.lastIndexOf("still here"),
        "nobody reads it any more",
      );
      assert.deepEqual([step("it").result, report.result], ["Canceled", "Canceled"]);
      await assertEnds(Number(variable("pid")));
    });
  }

  it("takes a task that died of a signal for one that succeeded", async () => {
    const { step, report } = await runFake({
      pipeline: contained(),
      tasks: [task("process.kill(process.pid, 'SIGKILL'); setTimeout(() => 0, 1e6);")],
    });
    assert.deepEqual([step("it").exitCode, step("it").result, report.result], [0, "Succeeded", "Succeeded"]);
  });

  it("is told of nothing when its output is read no longer: the task is not ended by it", async () => {
    const main = `${deaf}\nprocess.stdout.on("error", () => process.exit(9));`;
    const cancel = new AbortController();
    const { log } = await runFake({
      pipeline: contained(),
      tasks: [task(main, `setTimeout(() => { ${looking} }, 100);`)],
      dockerClient: "leaves",
      cancel: cancel.signal,
      sink: (line) => (line === "ready" ? cancel.abort() : undefined),
    });
    assert.ok(log.includes("main part lives, job Canceled"), log.join("\n"));
  });
});

describe("a task's process that is killed", () => {
  const killing = (pipeline: string): FakeRun => {
    let kill: StartedPart["kill"] = () => undefined;
    return {
      pipeline,
      tasks: [task(deaf, looking)],
      onTaskStart(started) {
        if (started.part === "execution") ({ kill } = started);
      },
      sink: (line) => (line === "ready" ? kill() : undefined),
    };
  };

  it("fails the step with 137, and the post-job part follows", async () => {
    const { step, log } = await runFake(killing(fakeStep()));
    assert.deepEqual([step("it").exitCode, step("it").result], [137, "Failed"]);
    assert.ok(log.includes("main part is gone, job Failed"), log.join("\n"));
  });

  it("reads as 0 in a container, and the post-job part follows", async () => {
    const { step, log } = await runFake(killing(contained()));
    assert.deepEqual([step("it").exitCode, step("it").result], [0, "Succeeded"]);
    assert.ok(log.includes("main part is gone, job Succeeded"), log.join("\n"));
  });
});

describe("a job whose agent is lost", () => {
  for (const pipeline of [fakeStep(), contained()]) {
    const where = pipeline.startsWith("container") ? "a container" : "a plain job";
    it(`runs nothing more, no step and no post-job part, and has failed (${where})`, async () => {
      const lost = new AbortController();
      const { step, log, report, variable } = await runFake({
        pipeline: `${pipeline}  - { bash: 'echo later', name: later, condition: always() }\n`,
        tasks: [task(deaf, looking)],
        lost: lost.signal,
        sink: (line) => (line === "ready" ? lost.abort() : undefined),
      });
      assert.deepEqual([step("it").signals, step("later").exitCode, step("Post-job: it").exitCode], [["SIGKILL"], undefined, undefined]); // prettier-ignore
      assert.ok(!log.some((line) => line === "later" || line.startsWith("main part")));
      assert.equal(report.result, "Failed");
      await assertEnds(Number(variable("pid")));
    });
  }
});
