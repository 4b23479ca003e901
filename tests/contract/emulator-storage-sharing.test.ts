/** Storage as runs that share blobs need it (copies, conditions, metadata in lists), and what a world file says of it. */
import assert from "node:assert/strict";
import { BlobClient, type BlockBlobClient, type ContainerClient } from "@azure/storage-blob";
import { send } from "../emulator/core/testing.ts";
import { defaultWorld } from "../emulator/core/world-file.ts";
import { createEmulator } from "../emulator/index.ts";
import { type StorageWorld, createStorageWorld, refused } from "./emulator-storage-setup.ts";

const ifAbsent = { ifNoneMatch: "*" };

describe("shared blobs at the emulator", () => {
  let world: StorageWorld;
  let container = "";
  let blobs: ContainerClient;
  let count = 0;

  before(async function () {
    this.timeout(30_000);
    world = await createStorageWorld();
  });
  after(() => world.emulator.close());
  beforeEach(async () => {
    world.restore();
    container = `shared${(count += 1)}`;
    blobs = world.byToken().getContainerClient(container);
    await blobs.create();
  });

  const put = async (name: string, metadata: Record<string, string> = {}): Promise<BlockBlobClient> => {
    const blob = blobs.getBlockBlobClient(name);
    await blob.uploadData(Buffer.from(`content of ${name}`), { metadata });
    return blob;
  };
  /** Leaves the pipeline application with this role alone on the account. */
  const holdOnly = (roleName: string): void => {
    const { roleAssignments, roleDefinitions } = world.emulator.world;
    const at = roleAssignments.findIndex(({ scope }) => scope.endsWith("/stimages"));
    const role = roleDefinitions.find((one) => one.roleName === roleName) ?? assert.fail(`no role ${roleName}`);
    const before = roleAssignments[at] ?? assert.fail("the account has no role assignment");
    const everywhere = roleAssignments.findIndex(
      ({ principalId, scope }) => principalId === before.principalId && /^\/subscriptions\/[^/]+$/.test(scope),
    );
    roleAssignments[at] = { ...before, roleDefinitionId: role.name };
    roleAssignments.splice(everywhere, 1);
  };

  it("copies a blob by token, with new metadata", async () => {
    const source = await put("a.txt", { used: "1" });
    const copying = await blobs.getBlobClient("b.txt").beginCopyFromURL(source.url, { metadata: { used: "2" } });
    assert.equal((await copying.pollUntilDone()).copyStatus, "success");
    const copy = blobs.getBlobClient("b.txt");
    assert.equal((await copy.downloadToBuffer()).toString(), "content of a.txt");
    assert.deepEqual((await copy.getProperties()).metadata, { used: "2" });
  });

  it("copies a blob by key, without a signature for the source", async () => {
    const source = await put("a.txt");
    const target = (await world.byKey()).getContainerClient(container).getBlobClient("b.txt");
    await (await target.beginCopyFromURL(source.url)).pollUntilDone();
    assert.equal((await target.downloadToBuffer()).toString(), "content of a.txt");
  });

  it("copies onto nothing that is there: 409 BlobAlreadyExists", async () => {
    const source = await put("a.txt");
    await put("b.txt");
    const copy = blobs.getBlobClient("b.txt").beginCopyFromURL(source.url, { conditions: ifAbsent });
    await refused(copy, 409, "BlobAlreadyExists");
    assert.equal((await blobs.getBlobClient("b.txt").downloadToBuffer()).toString(), "content of b.txt");
  });

  it("copies nothing that is absent", async () => {
    await refused(blobs.getBlobClient("b").beginCopyFromURL(blobs.getBlobClient("absent").url), 404, "BlobNotFound");
  });

  it("refuses a copy to who may read but not write", async () => {
    const source = await put("a.txt");
    holdOnly("Storage Blob Data Reader");
    await refused(blobs.getBlobClient("b").beginCopyFromURL(source.url), 403, "AuthorizationPermissionMismatch");
  });

  it("refuses a copy to who may write but not read the source", async () => {
    const source = await put("a.txt");
    const { roleDefinitions } = world.emulator.world;
    const write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
    const definition = roleDefinitions.find(({ roleName }) => roleName === "Storage Blob Data Reader");
    assert.ok(definition);
    const writer = {
      ...definition,
      name: "00000000-0000-4000-8000-00000000d0d0",
      roleName: "Writer",
      dataActions: [write],
    };
    (roleDefinitions as unknown[]).push(writer);
    holdOnly("Writer");
    try {
      await refused(blobs.getBlobClient("b").beginCopyFromURL(source.url), 403, "CannotVerifyCopySource");
      await blobs.getBlockBlobClient("b").uploadData(Buffer.from("written"));
    } finally {
      (roleDefinitions as unknown[]).pop();
    }
  });

  it("takes a signature for the target as none for the source, and a signature of the source's own", async () => {
    const source = await put("a.txt");
    const write = await world.delegated(container, "b.txt", { permissions: "cw" });
    const read = await world.delegated(container, "a.txt", { permissions: "r" });
    const target = new BlobClient(`${blobs.getBlobClient("b.txt").url}?${write}`, undefined, world.options);
    await refused(target.beginCopyFromURL(source.url), 409, "CannotVerifyCopySource");
    await target.beginCopyFromURL(`${source.url}?${read}`);
    assert.equal((await blobs.getBlobClient("b.txt").downloadToBuffer()).toString(), "content of a.txt");
  });

  for (const [title, spoil] of [
    ["that was tampered with", (query: string) => query.replace(/sig=.{4}/, "sig=AAAA")],
    ["for another blob", (query: string) => query],
  ] as const) {
    it(`refuses a source with a signature ${title}`, async () => {
      const source = await put("a.txt");
      const signed = title === "for another blob" ? "other.txt" : "a.txt";
      const query = spoil(await world.delegated(container, signed, { permissions: "r" }));
      const copy = blobs.getBlobClient("b.txt").beginCopyFromURL(`${source.url}?${query}`);
      await refused(copy, 403, "CannotVerifyCopySource");
    });
  }

  it("refuses a source in an account that does not exist, and a private one in another account", async () => {
    const copy = (url: string) => blobs.getBlobClient("b").beginCopyFromURL(url);
    await refused(copy("https://stabsent.blob.core.windows.net/c/b"), 404, "CannotVerifyCopySource");
    const own = world.emulator.world.resources.get(world.emulator.description.resources.storageAccount);
    assert.ok(own);
    const id = own.id.replace(/stimages$/, "stother");
    world.emulator.world.resources.put({ ...own, id, name: "stother" });
    try {
      await refused(copy("https://stother.blob.core.windows.net/c/b"), 409, "CannotVerifyCopySource");
    } finally {
      world.emulator.world.resources.delete(id);
    }
  });

  it("answers 501 for the copies it does not serve", async () => {
    const source = await put("a.txt");
    await refused(blobs.getBlobClient("b").syncCopyFromURL(source.url), 501, "NotImplemented");
    await refused(blobs.getBlockBlobClient("b").syncUploadFromURL(source.url), 501, "NotImplemented");
    await refused(blobs.getBlockBlobClient("b").stageBlockFromURL("AAAA", source.url, 0, 4), 501, "NotImplemented");
  });

  it("tells a blob's size and metadata without its content", async () => {
    const blob = await put("a.txt", { digest: "abc" });
    const { contentLength, metadata } = await blob.getProperties();
    assert.deepEqual([contentLength, metadata], [16, { digest: "abc" }]);
  });

  it("replaces metadata, and needs the right to write for it", async () => {
    const blob = await put("a.txt", { used: "1", digest: "abc" });
    await blob.setMetadata({ used: "2" });
    assert.deepEqual((await blob.getProperties()).metadata, { used: "2" });
    holdOnly("Storage Blob Data Reader");
    await refused(blob.setMetadata({ used: "3" }), 403, "AuthorizationPermissionMismatch");
    assert.deepEqual((await blob.getProperties()).metadata, { used: "2" });
  });

  it("lists by prefix with metadata where it is asked for", async () => {
    await put("sha/1", { used: "1" });
    await put("sha/2");
    await put("other", { used: "3" });
    const found: unknown[] = [];
    for await (const { name, metadata } of blobs.listBlobsFlat({ prefix: "sha/", includeMetadata: true })) {
      found.push([name, metadata ?? {}]);
    }
    assert.deepEqual(found, [
      ["sha/1", { used: "1" }],
      ["sha/2", {}],
    ]);
    for await (const { metadata } of blobs.listBlobsFlat({ prefix: "sha/" })) assert.equal(metadata, undefined);
  });

  it("deletes only what is unchanged since a time, and needs the right to delete", async () => {
    const blob = await put("a.txt");
    const { lastModified } = await blob.getProperties();
    assert.ok(lastModified);
    const earlier = new Date(lastModified.getTime() - 60_000);
    await refused(blob.delete({ conditions: { ifUnmodifiedSince: earlier } }), 412, "ConditionNotMet");
    assert.equal(await blob.exists(), true);
    holdOnly("Storage Blob Data Reader");
    await refused(blob.delete(), 403, "AuthorizationPermissionMismatch");
    world.restore();
    await blob.delete({ conditions: { ifUnmodifiedSince: lastModified } });
    assert.equal(await blob.exists(), false);
  });

  it("commits blocks onto nothing that is there: 409 BlobAlreadyExists", async () => {
    const blob = blobs.getBlockBlobClient("blocks");
    const id = Buffer.from("000000").toString("base64");
    await blob.stageBlock(id, "one", 3);
    assert.equal(await blob.exists(), false, "staged blocks are no blob");
    await blob.commitBlockList([id], { conditions: ifAbsent });
    await blob.stageBlock(id, "two", 3);
    await refused(blob.commitBlockList([id], { conditions: ifAbsent }), 409, "BlobAlreadyExists");
    assert.equal((await blob.downloadToBuffer()).toString(), "one");
  });

  it("says in plain HTTP that a copy was accepted", async () => {
    const source = await put("a.txt");
    const token = (await world.credential.getToken("https://storage.azure.com/.default"))?.token ?? "";
    const answer = await send(world.emulator, {
      method: "PUT",
      url: `${world.root}/${container}/b.txt`,
      token,
      headers: { "x-ms-version": "2023-11-03", "x-ms-copy-source": source.url, "content-length": "0" },
    });
    assert.deepEqual([answer.status, answer.headers["x-ms-copy-status"]], [202, "success"], answer.text);
  });
});

