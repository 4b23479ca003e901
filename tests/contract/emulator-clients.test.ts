/** The official management clients at the emulator, by its own addresses. */
import assert from "node:assert/strict";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { ClientSecretCredential } from "@azure/identity";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { pipelineToken, send } from "../emulator/core/testing.ts";
import { changeWorld } from "../emulator/core/world-change.ts";
import { defaultWorld } from "../emulator/core/world-file.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";

describe("the official clients at the emulator", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await createEmulator();
  });
  after(() => emulator.close());
  beforeEach(async () => {
    await emulator.reset("default");
    allow("Contributor");
  });

  const subscription = (): string => `/subscriptions/${emulator.description.subscriptionId}`;
  const options = () => ({
    endpoint: emulator.description.armUrl,
    credentials: { scopes: [`${emulator.description.armUrl}/.default`] },
    tlsOptions: { ca: emulator.world.caPem },
    retryOptions: { maxRetries: 0 },
  });
  const credential = (): ClientSecretCredential => {
    const { parameters } = emulator.description.connections["images-key"] ?? assert.fail("no connection images-key");
    const { tenantId, authorityUrl } = emulator.description;
    return new ClientSecretCredential(
      tenantId,
      parameters["serviceprincipalid"] ?? "",
      parameters["serviceprincipalkey"] ?? "",
      {
        authorityHost: authorityUrl,
        disableInstanceDiscovery: true,
        tlsOptions: { ca: emulator.world.caPem },
      },
    );
  };
  const resources = () => new ResourceManagementClient(credential(), emulator.description.subscriptionId, options());
  const storage = () => new StorageManagementClient(credential(), emulator.description.subscriptionId, options());
  function allow(roleName: string): void {
    emulator.world.roleAssignments.push({
      id: `${subscription()}/providers/Microsoft.Authorization/roleAssignments/${emulator.world.newGuid()}`,
      principalId: emulator.world.roleAssignments[0]?.principalId ?? "",
      roleDefinitionId: emulator.world.roleDefinitions.find((one) => one.roleName === roleName)?.name ?? "",
      scope: subscription(),
    });
  }

  it("find a storage account by its name, with the address of its blobs", async () => {
    const found = [];
    for await (const account of storage().storageAccounts.list()) found.push(account);
    assert.deepEqual(
      found.map(({ name, primaryEndpoints }) => [name, primaryEndpoints?.blob]),
      [["stimages", `${emulator.description.blobUrl}/stimages/`]],
    );
    const inGroup = [];
    for await (const { name } of storage().storageAccounts.listByResourceGroup("rg-images")) inGroup.push(name);
    assert.deepEqual(inGroup, ["stimages"]);
  });

  it("read an account and use a key of it on its blobs", async () => {
    const account = await storage().storageAccounts.getProperties("rg-images", "stimages");
    const { keys } = await storage().storageAccounts.listKeys("rg-images", "stimages");
    const clientOptions: object = { tlsOptions: { ca: emulator.world.caPem } };
    for (const key of keys ?? []) {
      const shared = new StorageSharedKeyCredential("stimages", key.value ?? "");
      const blobs = new BlobServiceClient(account.primaryEndpoints?.blob ?? "", shared, clientOptions);
      await blobs.getContainerClient(`with-${key.keyName ?? ""}`).create();
    }
    assert.deepEqual(
      keys?.map(({ keyName, permissions }) => [keyName, permissions]),
      [
        ["key1", "FULL"],
        ["key2", "FULL"],
      ],
    );
  });

  it("make, read, list and find a group by its tag", async () => {
    const client = resources();
    await client.resourceGroups.createOrUpdate("rg-new", { location: "westeurope", tags: { purpose: "test" } });
    assert.equal((await client.resourceGroups.get("rg-new")).properties?.provisioningState, "Succeeded");
    const tagged = [];
    for await (const { name } of client.resourceGroups.list({ filter: "tagName eq 'purpose'" })) tagged.push(name);
    assert.deepEqual(tagged, ["rg-new"]);
    assert.equal((await client.resourceGroups.checkExistence("rg-new")).body, true);
    assert.equal((await client.resourceGroups.checkExistence("rg-absent")).body, false);
  });

  it("page through the resources of a group", async () => {
    const names = [];
    for await (const { name } of resources().resources.listByResourceGroup("rg-images", { top: 1 })) names.push(name);
    assert.deepEqual(names.sort(), [
      "galimages",
      "id-agent",
      "id-imagebuilder",
      "nat-build",
      "nsg-build",
      "nsg-containers",
      "stimages",
      "vnet-build",
    ]);
  });

  it("read a provider with its regions and api-versions", async () => {
    const provider = await resources().providers.get("Microsoft.VirtualMachineImages");
    const type = provider.resourceTypes?.find(({ resourceType }) => resourceType === "imageTemplates");
    assert.equal(provider.registrationState, "Registered");
    assert.ok(type?.locations?.includes("West Europe"));
    assert.ok(type?.apiVersions?.includes("2024-02-01"));
  });

  it("register a provider, which takes its time", async () => {
    await emulator.reset(changeWorld(defaultWorld(), { registered: { "Microsoft.PolicyInsights": false } }));
    allow("Contributor");
    const client = resources();
    assert.equal((await client.providers.get("Microsoft.PolicyInsights")).registrationState, "NotRegistered");
    assert.equal((await client.providers.register("Microsoft.PolicyInsights")).registrationState, "Registering");
    await emulator.adjustClock({ advanceMs: 25_000 });
    await until(
      async () => (await client.providers.get("Microsoft.PolicyInsights")).registrationState === "Registered",
    );
  });

  it("see a deletion as 202 with a Location and then as 200, both without a body", async () => {
    const token = await pipelineToken(emulator);
    await resources().resourceGroups.createOrUpdate("rg-old", { location: "westeurope" });
    const url = `${subscription()}/resourcegroups/rg-old?api-version=2021-04-01`;
    const asked = await send(emulator, { method: "DELETE", url, token });
    const location = asked.headers.location ?? "";
    assert.deepEqual([asked.status, asked.text, asked.headers["azure-asyncoperation"]], [202, "", undefined]);
    assert.ok(location.startsWith(`${emulator.description.armUrl}${subscription()}/operationresults/`), location);
    const during = await send(emulator, { url: location, token });
    assert.deepEqual([during.status, during.text, during.headers["retry-after"]], [202, "", "15"]);
    assert.equal((await resources().resourceGroups.get("rg-old")).properties?.provisioningState, "Deleting");
    await emulator.adjustClock({ advanceMs: 141_000 });
    await until(async () => (await send(emulator, { url: location, token })).status !== 202);
    const after = await send(emulator, { url: location, token });
    assert.deepEqual([after.status, after.text], [200, ""]);
    await assert.rejects(resources().resourceGroups.get("rg-old"), /ResourceGroupNotFound|could not be found/);
  });
});

/** Asks again until it is so; the test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
