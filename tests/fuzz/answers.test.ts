/**
 * Whatever Azure answers, each call site of the task gives a result or one error with a name, asks a bounded number of
 * times, and shows its token to no other host. The answers are those of the emulator, changed.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createBlobStore } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/blobs.ts";
import { createArmReader } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/arm-reader.ts";
import { createBuildLogs } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/build-logs.ts";
import { createFactReader } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/facts.ts";
import { createImageTemplates } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/image-templates.ts";
import { createImages } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/images.ts";
import { createSession, type Session } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/session.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { createReadPool } from "../../tasks/AzureImageBuilderV1/src/preflight/reads.ts";
import { instant } from "../contract/virtual-machine-images-setup.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { assertTaskError } from "./errors.ts";
import { changes, withHeaders } from "./changes.ts";
import { skipPauses } from "./pauses.ts";
import { longestKind, tryManyLater } from "./settings.ts";
import { type Answer, type Kept, openWire, type Wire } from "./wire.ts";

/** More requests than any call site sends for one answer and its repetitions. */
const mostRequests = 60;

type Open = () => Promise<Session>;
interface Sites {
  readonly [name: string]: (open: Open) => Promise<unknown>;
}

describe("a bad answer of Azure", function () {
  this.timeout(longestKind);
  let emulator: Emulator;
  let wire: Wire;
  let sites: Sites;
  let opened: ReturnType<typeof createSession>;
  const kept = new Map<string, readonly Kept[]>();
  let endPauses: () => void;

  before(async () => {
    emulator = await createEmulator({ warm: true, imageBuilder: { durations: instant, buildVm: "simulated" } });
    wire = await openWire(emulator);
    const { description } = emulator;
    const given = description.connections["images-key"];
    assert.ok(given !== undefined);
    const lower = (fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
      new Map(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));
    const parameters = lower(given.parameters);
    const data = lower({
      ...given.data,
      environment: "AzureStack",
      activeDirectoryServiceEndpointResourceId: description.armUrl,
    });
    opened = createSession({
      connection: () => ({
        id: given.id,
        scheme: given.scheme,
        url: `${wire.origins.arm}/`,
        parameter: (name) => parameters.get(name.toLowerCase()),
        data: (name) => data.get(name.toLowerCase()),
      }),
      systemToken: () => undefined,
      oidcRequestUri: () => undefined,
      network: () => ({ proxyFor: () => undefined, tls: { ca: wire.ca, checkServer: true } }),
      mask: () => undefined,
      userAgent: "test",
      now: () => new Date(),
      environment: {},
    });
    sites = sitesOf(emulator, wire);
    endPauses = skipPauses();
    for (const [name, work] of Object.entries(sites)) kept.set(name, await wire.record(() => work(opened.open)));
  });

  after(async () => {
    endPauses();
    opened.close();
    await wire.close();
    await emulator.close();
  });

  it("is one of many that were recorded", () => {
    assert.ok([...kept.values()].flat().length > 40);
    for (const [name, answers] of kept) assert.ok(answers.length > 0, name);
  });

  it("gives a result or one error with a name, in bounded time, and sees no token elsewhere", async () => {
    const names = Object.keys(sites);
    await tryManyLater(fc.tuple(fc.noBias(fc.nat({ max: names.length - 1 })), changes), async ([at, change]) => {
      const name = names[at] ?? "";
      const answers = kept.get(name) ?? [];
      const target = answers[Math.floor(change.which * answers.length)];
      const turns = new Map<string, number>();
      const give = (line: string, count: number): Answer => {
        assert.ok(count < mostRequests * 3, `${name} does not end`);
        const same = answers.filter((one) => one.line === line);
        const turn = turns.get(line) ?? 0;
        turns.set(line, turn + 1);
        const good = same[Math.min(turn, same.length - 1)] ?? {
          status: 404,
          headers: { "content-type": "application/json" },
          body: '{"error":{"code":"NotFound","message":"no"}}',
        };
        const isChanged =
          good.status !== 404 && line === target?.line && (change.lasts ? count < mostRequests : turn === 0);
        // What is wrong with an answer must not be wrong with the next one on the same connection.
        const { status, headers, body } = isChanged
          ? withHeaders(change.edit(good, wire.foreign), { connection: "close" })
          : good;
        const next = body.replaceAll(
          '"nextLink":"SELF"',
          () => `"nextLink":"${wire.origins.arm}${line.split(" ")[1] ?? ""}?page=2"`,
        );
        return { status, headers, body: next };
      };
      const count = await wire.play(give, async () => {
        try {
          await sites[name]?.(opened.open);
        } catch (error) {
          assertTaskError(error);
        }
      });
      assert.ok(count <= mostRequests * 2, `${name} asked ${count} times`);
      assert.equal(wire.leaked(), 0, `${name} showed its token to another host`);
    });
  });
});

