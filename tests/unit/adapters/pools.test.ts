import assert from "node:assert/strict";
import { HttpsProxyAgent } from "https-proxy-agent";
import { createPools } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/pools.ts";
import type { NetworkSettings } from "../../../tasks/AzureImageBuilderV1/src/adapters/network.ts";

const direct: NetworkSettings = { proxyFor: () => undefined, tls: { checkServer: true } };

describe("Connections to Azure", () => {
  it("share one pool where there is no proxy", () => {
    const { poolFor } = createPools(direct, {});
    assert.ok(poolFor("https://a/") !== undefined && poolFor("https://a/") === poolFor("https://b/"));
  });

  it("go through the agent's proxy but for the addresses of its bypass list", () => {
    const proxyFor = (address: string): URL | undefined =>
      address.includes("internal") ? undefined : new URL("http://proxy:3128");
    const { poolFor } = createPools({ ...direct, proxyFor }, {});
    assert.ok(poolFor("https://management.azure.com/") instanceof HttpsProxyAgent);
    assert.ok(!(poolFor("https://internal.local/") instanceof HttpsProxyAgent));
    assert.equal(poolFor("https://a/"), poolFor("https://b/"));
  });

  it("are left to the machine's own proxy variables where the agent has no settings", () => {
    assert.equal(createPools(direct, { HTTPS_PROXY: "http://machine:3128" }).poolFor("https://a/"), undefined);
  });

  it("are not left to the machine where the agent has settings of its own", () => {
    const settings = { ...direct, tls: { checkServer: false } };
    const pool = createPools(settings, { HTTPS_PROXY: "http://machine:3128" }).poolFor("https://a/");
    assert.equal(pool?.options.rejectUnauthorized, false);
  });
});
