import assert from "node:assert/strict";
import {
  allows,
  covers,
  type Grant,
  isAtOrAbove,
  type Known,
} from "../../../tasks/AzureImageBuilderV1/src/values/permissions.ts";
import { grantOf } from "../facts/world.ts";

const read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const readers = grantOf({ dataActions: [read] });

describe("patterns of roles", () => {
  const cases: readonly (readonly [pattern: string, action: string, covered: boolean])[] = [
    [read, read, true],
    [read.toUpperCase(), read, true],
    ["*", read, true],
    ["*/read", read, true],
    ["*/write", read, false],
    ["Microsoft.Storage/*", read, true],
    ["Microsoft.Storage/*/blobs/read", read, true],
    ["Microsoft.Storage", read, false],
    ["MicrosoftxStorage/*", read, false],
    [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
      true,
    ],
    [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      "Microsoft.ManagedIdentity/userAssignedIdentitiesassign/action",
      false,
    ],
  ];
  for (const [pattern, action, covered] of cases) {
    it(`${pattern} ${covered ? "covers" : "does not cover"} ${action}`, () => {
      assert.equal(covers(pattern, action), covered);
    });
  }
});

describe("what roles allow", () => {
  const cases: readonly (readonly [title: string, grants: readonly Grant[], complete: boolean, known: Known])[] = [
    ["nothing without roles", [], true, "no"],
    ["nothing certain where roles are missing", [], false, "unknown"],
    ["what a role gives", [readers], true, "yes"],
    ["what a role gives, even where others are missing", [readers], false, "yes"],
    ["nothing on data by control plane rights", [grantOf({ actions: ["*"] })], true, "no"],
    ["not what the same role leaves out", [grantOf({ dataActions: ["*"], notDataActions: ["*/read"] })], true, "no"],
    [
      "what another role leaves out",
      [grantOf({ dataActions: ["*"], notDataActions: ["*/read"] }), readers],
      true,
      "yes",
    ],
    ["nothing certain under a condition", [{ ...readers, conditional: true }], true, "unknown"],
    ["what one role gives beside another's condition", [{ ...readers, conditional: true }, readers], true, "yes"],
  ];
  for (const [title, grants, complete, known] of cases) {
    it(title, () => assert.equal(allows({ grants, complete }, "dataActions", read), known));
  }

  it("leaves data to data actions, and control to actions", () => {
    const grants = [grantOf({ actions: ["*"], notActions: ["Microsoft.Storage/*"] })];
    assert.equal(allows({ grants, complete: true }, "actions", "Microsoft.Storage/storageAccounts/read"), "no");
    assert.equal(allows({ grants, complete: true }, "actions", "Microsoft.Compute/images/read"), "yes");
  });
});

describe("scopes of role assignments", () => {
  const group = "/subscriptions/s/resourceGroups/rg";
  const cases: readonly (readonly [scope: string, place: string, counts: boolean])[] = [
    ["/", group, true],
    ["/subscriptions/S", group, true],
    [group, group, true],
    [group, `${group}2`, false],
    [`${group}/providers/Microsoft.Storage/storageAccounts/a`, group, false],
  ];
  for (const [scope, place, counts] of cases) {
    it(`an assignment at ${scope} ${counts ? "counts" : "does not count"} at ${place}`, () => {
      assert.equal(isAtOrAbove(scope, place), counts);
    });
  }
});
