/** Agent contract, sections 3.1 and 4: how steps end, cancel, time limits, tries, parts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isTaskResult, mergeJobResult, mergeResults, taskResults } from "../../../scripts/runner/agent/results.ts";
import { chooseHandler } from "../../../scripts/runner/agent/handler.ts";
import { parseTaskDefinition } from "../../../scripts/runner/package/task-definition.ts";
import { createTestClock, fakeStep, printing, runFake, type FakeOutcome, type FakeTask } from "./support.ts";

function task(
  main: string,
  definition?: FakeTask["definition"],
  more: Readonly<Record<string, string>> = {},
): FakeTask {
  return { definition, scripts: { "main.js": main, ...more } };
}

const complete = (result: string): string => `console.log("##vso[task.complete result=${result}]");`;

describe("results", () => {
  it("merge to the worse, and stay once worse than Failed", () => {
    for (const [index, current] of taskResults.entries()) {
      for (const [other, coming] of taskResults.entries()) {
        const expected = index > taskResults.indexOf("Failed") ? current : taskResults[Math.max(index, other)];
        assert.equal(mergeResults(current, coming), expected, `${current} and ${coming}`);
      }
      assert.equal(mergeResults(undefined, current), current);
    }
  });

  it("change the job's only when they are Failed or SucceededWithIssues", () => {
    const results = taskResults.map((step) => mergeJobResult("Succeeded", step));
    assert.deepEqual(results, ["Succeeded", "SucceededWithIssues", "Failed", "Succeeded", "Succeeded", "Succeeded"]);
  });

  it("are spelt exactly", () => assert.ok(!isTaskResult("failed") && isTaskResult("Failed")));

  const ends: readonly (readonly [title: string, main: string, settings: string, step: string, run: string])[] = [
    ["exit 0 without a word succeeds", "", "", "Succeeded", "Succeeded"],
    ["another exit code fails", "process.exit(3)", "", "Failed", "Failed"],
    ["an exit code outweighs a reported success", `${complete("Succeeded")} process.exit(1)`, "", "Failed", "Failed"],
    ["a reported failure counts with exit 0", complete("Failed"), "", "Failed", "Failed"],
    ["success cannot undo failure", complete("Failed") + complete("Succeeded"), "", "Failed", "Failed"],
    ["Skipped hides a failure", complete("Failed") + complete("Skipped"), "", "Skipped", "Succeeded"],
    ["a reported Canceled leaves the job green", complete("Canceled"), "", "Canceled", "Succeeded"],
    ["standard error does not fail a step", "console.error('bad')", "", "Succeeded", "Succeeded"],
    ["commands work on standard error", `console.error("##vso[task.complete result=Failed]")`, "", "Failed", "Failed"],
    [
      "continueOnError makes issues of a failure",
      "process.exit(1)",
      "    continueOnError: true\n",
      "SucceededWithIssues",
      "SucceededWithIssues",
    ],
  ];
  for (const [title, main, settings, step, run] of ends) {
    it(title, async () => {
      const outcome = await runFake({ pipeline: fakeStep({}, settings), tasks: [task(main)] });
      assert.deepEqual([outcome.step("it").result, outcome.report.result], [step, run]);
    });
  }

  it("a process that a signal ends fails with 128 and the signal's number", async () => {
    const { step } = await runFake({
      pipeline: fakeStep(),
      tasks: [task("process.kill(process.pid, 'SIGKILL'); setTimeout(() => 0, 1e6);")],
    });
    assert.deepEqual([step("it").exitCode, step("it").result], [137, "Failed"]);
  });

  it("a script step ends with its last exit code", async () => {
    const { report, step } = await runFake({
      pipeline: "steps: [{ bash: 'false; exit 7', name: b }, { script: 'true', name: c }]",
    });
    assert.deepEqual([step("b").exitCode, step("b").issues[0]?.message, step("c").result, report.result], [7, "Bash exited with code '7'.", "Skipped", "Failed"]); // prettier-ignore
  });

  it("failOnStderr fails a script step that writes there", async () => {
    const { step } = await runFake({ pipeline: "steps: [{ bash: 'echo x >&2', name: b, failOnStderr: true }]" });
    assert.equal(step("b").result, "Failed");
  });
});

describe("the handler", () => {
  const choose = (...names: readonly string[]): string | undefined => {
    const execution = Object.fromEntries(names.map((name) => [name, { target: `${name}.js` }]));
    const definition = { id: "i", name: "n", version: { Major: 1 }, execution };
    return chooseHandler(parseTaskDefinition(JSON.stringify(definition), "task.json"), "execution")?.name;
  };
  it("is the highest of those offered", () => assert.equal(choose("Node20_1", "Node24", "Node16"), "Node24"));
  it("is matched without case", () => assert.equal(choose("node20_1"), "Node20_1"));
  it("is none for a part the task does not have", () => assert.equal(choose(), undefined));
  it("must be one that is still carried", () =>
    assert.throws(() => choose("Node10", "Node20"), /its execution offers Node10, Node20/));
});

describe("cancel", () => {
  /** Cancels when the task prints `ready`, lets the waits end when it prints `got …`, and tells the signals it got. */
  async function cancelled(
    main: string,
    pipeline = fakeStep(),
  ): Promise<FakeOutcome & { readonly waits: readonly number[] }> {
    const cancel = new AbortController();
    const signalClock = createTestClock();
    const outcome = await runFake({
      pipeline,
      tasks: [task(main)],
      cancel: cancel.signal,
      signalClock,
      sink(line) {
        if (line === "ready") cancel.abort();
        if (line === "got SIGINT") signalClock.advance(7_500);
        if (line === "got SIGTERM") signalClock.advance(2_500);
      },
    });
    return { ...outcome, waits: signalClock.waits };
  }

  const stubborn = `for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => console.log("got " + s));
    setInterval(() => 0, 1e6); console.log("ready");`;

  it("sends SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL", async () => {
    const { step, report, waits } = await cancelled(stubborn);
    assert.deepEqual(step("it").signals, ["SIGINT", "SIGTERM", "SIGKILL"]);
    assert.deepEqual(waits.slice(0, 2), [7_500, 2_500]);
    assert.deepEqual([step("it").result, report.result], ["Canceled", "Canceled"]);
  });

  it("waits as long as the job's variables say", async () => {
    const variables = "variables: { PROCESS_SIGINT_TIMEOUT: 7400, PROCESS_SIGTERM_TIMEOUT: 100 }\n";
    const { waits } = await cancelled(stubborn, variables + fakeStep());
    assert.deepEqual(waits.slice(0, 2), [7_400, 100]);
  });

  it("takes what is printed and set on the way out, but not the result", async () => {
    const main = `process.on("SIGINT", () => { console.log("##vso[task.setvariable variable=late]yes"); ${complete("Succeeded")} process.exit(0); });
      setInterval(() => 0, 1e6); console.log("ready");`;
    const { step, variable } = await cancelled(main);
    assert.deepEqual([variable("late"), step("it").result, step("it").exitCode, step("it").signals], ["yes", "Canceled", 0, ["SIGINT"]]); // prettier-ignore
  });

  it("ends a process without a listener at once, with 130", async () => {
    const { step } = await cancelled('setInterval(() => 0, 1e6); console.log("ready");');
    assert.deepEqual([step("it").exitCode, step("it").signals], [130, ["SIGINT"]]);
  });

  it("leaves a step alone whose condition still holds", async () => {
    const main = `process.on("SIGINT", () => console.log("got SIGINT")); console.log("ready"); setTimeout(() => console.log("through"), 50);`;
    const { step, log, report } = await cancelled(main, fakeStep({}, "    condition: always()\n"));
    assert.ok(log.includes("through"));
    assert.deepEqual([step("it").signals, step("it").result, report.result], [[], "Succeeded", "Canceled"]);
  });

  it("skips later steps except those that ask for it, which see the job as Canceled", async () => {
    const pipeline = `${fakeStep()}  - { bash: 'echo status $AGENT_JOBSTATUS', name: after, condition: always() }\n  - { bash: 'true', name: never }\n  - { bash: 'true', name: cleanup, condition: canceled() }\n`;
    const { step, log } = await cancelled('setInterval(() => 0, 1e6); console.log("ready");', pipeline);
    assert.ok(log.includes("status Canceled"));
    assert.deepEqual([step("never").result, step("cleanup").result], ["Skipped", "Succeeded"]);
  });

  it("is not tried again", async () => {
    const { step } = await cancelled(
      'setInterval(() => 0, 1e6); console.log("ready");',
      fakeStep({}, "    retryCountOnTaskFailure: 3\n"),
    );
    assert.equal(step("it").attempt, 1);
  });

  it("signals the process only: its children live on until the job's end", async () => {
    const main = `const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1e6)"], { stdio: "ignore" });
      console.log("##vso[task.setvariable variable=child]" + child.pid);
      setTimeout(() => console.log("ready"), 20);`;
    const pipeline = `${fakeStep()}  - { bash: 'kill -0 $(child) && echo alive', condition: always() }\n`;
    const { log, variable } = await cancelled(main, pipeline);
    assert.ok(log.includes("alive"));
    await assertEnds(Number(variable("child")));
  });

  it("is what a job's time limit does", async () => {
    const clock = createTestClock(30_000);
    const { step, report } = await runFake({
      pipeline: `jobs:\n  - job: A\n    timeoutInMinutes: 90\n    ${fakeStep().replaceAll("\n", "\n    ")}`,
      tasks: [task('setInterval(() => 0, 1e6); console.log("ready");')],
      clock,
      sink: (line) => (line === "ready" ? clock.advance(90 * 60_000) : undefined),
    });
    assert.deepEqual([step("it").result, report.result], ["Canceled", "Canceled"]);
  });

  it("kills what still runs when the job's cancel time is over", async () => {
    const cancel = new AbortController();
    const clock = createTestClock(30_000);
    const { step, report } = await runFake({
      pipeline: `jobs:\n  - job: A\n    cancelTimeoutInMinutes: 2\n    ${fakeStep({}, "    condition: always()\n").replaceAll("\n", "\n    ")}`,
      tasks: [task('setInterval(() => 0, 1e6); console.log("ready");')],
      cancel: cancel.signal,
      clock,
      sink(line) {
        if (line !== "ready") return;
        cancel.abort();
        clock.advance(3 * 60_000);
      },
    });
    assert.deepEqual([step("it").signals.at(-1), report.result], ["SIGKILL", "Canceled"]);
  });
});

