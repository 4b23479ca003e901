import assert from "node:assert/strict";
import { findPortal, portalLink } from "../../../tasks/AzureImageBuilderV1/src/outputs/portal.ts";
import { versionId } from "../build/stage.ts";
import { connection, tenantId } from "./summary-cases.ts";

const stack = "https://portal.local.azurestack.external/";

describe("The portal", () => {
  const clouds: readonly (readonly [Readonly<Record<string, string>>, string | undefined])[] = [
    [{}, "https://portal.azure.com"],
    [{ environment: "AzureCloud" }, "https://portal.azure.com"],
    [{ environment: "azureusgovernment" }, "https://portal.azure.us"],
    [{ environment: "AzureChinaCloud" }, "https://portal.azure.cn"],
    [{ environment: "AzureStack", armManagementPortalUrl: stack }, "https://portal.local.azurestack.external"],
    [{ environment: "AzureStack" }, undefined],
    [{ environment: "AzureStack", armManagementPortalUrl: "javascript:alert(1)" }, undefined],
    [{ environment: "AzureStack", armManagementPortalUrl: "portal" }, undefined],
  ];
  for (const [data, base] of clouds) {
    it(`of ${JSON.stringify(data)} is ${base ?? "not known"}`, () => {
      assert.equal(findPortal(connection(data))?.base, base);
    });
  }

  it("is not known without a connection", () => {
    assert.equal(findPortal(undefined), undefined);
  });

  it("opens a resource in the connection's tenant", () => {
    assert.equal(
      portalLink(versionId, { base: "https://portal.azure.com", tenantId }),
      `https://portal.azure.com/#@${tenantId}/resource${versionId}`,
    );
  });

  it("opens a resource in whatever tenant the reader is signed in to when the connection names none", () => {
    const portal = findPortal(connection({}, ""));
    assert.equal(portal && portalLink(versionId, portal), `https://portal.azure.com/#resource${versionId}`);
  });

  it("writes names so that they are no Markdown", () => {
    const id = versionId.replace("/rg/", "/r(é)_1~/");
    assert.match(
      portalLink(id, { base: "https://portal.azure.com" }) ?? "",
      /resourceGroups\/r%28%C3%A9%29%5F1%7E\/providers/,
    );
  });

  for (const id of [
    "",
    "/subscriptions/x",
    "https://x",
    `${versionId}\n# x`,
    `${versionId}?x=1`,
    `${versionId}\ud800`,
  ]) {
    it(`has no page for ${JSON.stringify(id.slice(-20))}`, () => {
      assert.equal(portalLink(id, { base: "https://portal.azure.com" }), undefined);
    });
  }
});
