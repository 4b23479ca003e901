import assert from "node:assert/strict";
import { objectionsIn } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p07-answers.ts";
import { agentAssignments } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p07-assignments.ts";
import type { Made } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p07-resources.ts";

const made: Made = {
  what: "the build VM",
  place: "staging",
  isCertain: true,
  apiVersion: "2024-07-01",
  content: { type: "Microsoft.Compute/virtualMachines", tags: { Environment: "Test" } },
};
const policy = { policyAssignmentId: "/a" };

/** How many objections an answer with one restriction of a field has. */
function count(field: string, restriction: object, of: Made = made): number {
  return objectionsIn({ fieldRestrictions: [{ field, restrictions: [{ policy, ...restriction }] }] }, of).length;
}

describe("an answer of Azure Policy", () => {
  const cases: readonly (readonly [
    title: string,
    field: string,
    restriction: object,
    objections: number,
    of?: Made,
  ])[] = [
    ["objects to a tag that is missing", "tags.costCenter", { result: "Required" }, 1],
    ["does not object to a tag that is there, in any letter case", "tags.environment", { result: "Required" }, 0],
    [
      "does not object to a tag that the policy sets itself",
      "tags.costCenter",
      { result: "Required", defaultValue: "1" },
      0,
    ],
    [
      "objects to a value that is not among those required",
      "tags['environment']",
      { result: "Required", values: ["Prod"] },
      1,
    ],
    [
      "does not object to a value among those required",
      "tags[environment]",
      { result: "Required", values: ["prod", "test"] },
      0,
    ],
    ["objects to a name that is required and not known", "name", { result: "Required", values: ["vm-*"] }, 1],
    [
      "does not object to a name as it is required",
      "name",
      { result: "Required", values: ["vm-*"] },
      0,
      { ...made, name: "VM-1" },
    ],
    [
      "does not object to names that are denied and not used",
      "name",
      { result: "Deny", values: ["vm-2"] },
      0,
      { ...made, name: "vm-1" },
    ],
    ["objects to a name that is denied", "name", { result: "Deny", values: ["vm-1"] }, 1, { ...made, name: "vm-1" }],
    ["objects to a tag that is denied as such", "tags.environment", { result: "Deny" }, 1],
    ["objects to removing a tag that is there", "tags.environment", { result: "Removed" }, 1],
    ["does not object to removing what is not there", "tags.other", { result: "Removed" }, 0],
    ["does not object by auditing", "tags.costCenter", { result: "Audit" }, 0],
  ];
  for (const [title, field, restriction, objections, of] of cases) {
    it(title, () => assert.equal(count(field, restriction, of), objections));
  }

  for (const effect of ["audit", "modify", "deployIfNotExists"]) {
    it(`does not object by the effect ${effect}`, () => {
      const evaluation = {
        policyInfo: policy,
        evaluationResult: "NonCompliant",
        effectDetails: { policyEffect: effect },
      };
      assert.deepEqual(objectionsIn({ contentEvaluationResult: { policyEvaluations: [evaluation] } }, made), []);
    });
  }

  it("says nothing where parts are missing", () => {
    assert.deepEqual(objectionsIn({}, made), []);
    assert.deepEqual(
      objectionsIn({ fieldRestrictions: [{}], contentEvaluationResult: { policyEvaluations: [{}] } }, made),
      [],
    );
  });
});

describe("assignments that put agents onto machines", () => {
  const subscription = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
  const group = `${subscription}/resourceGroups/rg-staging`;
  const set = "/providers/Microsoft.Authorization/policySetDefinitions/924bfe3a-762f-40e7-86dd-5c8b95eb09e6";
  const assignment = (properties: object): Readonly<Record<string, unknown>> => ({
    id: "/a",
    properties: { displayName: "Monitoring", policyDefinitionId: set, scope: subscription, ...properties },
  });
  const cases: readonly (readonly [title: string, properties: object, found: boolean])[] = [
    ["are known by their initiative", {}, true],
    ["are known by their name", { displayName: "Install Log Analytics agent", policyDefinitionId: "/other" }, true],
    ["are not any others", { policyDefinitionId: "/other" }, false],
    ["count from a management group", { scope: "/providers/Microsoft.Management/managementGroups/all" }, true],
    ["count at the group itself", { scope: group }, true],
    ["do not count at another group", { scope: `${subscription}/resourceGroups/rg-other` }, false],
    ["do not count where the group is left out", { notScopes: [group] }, false],
    ["do not count where they are not enforced", { enforcementMode: "DoNotEnforce" }, false],
  ];
  for (const [title, properties, found] of cases) {
    it(title, () => assert.equal(agentAssignments([assignment(properties)], group).length, found ? 1 : 0));
  }
});
