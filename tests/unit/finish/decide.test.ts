import assert from "node:assert/strict";
import type { RunRecord } from "../../../tasks/AzureImageBuilderV1/src/build/record.ts";
import { decide, enoughLooks, type Situation } from "../../../tasks/AzureImageBuilderV1/src/finish/decide.ts";
import type { LastRunStatus, TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { shown } from "../build/stage.ts";
import { record } from "./stage.ts";

const run = (runState: string, runSubState?: string): TemplateStatus =>
  shown({ runState, ...(runSubState === undefined ? {} : { runSubState }) } satisfies Partial<LastRunStatus>);
const state = (provisioningState: string): TemplateStatus => shown(undefined, { provisioningState });

/** Decisions in short: the kind, and what a wait is for or why something stays. */
function short(situation: Situation): string {
  const decision = decide(situation);
  if (decision.kind === "wait") return `wait ${decision.for}`;
  return decision.kind === "keep" ? `${decision.goesOn ? "goes on" : "keep"}: ${decision.why}` : decision.kind;
}

type Case = readonly [
  title: string,
  record: Partial<RunRecord>,
  found: TemplateStatus | undefined,
  rest: Partial<Situation>,
  decision: string,
];

const own = "stays, because it is not this run's: another request made it";
const cases: readonly Case[] = [
  ["nothing is left to do", { state: "done" }, run("Running"), {}, "nothing"],
  ["the build was left by wish", { state: "left" }, run("Running"), {}, "nothing"],
  ["the template is gone", {}, undefined, {}, "nothing"],
  ["the template was asked for and does not show", { state: "creating" }, undefined, { looks: enoughLooks - 1 }, "wait the template shows"],
  ["the template never came", { state: "creating" }, undefined, { looks: enoughLooks }, "nothing"],
  ["the template is being deleted", {}, state("Deleting"), {}, "nothing"],
  ["the template is being created", { state: "creating" }, state("Creating"), {}, "wait it is created"],
  ["the template was created and not run", { state: "creating" }, shown(), {}, "delete"],
  ["the template could not be created", { state: "creating" }, state("Failed"), {}, "delete"],
  ["the template is not run and is to stay", { state: "creating", cleanup: "never" }, shown(), {}, "keep: stays, because cleanup is never"],
  ["the run was asked for and does not show", {}, shown(), { looks: enoughLooks - 1 }, "wait its run shows"],
  ["the run never came", {}, shown(), { looks: enoughLooks }, "delete"],
  ["only the run before shows", { before: "2026-03-01T08:00:20.5Z" }, run("Succeeded"), { looks: enoughLooks }, "delete"],
  ["the template has no tags of this task", {}, shown({}, { tags: {} }), {}, `keep: ${own}`],
  ["the template is another run's", {}, shown({}, { tags: { "aib-task-run": "build/8", "aib-task-request": "v1:abc" } }), {}, `keep: ${own}`],
  ["the template is another request's", { state: "told" }, shown({}, { tags: { "aib-task-run": "build/7", "aib-task-request": "v1:abd" } }), {}, `keep: ${own}`],
  ["the step was stopped while it built", {}, run("Running", "Building"), { stopped: true }, "cancel"],
  ["the service was asked and does not show it", {}, run("Running", "Building"), { stopped: true, asked: true }, "wait its run has been cancelled"],
  ["the main part asked and the service does not show it", { state: "canceling" }, run("Running", "Building"), { stopped: true }, "wait its run has been cancelled"],
  ["the run is being cancelled", {}, run("Canceling"), { stopped: true }, "wait its run has been cancelled"],
  ["the run is being cancelled from distributing", { state: "canceling" }, run("Canceling", "Distributing"), { stopped: true }, "wait its run has been cancelled"],
  ["the step was stopped while it distributed", {}, run("Running", "Distributing"), { stopped: true }, "goes on: stays: its build is distributing the image, and is left to finish"],
  ["the step was stopped and is to leave the build", { onCancel: "leave" }, run("Running", "Building"), { stopped: true }, "goes on: stays: its build goes on, because onCancel is leave"],
  ["the main part died without a cancel", {}, run("Running", "Building"), {}, "goes on: stays: its build goes on, although the step's main part has ended"],
  ["the run was cancelled", { state: "canceling" }, run("Canceled"), { stopped: true }, "delete"],
  ["the run has failed", {}, run("Failed"), {}, "delete"],
  ["the run has failed and its VM is to be looked at", { keepsVm: true }, run("Failed"), {}, "keep: stays, with its build VM to be looked at"],
  ["the run was cancelled and failures are to stay", { cleanup: "onSuccess" }, run("Canceled"), {}, "keep: stays, because cleanup is onSuccess"],
  ["the run was cancelled and all is to stay", { cleanup: "never" }, run("Canceled"), {}, "keep: stays, because cleanup is never"],
  ["the image is there and was told", { state: "told" }, run("Succeeded"), {}, "delete"],
  ["some of the images are there and were told", { state: "told" }, run("PartiallySucceeded"), {}, "delete"],
  ["the image goes with the template", { state: "told", afterwards: "keepForImage" }, run("Succeeded"), {}, "nothing"],
  ["the image was told and the template is to stay", { state: "told", cleanup: "never" }, run("Succeeded"), {}, "nothing"],
  ["the image is there and was not told", {}, run("Succeeded"), {}, "keep: stays: its build has succeeded, and the step did not get to say so. Run the job again to use the image"],
  ["the image is there although the service was asked to cancel", { state: "canceling" }, run("Succeeded"), { stopped: true }, "keep: stays: its build has succeeded, and the step did not get to say so. Run the job again to use the image"],
]; // prettier-ignore

describe("What the post-job part does", () => {
  for (const [title, change, found, rest, decision] of cases) {
    it(`${decision.split(":")[0] ?? ""} where ${title}`, () => {
      const situation = { record: { ...record, ...change }, found, stopped: false, looks: 1, asked: false, ...rest };
      assert.equal(short(situation), decision);
    });
  }

  it("never deletes or cancels what has another mark, whatever the rest", () => {
    for (const [, change, found, rest] of cases.filter(([, , template]) => template !== undefined)) {
      const other = found && { ...found, tags: { ...found.tags, "aib-task-request": "v1:0" } };
      const situation = {
        record: { ...record, ...change },
        found: other,
        stopped: true,
        looks: 9,
        asked: false,
        ...rest,
      };
      assert.doesNotMatch(short(situation), /^(delete|cancel)$/);
    }
  });
});
