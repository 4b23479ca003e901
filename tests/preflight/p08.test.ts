import assert from "node:assert/strict";
import type { CheckResult, Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";

const place = "--subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --resource-group rg-images";
const otherName = "choose another templateName, or leave it out: the task then makes up a name of its own.";
const command = (verb: string, name: string): string => `az image builder ${verb} ${place} --name ${name}`;
const there = (name: string): string => `There is already an image template ${name} in the resource group rg-images`;

type Inputs = Readonly<Record<string, string>>;
type Told = Pick<Finding, "code" | "message" | "remedy" | "severity"> & Partial<Pick<Finding, "commands" | "input">>;

const taken = (name: string, state: string): Told => ({
  code: "AIB042",
  message: `${there(name)}, in state ${state}. The service does not replace templates: it would refuse this one.`,
  remedy: `Delete that template, and with it what lies in its staging group; or ${otherName}`,
  commands: [command("delete", name)],
  input: "templateName",
  severity: "error",
});

const wrong: readonly (readonly [title: string, Inputs, Told])[] = [
  ["a template of that name has been built", { templateName: "done" }, taken("done", "Succeeded")],
  ["a template of that name has failed", { templateName: "failed" }, taken("failed", "Failed")],
  [
    "a template of that name is being created",
    { templateName: "creating" },
    {
      code: "AIB043",
      message: `${there("creating")}, in state Creating. Until that has ended, the service refuses every change of it.`,
      remedy: `Wait until it has ended, then delete the template if it is still there; or ${otherName}`,
      commands: [command("show", "creating"), command("delete", "creating")],
      input: "templateName",
      severity: "error",
    },
  ],
  [
    "a template of that name is running",
    { templateName: "running" },
    {
      code: "AIB044",
      message: `${there("running")}, and its run is in state Running. The service neither replaces nor deletes it before the run has ended.`,
      remedy: `Wait for the run or cancel it, then delete the template; or ${otherName}`,
      commands: [command("cancel", "running"), command("delete", "running")],
      input: "templateName",
      severity: "error",
    },
  ],
  [
    "the run of a template of that name is being cancelled",
    { templateName: "canceling" },
    {
      code: "AIB044",
      message: `${there("canceling")}, and its run is in state Canceling. The service neither replaces nor deletes it before the run has ended.`,
      remedy: `Wait for the run or cancel it, then delete the template; or ${otherName}`,
      commands: [command("delete", "canceling")],
      input: "templateName",
      severity: "error",
    },
  ],
  [
    "the version exists",
    { galleryVersion: "1.9.0" },
    {
      code: "AIB045",
      message:
        "The image definition ubuntu-web has a version 1.9.0 already, in state Succeeded, and a version's content never changes. The build would fail when it distributes the image, after all its steps.",
      remedy: "Name a free number, e.g. 3.0.1, or leave it to the service.",
      input: "galleryVersion",
      severity: "error",
    },
  ],
  [
    "the version exists and has failed",
    { galleryVersion: "3.0.0" },
    {
      code: "AIB045",
      message:
        "The image definition ubuntu-web has a version 3.0.0 already, in state Failed, and a version's content never changes. The build would fail when it distributes the image, after all its steps.",
      remedy: "Name a free number, e.g. 3.0.1, or leave it to the service.",
      input: "galleryVersion",
      severity: "error",
    },
  ],
  [
    "the version is lower, by number, than the newest that counts for latest",
    { galleryVersion: "1.9.1" },
    {
      code: "AIB046",
      message:
        "The version 1.9.1 is lower than 1.10.0, the newest of the image definition ubuntu-web: `latest` will go on meaning 1.10.0.",
      remedy: "If that is not wanted, name a higher number, e.g. 3.0.1.",
      input: "galleryVersion",
      severity: "warning",
    },
  ],
];

describe("P8, names and numbers", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ world: "preflight/names-taken" });
  });
  after(() => stage.close());

  const check = (inputs: Inputs = {}): Promise<CheckResult> => stage.check("P8", { inputs });

  for (const [title, inputs] of [
    ["the task makes up the template's name", {}],
    ["the template's name is new", { templateName: "web" }],
    ["the version is higher than those that count for latest", { galleryVersion: "1.11.0" }],
    ["the lower version is not to count for latest", { galleryVersion: "1.9.1", excludeFromLatest: "true" }],
  ] as const) {
    it(`are free where ${title}`, async () => {
      assert.deepEqual(await check(inputs), {
        id: "P8",
        title: "Template name and version numbers are free",
        status: "ok",
        findings: [],
        notRead: [],
      });
    });
  }

  for (const [title, inputs, finding] of wrong) {
    it(`are not where ${title}`, async () => {
      const result = await check(inputs);
      assert.equal(result.status, "bad");
      assert.deepEqual(result.findings, [{ ...finding, check: "P8" }]);
    });
  }

  it("are not checked where templates may not be read", async () => {
    await stage.emulator.reset("preflight/templates-unread");
    const result = await check();
    assert.equal(result.status, "notChecked");
    assert.deepEqual(
      result.notRead.map((why) => why.split(": ")[0]),
      ["Microsoft.VirtualMachineImages/imageTemplates/read"],
    );
  });

  it("are not checked where versions may not be read", async () => {
    await stage.emulator.reset("preflight/compute-unread");
    const result = await check({ osType: "linux", location: "westeurope", galleryVersion: "1.9.0" });
    assert.equal(result.status, "notChecked");
    assert.deepEqual(
      result.notRead.map((why) => why.split(": ")[0]),
      ["Microsoft.Compute/galleries/images/versions/read"],
    );
  });
});
