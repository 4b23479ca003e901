/** Blob storage at the emulator with the official client: what Azurite serves, and what the front refuses before it. */
import assert from "node:assert/strict";
import {
  AnonymousCredential,
  BlobSASPermissions,
  BlobServiceClient,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { pipelineToken, send } from "../emulator/core/testing.ts";
import type { Emulator } from "../emulator/index.ts";
import { type StorageWorld, createStorageWorld, refused, storageAccount as account } from "./emulator-storage-setup.ts";

const hour = 60 * 60 * 1000;

describe("blob storage at the emulator", () => {
  let world: StorageWorld;
  let emulator: Emulator;
  let container = 0;

  before(async function () {
    this.timeout(30_000);
    world = await createStorageWorld();
    ({ emulator } = world);
  });
  after(() => world.emulator.close());
  beforeEach(() => {
    world.restore();
    container += 1;
  });

  const byToken = () => world.byToken();
  const byKey = () => world.byKey();
  const place = (service: BlobServiceClient) => service.getContainerClient(`artifacts${container}`);
  const upload = async (name = "app/a b+c.txt", content = "content") => {
    const blobs = place(byToken());
    await blobs.createIfNotExists();
    await blobs.getBlockBlobClient(name).uploadData(Buffer.from(content));
    return blobs.getBlockBlobClient(name);
  };
  const delegated = (name: string, permissions: string, lifeMs = hour) =>
    world.delegated(`artifacts${container}`, name, { permissions, lifeMs });
  const later = (ms: number): Date => new Date(emulator.world.clock.now().getTime() + ms);

  it("takes an upload by token and gives it back", async () => {
    const blob = await upload();
    assert.equal((await blob.downloadToBuffer()).toString(), "content");
  });

  it("takes an upload in several blocks", async () => {
    const blobs = place(byToken());
    await blobs.create();
    const content = Buffer.alloc(3 * 1024 * 1024, "x");
    const blob = blobs.getBlockBlobClient("large");
    await blob.uploadData(content, { blockSize: 1024 * 1024, maxSingleShotSize: 1024 * 1024 });
    assert.equal((await blob.downloadToBuffer()).length, content.length);
  });

  it("lists blobs, with the service's byte order mark", async () => {
    await upload("listed.txt");
    const names: string[] = [];
    for await (const { name } of place(byToken()).listBlobsFlat()) names.push(name);
    assert.deepEqual(names, ["listed.txt"]);
    const token = await world.credential.getToken("https://storage.azure.com/.default");
    const raw = await send(emulator, {
      url: `${world.root}/artifacts${container}?restype=container&comp=list`,
      token: token?.token ?? "",
      headers: { "x-ms-version": "2023-11-03" },
    });
    assert.ok(raw.text.startsWith("\uFEFF<?xml"));
  });

  it("takes an upload by account key", async () => {
    const blobs = place(await byKey());
    await blobs.create();
    await blobs.getBlockBlobClient("key.txt").uploadData(Buffer.from("by key"));
    assert.equal((await blobs.getBlockBlobClient("key.txt").downloadToBuffer()).toString(), "by key");
  });

  it("reads by a signature of user delegation", async () => {
    const blob = await upload();
    const answer = await send(emulator, { url: `${blob.url}?${await delegated(blob.name, "r")}` });
    assert.deepEqual([answer.status, answer.text], [200, "content"]);
  });

  it("refuses a signature whose time is over, and says which time", async () => {
    const blob = await upload();
    const answer = await send(emulator, { url: `${blob.url}?${await delegated(blob.name, "r", -1000)}` });
    assert.deepEqual([answer.status, answer.headers["x-ms-error-code"]], [403, "AuthenticationFailed"]);
    assert.match(answer.text, /<AuthenticationErrorDetail>Signature not valid in the specified time frame/);
  });

  it("refuses a signature that was tampered with", async () => {
    const blob = await upload();
    const query = (await delegated(blob.name, "r")).replace(/sig=.{4}/, "sig=AAAA");
    const answer = await send(emulator, { url: `${blob.url}?${query}` });
    assert.deepEqual([answer.status, answer.headers["x-ms-error-code"]], [403, "AuthenticationFailed"]);
  });

  it("refuses what a signature does not allow", async () => {
    const blob = await upload();
    const query = await delegated(blob.name, "r");
    const answer = await send(emulator, { method: "DELETE", url: `${blob.url}?${query}` });
    assert.deepEqual([answer.status, answer.headers["x-ms-error-code"]], [403, "AuthorizationPermissionMismatch"]);
  });

  it("refuses a signature for another blob", async () => {
    const blob = await upload();
    await upload("other.txt");
    const query = await delegated(blob.name, "r");
    const answer = await send(emulator, { url: `${place(byToken()).getBlobClient("other.txt").url}?${query}` });
    assert.equal(answer.status, 403);
  });

  it("takes a user's delegation back with the user's roles", async () => {
    const blob = await upload();
    const query = await delegated(blob.name, "r");
    emulator.world.roleAssignments.length = 0;
    const answer = await send(emulator, { url: `${blob.url}?${query}` });
    assert.deepEqual([answer.status, answer.headers["x-ms-error-code"]], [403, "AuthorizationPermissionMismatch"]);
  });

  it("refuses a token without the data role, and a delegation key too", async () => {
    const withoutStorage = emulator.world.roleAssignments.filter(({ scope }) => !scope.endsWith("/stimages"));
    emulator.world.roleAssignments.splice(0, Infinity, ...withoutStorage);
    await refused(upload(), 403, "AuthorizationPermissionMismatch");
    const key = byToken().getUserDelegationKey(later(0), later(hour));
    await refused(key, 403, "AuthorizationPermissionMismatch");
  });

  it("gives no delegation key for longer than seven days", async () => {
    await refused(byToken().getUserDelegationKey(later(0), later(8 * 24 * hour)), 400, "InvalidXmlNodeValue");
  });

  it("is empty after a reset, with the same keys", async () => {
    const blob = await upload();
    const { key } = await emulator.world.blobs.ensureAccount(account);
    await emulator.reset();
    await refused(blob.download(), 404, "ContainerNotFound");
    assert.equal((await emulator.world.blobs.ensureAccount(account)).key, key);
  });

  it("refuses a token for Resource Manager, with a challenge", async () => {
    const token = await world.credential.getToken("https://management.azure.com/.default");
    const answer = await send(emulator, { url: `${world.root}/artifacts/x`, token: token?.token ?? "" });
    assert.deepEqual([answer.status, answer.headers["x-ms-error-code"]], [401, "InvalidAuthenticationInfo"]);
    assert.match(
      answer.headers["www-authenticate"] ?? "",
      /authorization_uri=.*resource_id=https:\/\/storage\.azure\.com/,
    );
  });

  it("refuses keys where the account forbids them, and signatures made with them", async () => {
    const blob = await upload();
    const keyed = place(await byKey()).getBlobClient(blob.name);
    const signed = await keyed.generateSasUrl({ permissions: BlobSASPermissions.parse("r"), expiresOn: later(hour) });
    assert.equal((await send(emulator, { url: signed })).status, 200);
    world.rules()["allowSharedKeyAccess"] = false;
    await refused(keyed.download(), 403, "KeyBasedAuthenticationNotPermitted");
    const answer = await send(emulator, { url: signed });
    assert.deepEqual([answer.status, answer.headers["x-ms-error-code"]], [403, "KeyBasedAuthenticationNotPermitted"]);
    assert.equal((await blob.downloadToBuffer()).toString(), "content", "tokens still work");
  });

  it("refuses a wrong key", async () => {
    const wrong = new StorageSharedKeyCredential(account, Buffer.alloc(64).toString("base64"));
    const blobs = new BlobServiceClient(world.root, wrong, world.options).getContainerClient("artifacts");
    await refused(blobs.create(), 403, "AuthenticationFailed");
  });

  for (const [title, change] of [
    ["denies by default", { networkAcls: { defaultAction: "Deny" } }],
    ["has no public network access", { publicNetworkAccess: "Disabled" }],
  ] as const) {
    it(`refuses everyone where the account ${title}`, async () => {
      const blob = await upload();
      Object.assign(world.rules(), change);
      await refused(blob.download(), 403, "AuthorizationFailure");
    });
  }

  it("lets nobody in without a name", async () => {
    const blob = await upload();
    const anonymous = new BlobServiceClient(world.root, new AnonymousCredential(), world.options);
    await refused(place(anonymous).getBlobClient(blob.name).download(), 409, "PublicAccessNotPermitted");
    world.rules()["allowBlobPublicAccess"] = true;
    await refused(place(anonymous).getBlobClient(blob.name).download(), 401, "NoAuthenticationInformation");
    assert.equal((await send(emulator, { url: blob.url })).headers["x-ms-error-code"], "ResourceNotFound");
  });

  it("makes no public container on an account that forbids it", async () => {
    await refused(place(byToken()).create({ access: "blob" }), 409, "PublicAccessNotPermitted");
  });

  it("answers 404 with the code in the header for a blob that is absent", async () => {
    await upload();
    await refused(place(byToken()).getBlobClient("absent").download(), 404, "BlobNotFound");
    assert.equal(await place(byToken()).getBlobClient("absent").exists(), false);
  });

  it("answers 501 for an operation that is not built", async () => {
    const token = await world.credential.getToken("https://storage.azure.com/.default");
    const answer = await send(emulator, {
      method: "POST",
      url: `${world.root}/?comp=batch`,
      token: token?.token ?? "",
    });
    assert.equal(answer.status, 501);
  });

  it("lets the emulated cloud write and fetch blobs itself", async () => {
    const { blobs } = emulator.world;
    await blobs.append(account, "packerlogs", "x/customization.log", Buffer.from("one\n"));
    await blobs.append(account, "packerlogs", "x/customization.log", Buffer.from("two\n"));
    assert.equal((await blobs.read(account, "packerlogs", "x/customization.log"))?.toString(), "one\ntwo\n");
    assert.equal(await blobs.read(account, "packerlogs", "absent"), undefined);
    const properties = await byToken()
      .getContainerClient("packerlogs")
      .getBlobClient("x/customization.log")
      .getProperties();
    assert.equal(properties.blobType, "AppendBlob");
    const token = await world.credential.getToken("https://storage.azure.com/.default");
    const fetched = await blobs.fetch(
      `https://${account}.blob.core.windows.net/packerlogs/x/customization.log`,
      token?.token,
    );
    assert.deepEqual([fetched.status, fetched.body.toString()], [200, "one\ntwo\n"]);
    await assert.rejects(blobs.fetch("https://example.com/x"), /cannot be reached/);
  });

  it("knows an account that is made while Azurite runs", async () => {
    const { blobs } = emulator.world;
    await blobs.write("madelater", "vhds", "disk.vhd", Buffer.from("disk"));
    assert.equal((await blobs.read("madelater", "vhds", "disk.vhd"))?.toString(), "disk");
  });

  it("follows the emulator's clock: an hour's signature and token end when two have passed, and new ones are good", async () => {
    const blob = await upload();
    const query = await delegated(blob.name, "r");
    const old = await world.credential.getToken("https://storage.azure.com/.default");
    await emulator.adjustClock({ advanceMs: 2 * hour });
    const signed = await send(emulator, { url: `${blob.url}?${query}` });
    assert.deepEqual([signed.status, signed.headers["x-ms-error-code"]], [403, "AuthenticationFailed"]);
    const headers = { "x-ms-version": "2023-11-03" };
    const expired = await send(emulator, { url: blob.url, token: old?.token ?? "", headers });
    assert.deepEqual([expired.status, expired.headers["x-ms-error-code"]], [401, "InvalidAuthenticationInfo"]);
    const fresh = await pipelineToken(emulator, "https://storage.azure.com");
    assert.equal((await send(emulator, { url: blob.url, token: fresh, headers })).status, 200);
  });
});