describe("a world file", () => {
  it("says what an account takes and who may read it", async () => {
    const world = defaultWorld();
    const resources = world.resources.map((one) =>
      one.id.endsWith("/storageAccounts/stimages")
        ? { ...one, properties: { allowSharedKeyAccess: false, networkAcls: { defaultAction: "Deny" } } }
        : one,
    );
    const emulator = await createEmulator({ world: { ...world, resources, roleAssignments: [] } });
    try {
      const principal = emulator.world.identity(emulator.description.resources.identity)?.principalId ?? "";
      const token = await emulator.world.tokenFor(principal, "https://storage.azure.com");
      const read = () =>
        send(emulator, {
          url: `${emulator.description.blobUrl}/stimages/absent/b`,
          token,
          headers: { "x-ms-version": "2023-11-03" },
        });
      assert.equal((await read()).headers["x-ms-error-code"], "AuthorizationFailure");
      const account = emulator.world.resources.get(emulator.description.resources.storageAccount);
      Object.assign(account?.body["properties"] ?? {}, { networkAcls: { defaultAction: "Allow" } });
      assert.equal((await read()).headers["x-ms-error-code"], "AuthorizationPermissionMismatch");
      const role = emulator.world.roleDefinitions.find(({ roleName }) => roleName === "Storage Blob Data Reader");
      const scope = emulator.description.resources.storageAccount;
      emulator.world.roleAssignments.push({
        id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${emulator.world.newGuid()}`,
        principalId: principal,
        roleDefinitionId: role?.name ?? "",
        scope,
      });
      assert.equal((await read()).headers["x-ms-error-code"], "ContainerNotFound");
    } finally {
      await emulator.close();
    }
  });
});