/** The task's call sites by name, each with adapters that know nothing yet. */
function sitesOf({ description, world }: Emulator, { origins }: Wire): Sites {
  const { subscriptionId: subscription, resources } = description;
  const group = resources.resourceGroup;
  const ref = { subscriptionId: subscription, resourceGroup: group.split("/").at(-1) ?? "", name: "fuzzed" };
  const image = { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server" };
  const account = {
    id: resources.storageAccount,
    name: "stimages",
    blobEndpoint: `${origins.blob}/stimages/`,
    allowSharedKeyAccess: true,
  };
  const template: ImageTemplate = {
    location: "westeurope",
    identity: { type: "UserAssigned", userAssignedIdentities: { [resources.identity]: {} } },
    properties: {
      source: { type: "PlatformImage", ...image, version: "latest" },
      distribute: [{ type: "VHD", runOutputName: "vhd" }],
    },
  };
  const signal = new AbortController().signal;
  const templates = createImageTemplates;
  const version = { "api-version": "2023-05-01" };
  const list = { apiVersion: "2023-05-01", permission: "Microsoft.Storage/storageAccounts/read" };
  return {
    group: (open) => createFactReader(open).resourceGroupLocation(subscription, ref.resourceGroup),
    versions: (open) => createFactReader(open).platformImageVersions(subscription, "westeurope", image),
    image: async (open) => {
      const reader = createFactReader(open);
      const [newest] = await reader.platformImageVersions(subscription, "westeurope", image);
      return reader.platformImage(subscription, "westeurope", image, String(newest));
    },
    definition: (open) => createFactReader(open).galleryDefinition(resources.definition),
    galleryVersions: (open) => createFactReader(open).galleryVersions(resources.definition),
    account: (open) => createFactReader(open).storageAccount(subscription, "stimages"),
    accountById: (open) => createFactReader(open).storageAccount(subscription, resources.storageAccount),
    identity: (open) => createFactReader(open).identity(resources.identity),
    permissions: async (open) => {
      const reader = createFactReader(open);
      const found = await reader.identity(resources.identity);
      return reader.permissionsOf(found?.principalId ?? "", group);
    },
    own: (open) => createFactReader(open).ownPermissions(group),
    create: (open) => templates(open).create(ref, template, { apiVersion: "2024-02-01", signal }),
    get: (open) => templates(open).get(ref),
    run: async (open) => {
      const handle = await templates(open).startRun(ref);
      for (let reads = 0; reads < 20 && (await handle.poll()).status === "InProgress"; reads += 1) await later();
    },
    getAfter: (open) => templates(open).get(ref),
    outputs: (open) => templates(open).runOutputs(ref),
    logs: async (open) => {
      const staging = world.resources.list("", "Microsoft.VirtualMachineImages/imageTemplates")[0]?.body["properties"];
      const { exactStagingResourceGroup = `${group}-none` } = (staging ?? {}) as {
        readonly exactStagingResourceGroup?: string;
      };
      const logs = createBuildLogs(open).follow({
        stagingResourceGroup: exactStagingResourceGroup,
        startedAt: new Date(0),
      });
      for (let reads = 0; reads < 8; reads += 1) await logs.read("customization");
    },
    tags: (open) => createImages(open).addTags(resources.definition, { a: "b" }),
    list: (open) => createArmReader(open).get(`${group}/providers/Microsoft.Storage/storageAccounts`, version),
    pages: async (open) => {
      const pool = createReadPool({ arm: createArmReader(open), web: { probe: async () => ({ error: "none" }) } });
      return pool.readsFor([]).list(`${group}/providers/Microsoft.Storage/storageAccounts`, list);
    },
    container: (open) => createBlobStore(open).container(account, "imagebuilder", "token").createIfAbsent(),
    blobs: async (open) => {
      const container = createBlobStore(open).container(account, "imagebuilder", "token");
      const upload = container.upload("v1/a");
      await upload.stage(0, Buffer.from("a"));
      await upload.commit(1, { a: "b" });
      await container.find("v1/a");
      await container.setMetadata("v1/a", { c: "d" });
      for await (const blob of container.list("v1/")) assert.equal(typeof blob.name, "string");
      await container.copy("v1/a", "v1/b", {});
      await container.delete("v1/b");
    },
    signed: (open) =>
      createBlobStore(open)
        .container(account, "imagebuilder", "token")
        .signedUrl("v1/a", new Date(Date.now() + 3_600_000)),
    signedByKey: (open) =>
      createBlobStore(open)
        .container(account, "imagebuilder", "accountKey")
        .signedUrl("v1/a", new Date(Date.now() + 3_600_000)),
    cancel: (open) => templates(open).cancelRun(ref).catch(toleratesIdle),
    delete: (open) => templates(open).delete(ref),
  };
}

/** A run that has ended cannot be cancelled, which is an answer as good as any. */
function toleratesIdle(error: unknown): void {
  assertTaskError(error);
}

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
