/** The inputs of AzureImageLifecycle@1: everything that is wrong at once, and what each action reads. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseRequest } from "../../../tasks/AzureImageLifecycleV1/src/inputs/index.ts";
import { agentOf, type StepInputs } from "../inputs/step.ts";
import { definition } from "./versions.ts";

const id = `${definition}/versions/1.2.0`;
const day = 24 * 60 * 60_000;

function problemsOf(inputs: StepInputs): readonly string[] {
  try {
    parseRequest(agentOf({ azureSubscription: "c", ...inputs }));
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ input, code }) => `${input} ${code}`);
  }
}

describe("inputs of AzureImageLifecycle@1", () => {
  const cases: readonly (readonly [title: string, inputs: StepInputs, problems: readonly string[]])[] = [
    ["no action and no connection", { azureSubscription: "" }, ["action AIB101", "azureSubscription AIB101"]],
    ["an action that is none", { action: "delete" }, ["action AIB104"]],
    ["promote without a version", { action: "promote" }, ["imageVersion AIB101"]],
    ["a number without its definition", { action: "promote", imageVersion: "1.2.0" }, ["galleryImage AIB101"]],
    ["a version of another definition", { action: "promote", imageVersion: id, galleryImage: `${definition}2` }, ["imageVersion AIB120"]],
    ["a definition in place of a version", { action: "retire", imageVersion: definition }, ["imageVersion AIB107"]],
    ["latest in place of a version", { action: "retire", imageVersion: `${definition}/versions/latest` }, ["imageVersion AIB107"]],
    ["a day that is none", { action: "retire", imageVersion: id, endOfLifeDate: "2026-02-31" }, ["endOfLifeDate AIB125"]],
    ["regions twice", { action: "promote", imageVersion: id, targetRegions: "uksouth, UK South" }, ["targetRegions AIB110"]],
    ["retain without anything", { action: "retain" }, ["galleryImage AIB101", "keepNewest AIB101"]],
    ["none to keep", { action: "retain", galleryImage: definition, keepNewest: "0" }, ["keepNewest AIB106"]],
    ["a month as a duration", { action: "retain", galleryImage: definition, keepNewest: "1", keepYoungerThan: "1 month" }, ["keepYoungerThan AIB125"]],
    ["a subscription by its name", { action: "retain", galleryImage: definition, keepNewest: "1", otherSubscriptions: "prod" }, ["otherSubscriptions AIB108"]],
    ["sweep without a group", { action: "sweep", storageContainer: "--", olderThan: "x" }, ["resourceGroup AIB101", "olderThan AIB125", "storageContainer AIB108"]],
    ["a variable that is not resolved", { action: "promote", imageVersion: "$(image.imageId)" }, ["imageVersion AIB102"]],
    ["what other actions read is not looked at", { action: "promote", imageVersion: id, keepNewest: "x" }, []],
  ]; // prettier-ignore
  for (const [title, inputs, problems] of cases) {
    it(`${problems.length === 0 ? "take" : "refuse"}: ${title}`, () => assert.deepEqual(problemsOf(inputs), problems));
  }

  it("make the version's ID of a definition and a number", () => {
    const request = parseRequest(
      agentOf({ action: "promote", azureSubscription: "c", galleryImage: definition, imageVersion: "1.2.0" }),
    );
    assert.equal(request.action === "promote" && request.versionId, id);
  });

  it("read an end of life as a day, a moment or a duration, and durations in milliseconds", () => {
    const endOf = (endOfLifeDate: string): unknown => {
      const request = parseRequest(
        agentOf({ action: "retire", azureSubscription: "c", imageVersion: id, endOfLifeDate }),
      );
      return request.action === "retire" ? request.endOfLifeDate : undefined;
    };
    assert.deepEqual(endOf("2027-03-31"), { at: new Date("2027-03-31T00:00:00Z") });
    assert.deepEqual(endOf("2027-03-31T12:00:00+02:00"), { at: new Date("2027-03-31T10:00:00Z") });
    assert.deepEqual(endOf("30d"), { inMs: 30 * day });
    assert.deepEqual(endOf(""), { inMs: 0 });
  });

  it("note what another action would read", () => {
    const { notes } = parseRequest(
      agentOf({ action: "sweep", azureSubscription: "c", resourceGroup: "rg", keepNewest: "3", olderThan: "12h" }),
    );
    assert.deepEqual(
      notes.map(({ code, message }) => [code, message]),
      [["AIB201", "keepNewest: not used by action: sweep."]],
    );
  });
});
