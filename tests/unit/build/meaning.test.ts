import assert from "node:assert/strict";
import {
  type Evidence,
  findRun,
  judge,
  limits,
  outcomeOf,
  phaseOf,
} from "../../../tasks/AzureImageBuilderV1/src/build/meaning.ts";
import { shown } from "./stage.ts";

const nothing: Evidence = {
  before: undefined,
  template: undefined,
  operation: undefined,
  unreadableSince: undefined,
  absentSince: undefined,
  cancelingSince: undefined,
  operationEndedSince: undefined,
  deadline: 10_000_000,
};
const failedOperation = { status: "Failed", error: { code: "X" } } as const;

describe("What answers mean for a run", () => {
  const cases: readonly (readonly [
    title: string,
    evidence: Partial<Evidence>,
    now: number,
    kind: string | undefined,
  ])[] = [
    ["nothing is known yet", {}, 0, undefined],
    ["the run goes on", { template: shown({}) }, 0, undefined],
    [
      "the run has succeeded while the operation goes on",
      { template: shown({ runState: "Succeeded" }), operation: { status: "InProgress" } },
      0,
      "ended",
    ],
    ["the run has failed", { template: shown({ runState: "Failed" }) }, 0, "ended"],
    ["the run was cancelled", { template: shown({ runState: "Canceled" }) }, 0, "ended"],
    ["the state is written in another case", { template: shown({ runState: "SUCCEEDED" }) }, 0, "ended"],
    [
      "the operation has succeeded while the template says Running",
      { template: shown({}), operation: { status: "Succeeded" } },
      0,
      undefined,
    ],
    [
      "the operation has just failed",
      { template: shown({}), operation: failedOperation, operationEndedSince: 0 },
      limits.operationEnded - 1,
      undefined,
    ],
    [
      "the operation has failed and the template does not follow",
      { template: shown({}), operation: failedOperation, operationEndedSince: 0 },
      limits.operationEnded,
      "operationEnded",
    ],
    ["reads have failed for a while", { unreadableSince: 0 }, limits.unreadable - 1, undefined],
    ["reads have failed too long", { unreadableSince: 0 }, limits.unreadable, "unreadable"],
    ["the template has been gone for a moment", { absentSince: 0 }, limits.absent - 1, undefined],
    ["the template is gone", { absentSince: 0 }, limits.absent, "gone"],
    [
      "the run is being cancelled",
      { template: shown({ runState: "Canceling" }), cancelingSince: 0 },
      limits.canceling - 1,
      undefined,
    ],
    [
      "cancelling has no end",
      { template: shown({ runState: "Canceling" }), cancelingSince: 0 },
      limits.canceling,
      "canceling",
    ],
    ["time is up", { template: shown({}), deadline: 5 }, 5, "deadline"],
    ["the end comes just when time is up", { template: shown({ runState: "Succeeded" }), deadline: 5 }, 5, "ended"],
  ];
  for (const [title, evidence, now, kind] of cases) {
    it(`says ${kind ?? "wait"} when ${title}`, () => {
      assert.equal(judge({ ...nothing, ...evidence }, now)?.kind, kind);
    });
  }

  it("takes no run for this one that started when the one before did", () => {
    const before = "2026-03-01T08:00:20.5Z";
    assert.equal(findRun(shown({ startTime: before, runState: "Succeeded" }), before), undefined);
  });

  it("tells runs apart by the last of nine digits", () => {
    const run = findRun(shown({ startTime: "2026-03-01T08:00:20.841941368Z" }), "2026-03-01T08:00:20.841941367Z");
    assert.notEqual(run, undefined);
  });

  it("takes no run for this one that is older than the one before", () => {
    assert.equal(findRun(shown({ startTime: "2026-03-01T07:00:00Z" }), "2026-03-01T08:00:00Z"), undefined);
  });

  it("takes no run for this one that has no start time while there was one before", () => {
    assert.equal(findRun(shown({ startTime: undefined }), "2026-03-01T08:00:00Z"), undefined);
  });

  it("knows the outcomes of the specification and no others", () => {
    const of = (runState: string): string | undefined => outcomeOf({ runState });
    const states = ["Running", "Canceling", "Succeeded", "PartiallySucceeded", "Failed", "Canceled", "Whatever"];
    assert.deepEqual(states.map(of), [
      undefined,
      undefined,
      "Succeeded",
      "PartiallySucceeded",
      "Failed",
      "Canceled",
      undefined,
    ]);
  });

  it("names the phase by the sub-state, and cancelling by the state", () => {
    const phases = [
      undefined,
      { runState: "Running", runSubState: "Building" },
      { runState: "Running" },
      { runState: "Canceling", runSubState: "Building" },
    ];
    assert.deepEqual(phases.map(phaseOf), ["Starting", "Building", "Running", "Canceling"]);
  });
});
