/** Identities and roles, read by the Azure adapter at the emulator. */
import assert from "node:assert/strict";
import type { FactReader } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { allows } from "../../tasks/AzureImageBuilderV1/src/values/permissions.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { openSession, type Session } from "./adapters-session.ts";

const group = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-images";
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-imagebuilder`;
const principal = "27e3fe0a-0000-4000-8000-4666831b100b";
const account = `${group}/providers/Microsoft.Storage/storageAccounts/stimages`;
const container = `${account}/blobServices/default/containers/imagebuilder`;
const readBlobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

describe("roles by the Azure adapter", () => {
  let emulator: Emulator;
  let azure: Session;
  let facts: FactReader;
  before(async () => {
    emulator = await createEmulator({ warm: true });
  });
  after(() => emulator.close());
  beforeEach(async () => {
    await emulator.reset();
    azure = openSession(emulator);
    ({ facts } = azure);
  });
  afterEach(() => azure.close());

  const refuse = (path: string, times = 1): void =>
    emulator.addFault({ match: { path }, times, action: { status: 403, code: "AuthorizationFailed" } });

  it("finds an identity's principal, and tells one that is gone", async () => {
    assert.deepEqual(await facts.identity(identity), { principalId: principal });
    assert.equal(await facts.identity(`${identity}-gone`), undefined);
  });

  it("finds what a role assigned above gives at the container", async () => {
    const found = await facts.permissionsOf(principal, container);
    assert.equal(found?.complete, true);
    assert.equal(found && allows(found, "dataActions", readBlobs), "yes");
    assert.equal(found && allows(found, "dataActions", readBlobs.replace("/read", "/write")), "no");
  });

  it("finds nothing for a principal without roles", async () => {
    assert.deepEqual(await facts.permissionsOf("00000000-0000-4000-8000-000000000000", container), {
      grants: [],
      complete: true,
    });
  });

  it("falls back to the principal's own roles where groups may not be looked up", async () => {
    refuse("assignedTo");
    const found = await facts.permissionsOf(principal, container);
    assert.equal(found?.complete, false);
    assert.equal(found && allows(found, "dataActions", readBlobs), "yes");
    assert.equal(found && allows(found, "dataActions", readBlobs.replace("/read", "/write")), "unknown");
  });

  it("leaves out a role whose definition may not be read", async () => {
    refuse("roleDefinitions");
    assert.deepEqual(await facts.permissionsOf(principal, container), { grants: [], complete: false });
  });

  it("throws where assignments may not be read at all", async () => {
    refuse("roleAssignments", 2);
    await assert.rejects(facts.permissionsOf(principal, container), { status: 403 });
  });

  it("reads a role's definition once", async () => {
    await Promise.all([facts.permissionsOf(principal, container), facts.permissionsOf(principal, account)]);
    assert.equal(emulator.requests().filter(({ url }) => url.includes("/roleDefinitions/")).length, 1);
  });

  it("finds what the connection may do", async () => {
    const key = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";
    const own = await facts.ownPermissions(account);
    assert.equal(own && allows(own, "actions", key), "yes");
    const above = await facts.ownPermissions(group);
    assert.equal(above && allows(above, "actions", key), "no");
  });

  it("takes nothing for refused where the answer leaves data actions out", async () => {
    const body = { value: [{ actions: ["*/read"], notActions: [] }] };
    emulator.addFault({
      match: { path: "Microsoft.Authorization/permissions" },
      times: 1,
      action: { status: 200, body },
    });
    const own = await facts.ownPermissions(account);
    assert.equal(own && allows(own, "dataActions", readBlobs), "unknown");
  });

  it("tells the account's network rules", async () => {
    const found = await facts.storageAccount("5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f", "stimages");
    assert.deepEqual([found?.defaultAction, found?.allowedSubnets], ["Allow", []]);
  });
});