/** Waits until a process has ended (a child that nobody has asked for counts); fails after some seconds. */
async function assertEnds(pid: number): Promise<void> {
  const until = Date.now() + 10_000;
  while (isRunning(pid)) {
    assert.ok(Date.now() < until, `process ${pid} still runs`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("a step's time limit", () => {
  it("cancels the step and fails it, and the job goes on by conditions", async () => {
    const clock = createTestClock(30_000);
    const { step, report } = await runFake({
      pipeline: `${fakeStep({}, "    timeoutInMinutes: 5\n    retryCountOnTaskFailure: 2\n")}  - { bash: 'true', name: after, condition: failed() }\n`,
      tasks: [task('setInterval(() => 0, 1e6); console.log("ready");')],
      clock,
      sink: (line) => (line === "ready" ? clock.advance(5 * 60_000) : undefined),
    });
    assert.deepEqual([step("it").result, step("it").issues.at(-1)?.message, step("it").attempt], ["Failed", "The task has timed out.", 1]); // prettier-ignore
    assert.deepEqual([step("after").result, report.result], ["Succeeded", "Failed"]);
  });
});

describe("retryCountOnTaskFailure", () => {
  /** Counts tries in a file of the temporary folder; `body` runs with `n` from 1. */
  const counting = (body: string): FakeTask =>
    task(`const fs = require("node:fs"), f = process.env.AGENT_TEMPDIRECTORY + "/n";
      const n = (fs.existsSync(f) ? Number(fs.readFileSync(f)) : 0) + 1; fs.writeFileSync(f, String(n)); ${body}`);
  const retrying = (count: number): string => fakeStep({}, `    retryCountOnTaskFailure: ${count}\n`);

  it("tries again after 1, 4 and 9 s until a try is good", async () => {
    const clock = createTestClock(30_000);
    const { step } = await runFake({ pipeline: retrying(5), clock, tasks: [counting("process.exit(n < 4 ? 1 : 0)")] });
    assert.deepEqual([step("it").result, step("it").attempt], ["Succeeded", 4]);
    assert.deepEqual(clock.waits.filter((ms) => ms < 30_000), [1_000, 4_000, 9_000]); // prettier-ignore
  });

  it("forgets a Failed that came with exit 0", async () => {
    const { step } = await runFake({ pipeline: retrying(1), tasks: [counting(`if (n === 1) ${complete("Failed")}`)] });
    assert.deepEqual([step("it").result, step("it").attempt], ["Succeeded", 2]);
  });

  it("keeps a Failed that came with another exit code, so that a good next try is repeated and fails", async () => {
    const body = `if (n === 1) { ${complete("Failed")} process.exitCode = 1; } else ${complete("Succeeded")}`;
    const { step } = await runFake({ pipeline: retrying(1), tasks: [counting(body)] });
    assert.deepEqual([step("it").result, step("it").exitCode, step("it").attempt], ["Failed", 0, 2]);
  });

  it("keeps the failure of a command through every try", async () => {
    const { step } = await runFake({ pipeline: retrying(2), tasks: [counting(`if (n === 1) { console.log("##vso[task.nosuch]"); process.exit(1); }`)] }); // prettier-ignore
    assert.deepEqual([step("it").result, step("it").attempt], ["Failed", 2]);
  });

  it("gives up after as many more tries", async () => {
    const { step } = await runFake({ pipeline: retrying(2), tasks: [counting("process.exit(9)")] });
    assert.deepEqual([step("it").result, step("it").exitCode, step("it").attempt], ["Failed", 9, 3]);
  });

  it("uses the same environment: inputs are not expanded again", async () => {
    const body = `console.log("input", process.env.INPUT_A, process.env.V); console.log("##vso[task.setvariable variable=v]new"); process.exit(n === 1 ? 1 : 0)`;
    const pipeline = `variables: { v: old }\n${fakeStep({ a: "$(v)" }, "    retryCountOnTaskFailure: 1\n")}`;
    const { log } = await runFake({ pipeline, tasks: [counting(body)] });
    assert.equal(log.filter((line) => line === "input old old").length, 2);
  });

  it("counts for script steps, too", async () => {
    const pipeline =
      "steps: [{ bash: 'test -e once && exit 0; touch once; exit 5', name: it, retryCountOnTaskFailure: 1 }]";
    const { step } = await runFake({ pipeline });
    assert.deepEqual([step("it").result, step("it").attempt, step("it").exitCode], ["Succeeded", 2, 0]);
  });

  it("is at most 10", async () => {
    const { step } = await runFake({
      pipeline: retrying(99),
      clock: createTestClock(200_000),
      tasks: [counting("process.exit(1)")],
      variables: {},
    });
    assert.equal(step("it").attempt, 11);
  });
});

describe("the parts of a step", () => {
  const definition = {
    prejobexecution: { Node20_1: { target: "pre.js" } },
    postjobexecution: { Node20_1: { target: "post.js" } },
  };
  const parts = {
    "pre.js": `console.log("pre", process.env.SYSTEM_TASKINSTANCENAME); console.log("##vso[task.settaskvariable variable=from.pre]p");`,
    "post.js": `console.log("post", process.pid !== Number(process.env.VSTS_TASKVARIABLE_PID), process.env.SYSTEM_TASKINSTANCENAME,
      process.env.AGENT_JOBSTATUS, process.env.VSTS_TASKVARIABLE_FROM_PRE, process.env.VSTS_TASKVARIABLE_PID ? "known" : "none", process.env.INPUT_A);`,
  };
  const main = `console.log("main", process.env.VSTS_TASKVARIABLE_FROM_PRE); console.log("##vso[task.settaskvariable variable=pid]" + process.pid);`;

  it("run before the checkout, in their place and after all steps, and share task variables", async () => {
    const pipeline = `variables: { v: first }\n${fakeStep({ a: "$(v)" })}  - bash: echo later; echo "##vso[task.setvariable variable=v]second"\n`;
    const { log, report } = await runFake({ pipeline, tasks: [task(main, definition, parts)] });
    assert.deepEqual(report.steps.map(({ name }) => name), ["Pre-job: it", "Checkout self", "it", "Bash", "Post-job: it"]); // prettier-ignore
    assert.deepEqual(log.filter((line) => /^(pre|main|later|post)/.test(line)), ["pre it", "main p", "later", "post true it Succeeded p known second"]); // prettier-ignore
  });

  it("keep secret task variables masked", async () => {
    const { log } = await runFake({
      pipeline: fakeStep(),
      tasks: [
        task(
          `console.log("##vso[task.settaskvariable variable=s;issecret=true]shh-secret"); console.log("shh-secret")`,
        ),
      ],
    });
    assert.ok(log.includes("***"));
  });

  it("end with the post-job part although the main part failed", async () => {
    const { log } = await runFake({ pipeline: fakeStep(), tasks: [task("process.exit(1)", definition, parts)] });
    assert.ok(log.includes("post true it Failed p none undefined"));
  });

  it("end with the post-job part although the main part was skipped", async () => {
    const { log, step } = await runFake({
      pipeline: fakeStep({}, "    condition: false\n"),
      tasks: [task(main, definition, parts)],
    });
    assert.equal(step("it").result, "Skipped");
    assert.equal(step("Post-job: it").result, "Succeeded");
    assert.ok(!log.some((line) => line.startsWith("main")));
  });

  it("end in reverse order", async () => {
    const pipeline = "steps:\n  - { task: Fake@1, name: one }\n  - { task: Fake@1, name: two }\n";
    const { report } = await runFake({
      pipeline,
      tasks: [task(main, { postjobexecution: definition.postjobexecution }, parts)],
    });
    assert.deepEqual(report.steps.map(({ name }) => name).slice(-2), ["Post-job: two", "Post-job: one"]);
  });

  it("fail the job when the post-job part fails", async () => {
    const { report } = await runFake({ pipeline: fakeStep(), tasks: [task("", { postjobexecution: definition.postjobexecution }, { "post.js": "process.exit(1)" })] }); // prettier-ignore
    assert.equal(report.result, "Failed");
  });
});

describe("task.complete with done", () => {
  it("ends the wait 5 s later, drops what is printed then and leaves the process running until the job ends", async () => {
    const clock = createTestClock(30_000);
    const { step, log, variable } = await runFake({
      pipeline: fakeStep(),
      clock,
      tasks: [
        task(
          `console.log("##vso[task.setvariable variable=pid]" + process.pid); console.log("##vso[task.complete result=Succeeded;done=true]"); setInterval(() => 0, 1e6);`,
        ),
      ],
    });
    assert.ok(clock.waits.includes(5_000));
    assert.deepEqual([step("it").result, step("it").exitCode], ["Succeeded", undefined]);
    assert.ok(!log.some((line) => line.includes("done=true")));
    await assertEnds(Number(variable("pid")));
  });
});

describe("what a task is given to run from", () => {
  it("cannot be started where Node is missing: the step fails and says why", async () => {
    const { step } = await runFake({
      pipeline: fakeStep(),
      tasks: [{ scripts: printing("x") }],
      nodePath: "/no/such/node",
    });
    assert.equal(step("it").result, "Failed");
    assert.match(step("it").issues[0]?.message ?? "", /\/no\/such\/node could not be started/);
  });
});
