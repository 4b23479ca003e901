import assert from "node:assert/strict";
import { createTemplate } from "../../../tasks/AzureImageBuilderV1/src/build/create-template.ts";
import { CanceledError, ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { plan, refusal, type Script, setStage, shown, type Stage, states, template } from "./stage.ts";

const unauthorized = new ServiceError(
  "AIB503",
  "The service could not create image template aib-1. Unauthorized: Not authorized.",
);
const failed = shown(undefined, {
  provisioningState: "Failed",
  provisioningError: { code: "Other", message: "Not authorized to access the resource: /x." },
});

async function create(
  script: Script,
  cancelled?: AbortSignal,
): Promise<{ stage: Stage; error?: unknown; id?: string }> {
  const stage = setStage(script, cancelled);
  try {
    return { stage, id: (await createTemplate(plan, template, stage)).id };
  } catch (error) {
    return { stage, error };
  }
}

function count(stage: Stage, name: string): number {
  return stage.templates.calls.filter((call) => call.name === name).length;
}

/** Absent at first; the stage's create takes two seconds. */
function after(first: number, value: ReturnType<typeof shown>): Script["template"] {
  return [
    [0, undefined],
    [first, value],
  ];
}

describe("Creating the template", () => {
  it("names the template before it creates it", async () => {
    const { stage } = await create({ template: [[0, undefined]], create: [refusal(400)] });
    assert.match(stage.agent.log[0]?.text ?? "", /Creating image template aib-1/);
  });

  it("reports the error tree and the template's own error when the operation fails after a 201, and deletes the template", async () => {
    const { stage, error } = await create({ template: after(2, failed), create: [unauthorized] });
    assert.ok(error instanceof ServiceError);
    assert.match(error.message, /Unauthorized: Not authorized\.\n {2}-> template: Other: Not authorized to access/);
    assert.match(error.next ?? "", /managed identity/);
    assert.equal(count(stage, "delete"), 1);
  });

  it("names the failed template when it cannot be deleted", async () => {
    const { stage } = await create({ template: after(2, failed), create: [unauthorized], delete: [refusal(403)] });
    const warning = stage.agent.log.find(({ kind }) => kind === "warning");
    assert.match(
      warning?.text ?? "",
      /aib-1 could not be deleted.*az image builder delete --subscription \S+ --resource-group rg --name aib-1/,
    );
    assert.equal(warning?.code, "AIB701");
  });

  it("goes on with the template that a lost answer had created, without a second request", async () => {
    const creating = shown(undefined, { provisioningState: "Creating" });
    const { stage, id } = await create({
      template: [
        [0, undefined],
        [2, creating],
        [40, shown()],
      ],
      create: [refusal(504, "GatewayTimeout")],
    });
    assert.ok(id?.endsWith("/aib-1"));
    assert.equal(count(stage, "create"), 1);
  });

  it("sends the request again after a reset only when the template stays absent", async () => {
    const script: Script = {
      template: [
        [0, undefined],
        [24, shown()],
      ],
      create: [refusal(undefined, "ECONNRESET")],
    };
    const { stage, id } = await create(script);
    assert.ok(id?.endsWith("/aib-1"));
    const names = stage.templates.calls.map(({ name }) => name);
    const second = names.lastIndexOf("create");
    assert.ok(
      second > 0 && names.slice(names.indexOf("create") + 1, second).filter((name) => name === "get").length >= 3,
    );
  });

  it("takes no template for its own that has other tags", async () => {
    const other = shown(undefined, { tags: { "aib-task-run": "build/8" } });
    const { stage, error } = await create({
      template: after(2, other),
      create: [refusal(504), refusal(409, "Conflict")],
    });
    assert.ok(error instanceof ServiceError && error.status === 409);
    assert.equal(count(stage, "delete"), 0);
  });

  it("does not send a refused request again", async () => {
    const { stage, error } = await create({ template: [[0, undefined]], create: [refusal(400, "ValidationFailed")] });
    assert.ok(error instanceof ServiceError && error.serviceCode === "ValidationFailed");
    assert.deepEqual([count(stage, "create"), count(stage, "delete")], [1, 0]);
  });

  const notes: readonly (readonly [title: string, script: Script, states: readonly string[]])[] = [
    ["nothing more where it was created", { template: after(2, shown()) }, ["creating"]],
    ["that nothing is left where it was refused", { template: [[0, undefined]], create: [refusal(403)] }, ["creating", "done"]],
    ["that nothing is left where the failed one is deleted", { template: after(2, failed), create: [unauthorized] }, ["creating", "done"]],
    ["that it may still show where no answer came", { template: [[0, undefined]], create: [refusal(504), refusal(504), refusal(504)] }, ["creating", "creating", "creating"]],
  ]; // prettier-ignore
  for (const [title, script, noted] of notes) {
    it(`notes for the post-job part that it is about to, and ${title}`, async () => {
      const { stage } = await create(script);
      assert.deepEqual(states(stage), noted);
    });
  }

  it("waits as long as a throttled answer asks, then sends the request again", async () => {
    const { stage } = await create({
      template: [
        [0, undefined],
        [300, shown()],
      ],
      create: [refusal(429, "SubscriptionRequestsThrottled", 324_000)],
    });
    const times = stage.templates.calls.filter(({ name }) => name === "create").map(({ at }) => at);
    assert.deepEqual(times, [0, 326]);
  });

  it("gives up after three attempts", async () => {
    const lost = refusal(503);
    const { stage, error } = await create({ template: [[0, undefined]], create: [lost, lost, lost, lost] });
    assert.equal(error, lost);
    assert.equal(count(stage, "create"), 3);
  });

  it("asks for the deletion of a template that was being created when the run was cancelled", async () => {
    const stop = new AbortController();
    const stage = setStage({ template: after(2, shown()) }, stop.signal);
    const create = async (): Promise<void> => {
      await stage.clock.sleep(2_000);
      stop.abort(new Error("stop"));
      throw new Error("stop");
    };
    const templates = { ...stage.templates, create };
    await assert.rejects(createTemplate(plan, template, { ...stage, templates }), CanceledError);
    assert.equal(count(stage, "delete"), 1);
  });
});
