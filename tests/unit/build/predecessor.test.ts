/** What an earlier attempt has left, and what follows from it. */
import assert from "node:assert/strict";
import { decideOnPredecessor, type Perishing } from "../../../tasks/AzureImageBuilderV1/src/build/predecessor.ts";
import type { LastRunStatus, TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { shown } from "./stage.ts";

const mark = { run: "build/7", request: "v1:abc" };
const mine = (rest: Partial<TemplateStatus> = {}, run?: Partial<LastRunStatus>): TemplateStatus => shown(run, rest);
const ran = (runState: string, runSubState?: string): TemplateStatus =>
  mine({}, { runState, ...(runSubState === undefined ? {} : { runSubState }) });
const tagged = (tags: Readonly<Record<string, string>>, run?: Partial<LastRunStatus>): TemplateStatus =>
  mine({ tags }, run);
const inState = (provisioningState: string): TemplateStatus => mine({ provisioningState });

/** The kind, and what tells one of that kind from another. */
function decide(found: TemplateStatus | undefined, wishes: Perishing = {}): string {
  const next = decideOnPredecessor(found, mark, wishes);
  switch (next.kind) {
    case "waitFor":
      return `wait for ${next.state}`;
    case "deleteAndBuild":
      return `delete: ${next.why}`;
    case "refuse":
      return `refuse ${next.stranger}`;
    case "attach":
    case "take":
      return `${next.kind} ${next.run.runState}`;
    case "build":
    case "run":
    case "join":
      return next.kind;
  }
}

describe("What a step does with the template under its name:", () => {
  const cases: readonly (readonly [title: string, found: TemplateStatus | undefined, decision: string])[] = [
    ["none is built", undefined, "build"],
    ["one that is ready and was never run is run", mine(), "run"],
    ["one that is queued is attached to", ran("Running", "Queued"), "attach Running"],
    ["one that customizes is attached to", ran("Running", "Customizing"), "attach Running"],
    ["one that distributes is attached to", ran("Running", "Distributing"), "attach Running"],
    ["one in a state that is newer than the task is attached to", ran("Pausing"), "attach Pausing"],
    ["one whose run is being cancelled is waited for", ran("Canceling"), "wait for Canceling"],
    ["one that succeeded is taken", ran("Succeeded"), "take Succeeded"],
    ["one that succeeded in part is taken", ran("PartiallySucceeded"), "take PartiallySucceeded"],
    ["one that failed is deleted", ran("Failed"), "delete: its build failed"],
    ["one that was cancelled is deleted", ran("Canceled"), "delete: its build was cancelled"],
    ["one that is being created is waited for", inState("Creating"), "wait for Creating"],
    ["one that is being changed is waited for", inState("Updating"), "wait for Creating"],
    ["one in a state that is newer than the task is waited for", inState("Accepted"), "wait for Creating"],
    ["one that is being deleted is waited for", inState("Deleting"), "wait for Deleting"],
    ["another run's that is being deleted is waited for", mine({ provisioningState: "Deleting", tags: {} }), "wait for Deleting"], // prettier-ignore
    ["one that could not be created is deleted", inState("Failed"), "delete: the service could not create it"],
    [
      "one that could not be created is deleted, with the service's reason",
      mine({ provisioningState: "Failed", provisioningError: { code: "Other", message: "No right." } }),
      "delete: the service could not create it (Other: No right.)",
    ],
    ["one whose creation was cancelled is deleted", inState("Canceled"), "delete: the service could not create it"],
    ["states are the same in any case", mine({ provisioningState: "succeeded" }, { runState: "succeeded" }), "take succeeded"], // prettier-ignore
    ["one without tags is refused", tagged({}), "refuse untagged"],
    ["one with the user's tags is refused", tagged({ team: "web" }), "refuse untagged"],
    ["one with the run's tag alone is refused", tagged({ "aib-task-run": "build/7" }), "refuse untagged"],
    [
      "one that another run made for the same request is refused",
      tagged({ "aib-task-run": "build/6", "aib-task-request": "v1:abc" }),
      "refuse anotherRun",
    ],
    [
      "one that this run made for another request is refused, though its run goes on",
      tagged({ "aib-task-run": "build/7", "aib-task-request": "v1:abd" }, { runState: "Running" }),
      "refuse anotherRequest",
    ],
    [
      "one that this run made for another request is refused, though its run failed",
      tagged({ "aib-task-run": "build/7", "aib-task-request": "v1:abd" }, { runState: "Failed" }),
      "refuse anotherRequest",
    ],
    [
      "another run's is refused, though it could not be created",
      mine({ provisioningState: "Failed", tags: { "aib-task-run": "build/6", "aib-task-request": "v1:abc" } }),
      "refuse anotherRun",
    ],
  ];
  for (const [title, found, decision] of cases) {
    it(title, () => assert.equal(decide(found), decision));
  }

  it("one that was never run is deleted where its address of the artifact may have expired", () => {
    assert.match(
      decide(mine(), { perishes: true }),
      /^delete: it was never run, and its address of the artifact may have expired$/,
    );
  });

  it("an address that may have expired does not matter once the build goes on", () => {
    assert.equal(decide(ran("Running", "Queued"), { perishes: true }), "attach Running");
  });

  it("under a name that is made of the request, another run's is looked at more closely, and what is going is waited for", () => {
    const joins = { joins: true };
    const others = { "aib-task-run": "build/6", "aib-task-request": "v1:abc" };
    assert.equal(decide(tagged(others, { runState: "Running" }), joins), "join");
    assert.equal(decide(tagged({}), joins), "join");
    assert.equal(decide(mine({ tags: others, provisioningState: "Deleting" }), joins), "wait for Deleting");
    assert.equal(decide(ran("Running", "Queued"), joins), "attach Running");
  });
});
