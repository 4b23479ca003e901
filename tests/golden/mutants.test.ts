/**
 * Valid templates with one small mistake: the task's plan refuses each as a template file, naming it, and so does the
 * emulator as a request. Not among the mistakes is what the service takes, or the task puts right:
 * - no `location` (the task takes the resource group's) and no `version` of a marketplace image (the newest);
 * - nulls (left out), read-only properties and `autoRun` (taken out), other letter case beside `properties`;
 * - a time limit of 1 to 5 minutes: the service takes it and fails the run, the task alone refuses it;
 * - `storageAccountType` without regions, which the task writes into the one region that there is;
 * - networks, regions and rights that only show while the template is being created.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type PlanAnswer, planFile } from "../../scripts/plan/plan-file.ts";
import { build } from "./any-inputs/build.ts";
import { validCases } from "./any-inputs/cases.ts";
import { openService, type Service } from "./any-inputs/emulator.ts";
import { type Mutation, shapeMutations } from "./any-inputs/mutants.ts";
import { ruleMutations } from "./any-inputs/rule-mutants.ts";
import type { Tree } from "./any-inputs/tree.ts";
import { subscription } from "./any-inputs/words.ts";
import { schemaFaults } from "./golden.ts";

const seed = Number(process.env["FC_SEED"] ?? 20261123);
/** Templates that mutants are made of, and mutants of each mutation. */
const [many, few] = [150, 3];

const planned = (template: Tree): PlanAnswer =>
  planFile(JSON.stringify(template, undefined, 2), {
    file: "image.json",
    inputs: { subscriptionId: subscription, azureSubscription: "connection", resourceGroup: "rg-images" },
    variables: {},
  });

function templates(): readonly Tree[] {
  return fc.sample(validCases, { seed, numRuns: many }).map((one) => JSON.parse(JSON.stringify(build(one).template)) as Tree);
}

describe("template files", () => {
  let service: Service;
  let valid: readonly Tree[];
  before(async () => {
    service = await openService();
    valid = templates();
  });
  after(() => service.close());

  it("that are valid give templates that schema and emulator take", async () => {
    for (const template of valid.slice(0, 40)) {
      const answer = planned(template);
      assert.deepEqual(answer.errors, [], JSON.stringify(template));
      const apiVersion = answer.apiVersion ?? "";
      assert.deepEqual(schemaFaults(JSON.parse(JSON.stringify(answer.template)), apiVersion), []);
      const accepted = await service.put(answer.template, apiVersion);
      assert.equal(accepted.status, 201, accepted.text);
    }
  });

  function mutantsOf({ mutate }: Mutation): readonly Tree[] {
    const mutants = valid.map((template, index) => mutate(template, index)).filter((one) => one !== undefined);
    assert.ok(mutants.length > 0, "no template has what this changes");
    return mutants.slice(0, few);
  }

  for (const mutation of [...shapeMutations, ...ruleMutations]) {
    it(`are refused by plan and emulator alike: one that ${mutation.title}`, async () => {
      for (const mutant of mutantsOf(mutation)) {
        const { template, errors } = planned(mutant);
        const answer = await service.put(mutant, "2025-10-01");
        const verdict = { plan: template === null && errors.length > 0, emulator: answer.status >= 400 };
        const said = `${answer.status} ${errors.map(({ message }) => message).join(" ")}\n${JSON.stringify(mutant)}`;
        assert.deepEqual(verdict, { plan: true, emulator: true }, `seed ${seed}: ${said}`);
        for (const { code, message } of errors) assert.ok(/^AIB1\d\d$/.test(code) && message.includes("Legal: "), message);
      }
    });
  }
});
