import assert from "node:assert/strict";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

const planOf = (facts: Partial<Facts>, changes: StepInputs = {}): BuildPlan =>
  planBuild(parseInputs(agentOf(step(changes))), factsOf(facts));

/** What the log says of what the user left out. */
function told(plan: BuildPlan): readonly string[] {
  const derived = ["AIB203", "AIB204", "AIB206"];
  return plan.notes.filter(({ code }) => derived.includes(code)).map(({ input, message }) => `${input}: ${message}`);
}

const plan = { name: "9-base", product: "rockylinux-x86_64", publisher: "resf" };
const planInfo = { planName: "9-base", planProduct: "rockylinux-x86_64", planPublisher: "resf" };
const definition = { definitionLocation: "westeurope" };

describe("what the user left out", () => {
  const cases: readonly (readonly [title: string, Partial<Facts>, size: string, lines: readonly string[]])[] = [
    [
      "an x64 source of generation 1",
      { source: { osType: "linux", hyperVGeneration: "V1", architecture: "x64" } },
      "Standard_D2ds_v5",
      [
        "osType: The source image is Linux.",
        "vmSize: The build VM is a Standard_D2ds_v5: the source image is x64, generation 1.",
      ],
    ],
    [
      "a Windows source of generation 2",
      { source: { osType: "windows", hyperVGeneration: "V2", architecture: "x64" } },
      "Standard_D2ds_v5",
      [
        "osType: The source image is Windows.",
        "vmSize: The build VM is a Standard_D2ds_v5: the source image is x64, generation 2.",
      ],
    ],
    [
      "an Arm64 source",
      { source: { osType: "linux", hyperVGeneration: "V2", architecture: "Arm64" } },
      "Standard_D2pds_v5",
      [
        "osType: The source image is Linux.",
        "vmSize: The build VM is a Standard_D2pds_v5: the source image is Arm64, generation 2.",
      ],
    ],
    [
      "a source under a plan",
      { source: { osType: "linux", architecture: "x64", plan } },
      "Standard_D2ds_v5",
      [
        "osType: The source image is Linux.",
        "vmSize: The build VM is a Standard_D2ds_v5: the source image is x64.",
        "purchasePlan: The source image's purchase plan is 9-base:rockylinux-x86_64:resf.",
      ],
    ],
    [
      "a source that could not be read, for a definition that tells everything",
      {
        source: {},
        target: { ...definition, definitionOsType: "linux", definitionArchitecture: "Arm64", definitionPlan: plan },
      },
      "Standard_D2pds_v5",
      [
        "osType: The source image could not be read; the image definition takes Linux images.",
        "vmSize: The build VM is a Standard_D2pds_v5: the source image could not be read, and the image definition takes Arm64 images.",
        "purchasePlan: The source image's purchase plan is 9-base:rockylinux-x86_64:resf, as the image definition names it; the image could not be read.",
      ],
    ],
    [
      "a source that could not be read, for a definition further down the list",
      { source: {}, target: {}, otherTargets: [{ ...definition, definitionOsType: "windows" }] },
      "Standard_D2ds_v5",
      [
        "osType: The source image could not be read; the image definition takes Windows images.",
        "vmSize: The build VM is a Standard_D2ds_v5; the source image's architecture is not known and taken for x64.",
      ],
    ],
    [
      "a source that tells, against a definition that differs",
      {
        source: { osType: "linux", architecture: "x64" },
        target: { ...definition, definitionOsType: "windows", definitionArchitecture: "Arm64", definitionPlan: plan },
      },
      "Standard_D2ds_v5",
      ["osType: The source image is Linux.", "vmSize: The build VM is a Standard_D2ds_v5: the source image is x64."],
    ],
  ];
  for (const [title, facts, size, lines] of cases) {
    it(`follows from ${title}, each in one line of the log`, () => {
      const planned = planOf(facts);
      assert.equal(planned.vmProfile?.vmSize, size);
      assert.deepEqual(told(planned), lines);
    });
  }

  it("becomes the template's plan information, also from the definition", () => {
    const infoOf = ({ source }: BuildPlan): unknown => (source.type === "PlatformImage" ? source.planInfo : source);
    assert.deepEqual(infoOf(planOf({ source: { osType: "linux", plan } })), planInfo);
    const taken = { source: {}, target: { ...definition, definitionOsType: "linux", definitionPlan: plan } } as const;
    assert.deepEqual(infoOf(planOf(taken)), planInfo);
  });

  it("yields to what the user says", () => {
    const facts = {
      source: {},
      target: { ...definition, definitionOsType: "linux", definitionArchitecture: "Arm64", definitionPlan: plan },
    } as const;
    const planned = planOf(facts, { osType: "windows", vmSize: "Standard_D4s_v5", purchasePlan: "a:b:c" });
    assert.equal(planned.osType, "windows");
    assert.equal(planned.vmProfile?.vmSize, "Standard_D4s_v5");
    assert.deepEqual(told(planned), []);
  });
});
