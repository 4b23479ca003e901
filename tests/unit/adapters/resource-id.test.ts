import assert from "node:assert/strict";
import { parseResourceId } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/resource-id.ts";

describe("A resource ID", () => {
  for (const id of [
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/d/versions/1.0.0",
    "/SUBSCRIPTIONS/s/resourcegroups/rg/PROVIDERS/microsoft.compute/Galleries/g/Images/d/Versions/1.0.0/",
    "subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/d/versions/1.0.0",
  ]) {
    it(`is taken apart without regard to case: ${id}`, () => {
      assert.deepEqual(parseResourceId(id), { subscriptionId: "s", resourceGroup: "rg", names: ["g", "d", "1.0.0"] });
    });
  }

  for (const text of ["stimages", "/subscriptions/s/resourceGroups/rg", ""]) {
    it(`is not seen in "${text}"`, () => {
      assert.equal(parseResourceId(text), undefined);
    });
  }
});
