import assert from "node:assert/strict";
import type { ReadPorts } from "../../../tasks/AzureImageBuilderV1/src/preflight/reads.ts";
import { type PreflightOptions, runChecks } from "../../../tasks/AzureImageBuilderV1/src/preflight/run-checks.ts";
import type { Check, Preflight, Problem } from "../../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { fakeCheck, fakePorts, reading, refusal, subject } from "./fake-check.ts";

const problem = (code: string): Problem => ({ code, message: `${code} is so.`, remedy: "Mend it." });

function runAll(
  checks: readonly Check<unknown>[],
  options: Partial<PreflightOptions> = {},
  ports: ReadPorts = fakePorts(),
): Promise<Preflight> {
  return runChecks(subject, { depth: "full", skip: [], checks, ...options }, ports);
}

/** What is told of each check. */
async function statuses(...args: Parameters<typeof runAll>): Promise<readonly string[]> {
  const { results } = await runAll(...args);
  return results.map(({ id, status, note }) => `${id} ${status}${note === undefined ? "" : `: ${note}`}`);
}

const part = "what needs no reads; the rest with preflight: full";

describe("The preflight", () => {
  it("makes every check, whatever another finds, cannot read, or breaks down on", async () => {
    const checks = [
      fakeCheck({ id: "P1", judge: () => [problem("AIB001")] }),
      fakeCheck({ id: "P2", gather: (_, reads) => reads.get("/shut", reading("A/b/read")) }),
      fakeCheck({ id: "P3", gather: () => Promise.reject(new TypeError("x is undefined")) }),
      fakeCheck({ id: "P4" }),
    ];
    const ports = fakePorts({ get: () => Promise.reject(refusal()) });
    assert.deepEqual(await statuses(checks, {}, ports), ["P1 bad", "P2 notChecked", "P3 notChecked", "P4 ok"]);
  });

  it("tells which right a forbidden read needs, once, and finds nothing by it", async () => {
    const looking = fakeCheck({
      gather: async (_, reads) => [
        await reads.get("/one", reading("A/b/read")),
        await reads.get("/two", reading("A/b/read")),
        await reads.list("/three", reading("A/c/read")),
      ],
    });
    const { results, findings } = await runAll([looking], {}, fakePorts({ get: () => Promise.reject(refusal()) }));
    assert.deepEqual(results[0]?.notRead, [
      "A/b/read: AuthorizationFailed: not allowed",
      "A/c/read: AuthorizationFailed: not allowed",
    ]);
    assert.deepEqual(findings, []);
  });

  it("is bad where something is wrong, whatever else could not be read", async () => {
    const check = fakeCheck({
      gather: (_, reads) => reads.get("/shut", reading("A/b/read")),
      judge: () => [problem("AIB001")],
    });
    const { results } = await runAll([check], {}, fakePorts({ get: () => Promise.reject(refusal()) }));
    assert.deepEqual(
      results.map(({ status, notRead }) => [status, notRead.length]),
      [["bad", 1]],
    );
  });

  it("says that a check broke down, keeps what it had found before, and does not say ok", async () => {
    const check = fakeCheck({
      lint: () => [problem("AIB002")],
      judge: () => {
        throw new TypeError("x is undefined");
      },
    });
    const { results } = await runAll([check]);
    assert.deepEqual(results[0]?.notRead, [
      "the check itself broke down (x is undefined), which is a mistake of the task's",
    ]);
    assert.deepEqual(
      results[0].findings.map(({ code }) => code),
      ["AIB002"],
    );
  });

  it("ends when the step is cancelled", () =>
    assert.rejects(runAll([fakeCheck({ gather: () => Promise.reject(new DOMException("cancelled", "AbortError")) })]), {
      name: "AbortError",
    }));

  it("does not know a code that its check has not named", () =>
    assert.rejects(runAll([fakeCheck({ judge: () => [problem("AIB099")] })]), {
      name: "TypeError",
      message: "P1 gave a finding AIB099 that it does not know.",
    }));

  it("makes errors only of what somebody has documented or seen", async () => {
    const codes = ["AIB001", "AIB002", "AIB003", "AIB004", "AIB005"];
    const { findings } = await runAll([fakeCheck({ judge: () => codes.map(problem) })]);
    assert.deepEqual(Object.fromEntries(findings.map(({ code, severity }) => [code, severity])), {
      AIB001: "error",
      AIB002: "warning",
      AIB003: "warning",
      AIB004: "warning",
      AIB005: "error",
    });
  });

  it("tells errors first, and otherwise keeps the order of the checks", async () => {
    const checks = [
      fakeCheck({ id: "P1", judge: () => [problem("AIB002"), problem("AIB001")] }),
      fakeCheck({ id: "P2", judge: () => [problem("AIB003"), problem("AIB005")] }),
    ];
    const { findings } = await runAll(checks);
    assert.deepEqual(
      findings.map(({ check, code }) => `${check} ${code}`),
      ["P1 AIB001", "P2 AIB005", "P1 AIB002", "P2 AIB003"],
    );
  });

  const bothParts = { lint: () => [problem("AIB001")], judge: () => [problem("AIB002")] };
  const depths: readonly (readonly [depth: "full" | "fast", inFast: Check<unknown>["inFast"], codes: string])[] = [
    ["full", "whole", "AIB001 AIB002"],
    ["full", "offline", "AIB001 AIB002"],
    ["full", "no", "AIB001 AIB002"],
    ["fast", "whole", "AIB001 AIB002"],
    ["fast", "offline", "AIB001"],
    ["fast", "no", ""],
  ];
  for (const [depth, inFast, codes] of depths) {
    it(`${depth} makes of a check that is "${inFast}" in fast: ${codes === "" ? "nothing" : codes}`, async () => {
      const { findings } = await runAll([fakeCheck({ inFast, ...bothParts })], { depth });
      assert.equal(findings.map(({ code }) => code).join(" "), codes);
    });
  }

  it("says ok of a check only where all of it was made, and otherwise why not", async () => {
    const checks = [
      fakeCheck({ id: "P1" }),
      fakeCheck({ id: "P2", inFast: "offline" }),
      fakeCheck({ id: "P3", inFast: "no" }),
      fakeCheck({ id: "P4", applies: () => false }),
      fakeCheck({ id: "P5" }),
    ];
    assert.deepEqual(await statuses(checks, { depth: "fast", skip: ["P5"] }), [
      "P1 ok",
      `P2 partly: ${part}`,
      "P3 skipped: made with preflight: full",
      "P4 skipped: nothing to check",
      "P5 skipped: named in skipChecks",
    ]);
  });

  it("neither reads nor judges for a check that is skipped, or that fast makes without reads", async () => {
    const never = fakeCheck({ gather: () => assert.fail("read"), judge: () => assert.fail("judged") });
    const checks = [
      { ...never, id: "P1" as const },
      { ...never, id: "P2" as const, applies: () => false },
      { ...never, id: "P3" as const, inFast: "offline" as const },
      { ...never, id: "P4" as const, inFast: "no" as const },
    ];
    const { results } = await runAll(checks, { depth: "fast", skip: ["P1"] });
    assert.deepEqual(
      results.map(({ status }) => status),
      ["skipped", "skipped", "partly", "skipped"],
    );
  });

  it("counts the requests of all checks together", async () => {
    const checks = ["/a", "/b", "/a"].map((path) =>
      fakeCheck({ gather: (_, reads) => reads.get(path, reading("A/b/read")) }),
    );
    assert.equal((await runAll(checks)).reads, 2);
  });
});
