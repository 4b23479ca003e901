import assert from "node:assert/strict";
import type { CheckResult, Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";

type Inputs = Readonly<Record<string, string>>;

const windows: Inputs = {
  sourceImage: "MicrosoftWindowsServer:WindowsServer:2025-datacenter-g2",
  inlineScript: "Write-Host hello",
  galleryImage:
    "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-images/providers/Microsoft.Compute/galleries/galimages/images/windows-avd",
};

function told({ code, severity, message, remedy, commands, input }: Finding): object {
  return { code, severity, message, remedy, commands, input };
}

const short = (message: string, remedy: string): object => ({
  code: "AIB064",
  severity: "warning",
  message,
  remedy,
  commands: undefined,
  input: "buildTimeoutInMinutes",
});

const wrong: readonly (readonly [title: string, Inputs, message: string, remedy: string])[] = [
  [
    "Windows",
    { ...windows, buildTimeoutInMinutes: "45" },
    "The service stops the build after 45 minutes and such a build takes about 60 or more: 60 for Windows. What is not distributed by then is lost.",
    "Set buildTimeoutInMinutes to 60 or more; 960 is the most, and 0 the service's 240.",
  ],
  [
    "Windows Update and optimizing",
    { ...windows, windowsUpdate: "true", optimizeVmBoot: "true", buildTimeoutInMinutes: "120" },
    "The service stops the build after 120 minutes and such a build takes about 160 or more: 120 for Windows with Windows Update, 40 to optimize its start. What is not distributed by then is lost.",
    "Set buildTimeoutInMinutes to 160 or more; 960 is the most, and 0 the service's 240.",
  ],
  [
    "more regions",
    { targetRegions: "westeurope, northeurope, eastus", buildTimeoutInMinutes: "30" },
    "The service stops the build after 30 minutes and such a build takes about 38 or more: 18 for Linux and a gallery version, 20 to copy to 2 more regions. What is not distributed by then is lost.",
    "Set buildTimeoutInMinutes to 38 or more; 960 is the most, and 0 the service's 240.",
  ],
  [
    "a time limit that templateOverrides set, and a managed image",
    {
      galleryImage: "",
      targetRegions: "",
      managedImage: "web",
      templateOverrides: "properties: { buildTimeoutInMinutes: 8 }",
    },
    "The service stops the build after 8 minutes and such a build takes about 10 or more: 10 for Linux. What is not distributed by then is lost.",
    "Set buildTimeoutInMinutes to 10 or more; 960 is the most, and 0 the service's 240.",
  ],
];

describe("P10: time and containers", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  const check = (inputs: Inputs = {}, jobTimeoutMinutes?: number): Promise<CheckResult> =>
    stage.check("P10", { inputs, ...(jobTimeoutMinutes === undefined ? {} : { jobTimeoutMinutes }) });

  it("are enough in the right world", async () => {
    const { status, findings, notRead } = await check();
    assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
  });

  it("are enough with a limit that is just what the build takes", async () => {
    assert.equal((await check({ ...windows, buildTimeoutInMinutes: "60" })).status, "ok");
    assert.equal((await check({ buildTimeoutInMinutes: "18" })).status, "ok");
  });

  it("leave the job's time limit to planning, which tells it", async () => {
    assert.equal((await check({}, 30)).status, "ok");
  });

  for (const [title, inputs, message, remedy] of wrong) {
    it(`are short for ${title}`, async () => {
      const { status, findings } = await check(inputs);
      assert.equal(status, "bad");
      assert.deepEqual(findings.map(told), [short(message, remedy)]);
    });
  }

  it("are short where the service's own limit is less than the regions take", async () => {
    const regions = Array.from({ length: 25 }, (_, index) => ({ name: `region${index}` }));
    const target = {
      type: "SharedImage",
      runOutputName: "web",
      galleryImageId: stage.emulator.description.resources.definition,
      targetRegions: [{ name: "westeurope" }, ...regions],
    };
    const { findings } = await check({ templateOverrides: JSON.stringify({ properties: { distribute: [target] } }) });
    assert.deepEqual(findings.map(told), [
      short(
        "The service stops the build after 240 minutes, its own limit, and such a build takes about 268 or more: 18 for Linux and a gallery version, 250 to copy to 25 more regions. What is not distributed by then is lost.",
        "Set buildTimeoutInMinutes to 268 or more; 960 is the most.",
      ),
    ]);
  });

  describe("of other worlds", () => {
    afterEach(() => stage.emulator.reset());

    it("tell both quotas of containers that are used up", async () => {
      await stage.emulator.reset("preflight/containers-used-up");
      const full = (message: string): object => ({
        code: "AIB065",
        severity: "error",
        message,
        remedy:
          "Wait until other builds have ended, delete container groups that nobody needs, or ask Azure for more than 100.",
        commands: [
          `az container list --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --query "[?location=='westeurope'].id" --output tsv`,
          "az container delete --yes --ids <ID of the container group>",
        ],
        input: undefined,
      });
      assert.deepEqual((await check()).findings.map(told), [
        full(
          "In westeurope, 100 of 100 container groups are in use, and the build needs 1. It would fail when the service starts the container that drives it.",
        ),
        full(
          "In westeurope, 97 of 100 cores of container groups are in use, and the build needs 4. It would fail when the service starts the container that drives it.",
        ),
      ]);
    });

    it("are not checked where the quota may not be read", async () => {
      await stage.emulator.reset("preflight/regions-and-quotas-unread");
      const { status, findings, notRead } = await check();
      assert.deepEqual([status, findings], ["notChecked", []]);
      assert.deepEqual(
        notRead.map((why) => why.split(": ")[0]),
        ["Microsoft.ContainerInstance/locations/usages/read"],
      );
    });
  });
});
