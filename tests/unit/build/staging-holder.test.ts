/** A prepared staging resource group that another template holds. */
import assert from "node:assert/strict";
import { runBuild } from "../../../tasks/AzureImageBuilderV1/src/build/run-build.ts";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import { ServiceError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import type { TemplateRef, TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { plan, refusal, type Script, setStage, shown, type Stage, template, versionId } from "./stage.ts";

const group = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-staging";
const staged: ImageTemplate = {
  ...template,
  properties: { ...template.properties, stagingResourceGroup: group },
};
const held = { imageTemplateName: "other", imageTemplateResourceGroupName: "rg-others", team: "web" };
const free = { team: "web" };
const output = { name: "gallery", artifactId: versionId };

/** Free from `second` on: then the template is created, run and done. */
function thenBuilt(second: number): NonNullable<Script["template"]> {
  return [
    [0, undefined],
    [second + 1, shown()],
    [second + 20, shown({})],
    [second + 60, shown({ runState: "Succeeded" })],
  ];
}

type Holder = (second: number) => TemplateStatus | undefined | Error;

/** A stage whose templates are the holder, by its name, and the step's own. */
function stageOf(script: Script, holder: Holder, own: Script["create"] = []): Stage {
  const stage = setStage({ outputs: [[0, [output]]], create: own, ...script });
  const get = async (ref: TemplateRef): Promise<TemplateStatus | undefined> => {
    if (ref.name !== "other") return stage.templates.get(ref);
    assert.deepEqual([ref.subscriptionId, ref.resourceGroup], [plan.template.subscriptionId, "rg-others"]);
    const found = holder(stage.clock.seconds());
    if (found instanceof Error) throw found;
    return found;
  };
  return { ...stage, templates: { ...stage.templates, get } };
}

const customizing: Holder = () => shown({ runSubState: "Customizing" });

async function failure(stage: Stage): Promise<TaskError> {
  const error: unknown = await runBuild(plan, staged, stage).then(
    () => assert.fail("the build began"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TaskError, String(error));
  return error;
}

function build(stage: Stage): Promise<BuildResult> {
  return runBuild(plan, staged, stage);
}

function told({ agent }: Stage): readonly string[] {
  return agent.log.map(({ text }) => text).filter((text) => text.includes("staging resource group"));
}

function creates({ templates }: Stage): readonly number[] {
  return templates.calls.filter(({ name }) => name === "create").map(({ at }) => at);
}

describe("A staging resource group", () => {
  it("is not asked about where the step names none", async () => {
    const stage = setStage({ template: thenBuilt(0), outputs: [[0, [output]]] });
    const arm = { ...stage.arm, get: () => assert.fail("was read") };
    assert.equal((await runBuild(plan, template, { ...stage, arm })).outcome, "Succeeded");
  });

  it("that nobody holds is used at once", async () => {
    const stage = stageOf({ template: thenBuilt(0), groupTags: [[0, free]] }, customizing);
    assert.equal((await build(stage)).outcome, "Succeeded");
    assert.deepEqual([creates(stage), told(stage)], [[0], []]);
  });

  it("that another template holds is waited for, which is said at the start and every five minutes, with its name", async () => {
    const stage = stageOf({ template: thenBuilt(720), groupTags: [[0, held], [720, free]] }, customizing); // prettier-ignore
    assert.equal((await build(stage)).outcome, "Succeeded");
    assert.deepEqual(creates(stage), [720]);
    const who =
      "The staging resource group rg-staging is in use by image template other of the resource group rg-others (Customizing).";
    assert.deepEqual(told(stage), [
      `${who} Waiting for at most 30 minutes.`,
      `${who} Waiting since 5 minutes, of at most 30.`,
      `${who} Waiting since 10 minutes, of at most 30.`,
    ]);
  });

  it("that stays held is given up after half an hour, with the holder's name, and nothing is created", async () => {
    const stage = stageOf({ groupTags: [[0, held]] }, customizing);
    const error = await failure(stage);
    assert.equal(error.code, "AIB505");
    assert.match(
      error.message,
      /rg-staging is still in use by image template other of the resource group rg-others .* after 30 minutes/,
    );
    assert.match(
      error.next ?? "",
      /leave it out: .*az image builder show --subscription \S+ --resource-group rg-others --name other/,
    );
    assert.deepEqual(creates(stage), []);
    assert.ok(stage.clock.seconds() <= 1800 && stage.clock.seconds() > 1740);
  });

  it("that is held by a template whose build does not go on says so", async () => {
    const stage = stageOf({ groupTags: [[0, held]] }, () => shown({ runState: "Succeeded" }));
    assert.match((await failure(stage)).message, /of the resource group rg-others, whose build does not go on after/);
  });

  it("is waited for, too, where its holder may not be read", async () => {
    const stage = stageOf({ template: thenBuilt(60), groupTags: [[0, held], [60, free]] }, () => refusal(403)); // prettier-ignore
    assert.equal((await build(stage)).outcome, "Succeeded");
    assert.match(told(stage)[0] ?? "", /image template other of the resource group rg-others\. Waiting/);
  });

  it("with tags of a template that is gone is not waited for long, and the words remove the tags", async () => {
    const stage = stageOf({ groupTags: [[0, held]] }, () => undefined);
    const error = await failure(stage);
    assert.equal(error.code, "AIB505");
    assert.match(
      error.next ?? "",
      /az tag update --resource-id \S+rg-staging --operation Delete --tags imageTemplateName=other imageTemplateResourceGroupName=rg-others/,
    );
    assert.ok(stage.clock.seconds() <= 150, String(stage.clock.seconds()));
  });

  it("whose holder is being deleted loses the tags a little later", async () => {
    const holder: Holder = (second) => (second < 60 ? shown(undefined, { provisioningState: "Deleting" }) : undefined);
    const stage = stageOf({ template: thenBuilt(90), groupTags: [[0, held], [90, free]] }, holder); // prettier-ignore
    assert.equal((await build(stage)).outcome, "Succeeded");
    assert.match(told(stage)[0] ?? "", /\(Deleting\)/);
  });

  it("that may not be read is left to the service to judge", async () => {
    const stage = stageOf({ template: thenBuilt(0), groupTags: [[0, refusal(403)]] }, customizing);
    assert.equal((await build(stage)).outcome, "Succeeded");
  });

  it("that cannot be read for another reason stops the build", async () => {
    const error = await failure(stageOf({ groupTags: [[0, refusal(400)]] }, customizing));
    assert.ok(error instanceof ServiceError && error.status === 400);
  });

  it("that was given to another template at the last moment is waited for again", async () => {
    const refused = new ServiceError(
      "AIB503",
      "InternalOperationError: is already associated with another image template.",
    );
    const own = shown(undefined, {
      provisioningState: "Failed",
      provisioningError: { code: "BadStagingResourceGroup" },
    });
    const script: Script = {
      template: [
        [0, undefined],
        [1, own],
        [12, shown(undefined, { provisioningState: "Deleting" })],
        [40, undefined],
        ...thenBuilt(302).slice(1),
      ],
      groupTags: [
        [0, free],
        [1, held],
        [300, free],
      ],
    };
    const stage = stageOf(script, customizing, [refused]);
    assert.equal((await build(stage)).outcome, "Succeeded");
    const [first, second, ...more] = creates(stage);
    assert.deepEqual([first, more], [0, []]);
    assert.ok((second ?? 0) >= 300);
    assert.ok(told(stage)[0]?.startsWith("Image template other was given the staging resource group first."));
  });
});
