/** The Azure adapter at the emulator: the official SDKs below it, nothing replaced. */
import assert from "node:assert/strict";
import { ServiceError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import type {
  BlobContainer,
  StorageAccountFacts,
  StoredBlob,
  TemplateRef,
} from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { putVersion } from "../emulator/services/compute/gallery-version.ts";
import { fetchPlain, openSession, type Session } from "./adapters-session.ts";

const image = { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server" };

describe("the Azure adapter at the emulator", () => {
  let emulator: Emulator;
  let azure: Session;
  before(async () => {
    emulator = await createEmulator({ warm: true });
  });
  after(() => emulator.close());
  beforeEach(async () => {
    await emulator.reset();
    azure = openSession(emulator);
  });
  afterEach(() => azure.close());

  const subscription = (): string => emulator.description.subscriptionId;
  const group = (): string => emulator.description.resources.resourceGroup;
  const asked = (method: string, path: RegExp): number =>
    emulator.requests().filter((entry) => entry.method === method && path.test(entry.url)).length;

  async function refused(work: Promise<unknown>): Promise<ServiceError> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ServiceError, String(error));
    return error;
  }

  describe("reads facts", () => {
    it("a resource group's region, and that there is none", async () => {
      assert.equal(await azure.facts.resourceGroupLocation(subscription(), "RG-IMAGES"), "westeurope");
      assert.equal(await azure.facts.resourceGroupLocation(subscription(), "rg-none"), undefined);
    });

    it("versions of a marketplace image, and none of one that is not there", async () => {
      const versions = await azure.facts.platformImageVersions(subscription(), "westeurope", image);
      assert.ok(versions.length > 1 && versions.every((version) => /^\d+\.\d+\.\d+$/.test(version)), String(versions));
      assert.deepEqual(
        await azure.facts.platformImageVersions(subscription(), "westeurope", { ...image, sku: "none" }),
        [],
      );
    });

    it("what a marketplace image is", async () => {
      const [version] = await azure.facts.platformImageVersions(subscription(), "westeurope", image);
      const facts = await azure.facts.platformImage(subscription(), "westeurope", image, version ?? "");
      assert.deepEqual(
        [facts?.osType, facts?.hyperVGeneration, facts?.architecture, facts?.plan],
        ["linux", "V2", "x64", undefined],
      );
    });

    it("a gallery's image definition, its versions, and that there is none", async () => {
      const { definition } = emulator.description.resources;
      const facts = await azure.facts.galleryDefinition(definition.toUpperCase());
      assert.deepEqual(facts, { location: "westeurope", osType: "linux", hyperVGeneration: "V2", architecture: "x64" });
      assert.equal(await azure.facts.galleryDefinition(`${definition}-none`), undefined);
      assert.deepEqual(await azure.facts.galleryVersions(definition), []);
    });

    for (const [written, told] of [
      [[{ name: "SecurityType", value: "TrustedLaunchSupported" }], "TrustedLaunchSupported"],
      [
        [
          { name: "IsHibernateSupported", value: "True" },
          { name: "securitytype", value: "ConfidentialVM" },
        ],
        "ConfidentialVM",
      ],
      [[{ name: "IsHibernateSupported", value: "True" }], undefined],
    ] as const) {
      it(`a definition's security type among its features: ${told ?? "none"}`, async () => {
        const { definition } = emulator.description.resources;
        const { body } = emulator.world.resources.get(definition) ?? assert.fail("no definition");
        Object.assign(body["properties"] as object, { features: written });
        assert.equal((await azure.facts.galleryDefinition(definition))?.securityType, told);
      });
    }

    it("what a gallery's versions are, with their dates and where `latest` passes over them", async () => {
      const { definition } = emulator.description.resources;
      putVersion(emulator.world, {
        id: `${definition}/versions/1.0.0`,
        location: "westeurope",
        tags: { a: "b" },
        targetRegions: [
          { name: "westeurope", replicaCount: 1, storageAccountType: "Standard_LRS" },
          { name: "eastus", replicaCount: 1, storageAccountType: "Standard_LRS", excludeFromLatest: true },
        ],
        excludeFromLatest: false,
        replicationMode: "Full",
        endOfLifeDate: "2030-01-02T03:04:05Z",
        source: { id: `${group()}/providers/Microsoft.Compute/images/base` },
        sizeInGB: 30,
      });
      const before = emulator.world.clock.now().getTime();
      const [{ publishedAt, ...version } = { publishedAt: undefined }] = await azure.facts.galleryVersions(definition);
      assert.deepEqual(version, {
        name: "1.0.0",
        provisioningState: "Creating",
        excludeFromLatest: false,
        regions: ["West Europe", "East US"],
        excludedRegions: ["East US"],
        endOfLife: new Date("2030-01-02T03:04:05Z"),
        tags: { a: "b" },
      });
      assert.ok(publishedAt !== undefined && Math.abs(publishedAt.getTime() - before) < 60_000, String(publishedAt));
    });

    it("what a gallery's versions are where they say nothing of it: no end of life, excluded nowhere or altogether", async () => {
      const { definition } = emulator.description.resources;
      const region = { name: "westeurope", replicaCount: 1, storageAccountType: "Standard_LRS" } as const;
      for (const [number, excludeFromLatest] of [
        ["1.0.0", false],
        ["1.0.1", true],
      ] as const) {
        putVersion(emulator.world, {
          id: `${definition}/versions/${number}`,
          location: "westeurope",
          tags: {},
          targetRegions: [region],
          excludeFromLatest,
          replicationMode: "Full",
          source: { id: `${group()}/providers/Microsoft.Compute/images/base` },
          sizeInGB: 30,
        });
      }
      const versions = await azure.facts.galleryVersions(definition);
      assert.deepEqual(
        versions.map((one) => [one.name, one.excludeFromLatest, one.excludedRegions, Object.hasOwn(one, "endOfLife")]),
        [
          ["1.0.0", false, [], false],
          ["1.0.1", true, [], false],
        ],
      );
    });

    it("that there is no managed image", async () => {
      const owner = emulator.world.roleDefinitions.find(({ roleName }) => roleName === "Reader");
      const [first] = emulator.world.roleAssignments;
      assert.ok(owner && first);
      emulator.world.roleAssignments.push({ ...first, id: `${first.id}-reader`, roleDefinitionId: owner.name });
      assert.equal(await azure.facts.managedImage(`${group()}/providers/Microsoft.Compute/images/none`), undefined);
    });

    it("a storage account by its name in any case, by its id, and that there is none", async () => {
      const expected: StorageAccountFacts = {
        id: emulator.description.resources.storageAccount,
        name: "stimages",
        blobEndpoint: `${emulator.description.blobUrl}/stimages/`,
        allowSharedKeyAccess: true,
        defaultAction: "Allow",
        allowedSubnets: [],
      };
      assert.deepEqual(await azure.facts.storageAccount(subscription(), "StImages"), expected);
      assert.deepEqual(await azure.facts.storageAccount(subscription(), expected.id), expected);
      assert.equal(await azure.facts.storageAccount(subscription(), "stnone"), undefined);
    });

    it("again after a passing fault", async () => {
      emulator.addFault({
        match: { service: "Microsoft.Resources" },
        action: { status: 503, headers: { "retry-after": "0" } },
      });
      emulator.addFault({
        match: { service: "Microsoft.Resources" },
        action: { status: 429, headers: { "retry-after": "0" } },
      });
      assert.equal(await azure.facts.resourceGroupLocation(subscription(), "rg-images"), "westeurope");
    });

    it("and says who may not do what where it is forbidden", async () => {
      emulator.world.roleAssignments.length = 0;
      const error = await refused(azure.facts.resourceGroupLocation(subscription(), "rg-images"));
      assert.deepEqual([error.status, error.serviceCode], [403, "AuthorizationFailed"]);
      assert.match(error.message, /Microsoft\.Resources\/subscriptions\/resourceGroups\/read/i);
      assert.ok(error.requestId);
    });
  });

  describe("signs in", () => {
    it("with a key, and masks every token", async () => {
      await azure.facts.resourceGroupLocation(subscription(), "rg-images");
      assert.ok(azure.masked.some((secret) => secret.startsWith("eyJ")));
    });

    it("by federation with one fresh assertion for each exchange", async () => {
      const federated = openSession(emulator, "images-prod");
      await federated.facts.resourceGroupLocation(subscription(), "rg-images");
      const account = await federated.facts.storageAccount(subscription(), "stimages");
      assert.ok(account);
      await federated.blobs.container(account, "imagebuilder", "token").createIfAbsent();
      federated.close();
      assert.deepEqual([asked("POST", /oidctoken/), asked("POST", /oauth2\/v2\.0\/token/)], [2, 2]);
    });

    it("not, and says why, when the key is wrong", async () => {
      const parameters: Readonly<Record<string, string>> = {
        tenantid: emulator.description.tenantId,
        serviceprincipalid: "0c1d2e3f-0000-4000-8000-51ab6e7d8f90",
        serviceprincipalkey: "wrong",
      };
      const wrong = openSession(emulator, "images-key", {
        connection: { parameter: (name) => parameters[name.toLowerCase()] },
      });
      const error = await refused(wrong.facts.resourceGroupLocation(subscription(), "rg-images"));
      wrong.close();
      assert.deepEqual([error.code, error.serviceCode], ["AIB304", "AADSTS7000215"]);
      assert.match(error.next ?? "", /not its id/);
    });

    for (const [what, options] of [
      ["address", { oidcRequestUri: () => undefined }],
      ["token", { systemToken: () => undefined }],
    ] as const) {
      it(`not by federation where the agent hands over no ${what}, and says so`, async () => {
        const server = openSession(emulator, "images-prod", { options });
        await assert.rejects(
          server.facts.resourceGroupLocation(subscription(), "rg-images"),
          (error) => (error as ServiceError).code === "AIB303",
        );
        server.close();
        assert.equal(emulator.requests().length, 0);
      });
    }

    it("through the agent's proxy, with the agent's certificate authority, at the public host names", async () => {
      const proxied = openSession(emulator, "images-key", {
        connection: { url: "https://management.azure.com/", data: () => undefined },
        options: {
          network: () => ({
            proxyFor: () => new URL(emulator.description.proxyUrl),
            tls: { ca: emulator.world.caPem, checkServer: true },
          }),
        },
      });
      const seen = emulator.proxied().length;
      assert.equal(await proxied.facts.resourceGroupLocation(subscription(), "rg-images"), "westeurope");
      proxied.close();
      const hosts = new Set(
        emulator
          .proxied()
          .slice(seen)
          .map(({ host }) => host.replace(/:443$/, "")),
      );
      assert.deepEqual([...hosts].sort(), ["login.microsoftonline.com", "management.azure.com"]);
    });

    it("and names the task in every request", async () => {
      await azure.facts.storageAccount(subscription(), "stimages");
      const agents = emulator.requests().map(({ userAgent }) => userAgent ?? "");
      assert.ok(
        agents.length >= 3 && agents.every((agent) => agent.startsWith("AzureImageBuilder/1.2.3 ")),
        agents.join("\n"),
      );
    });
  });

  describe("keeps blobs", () => {
    async function container(access: "token" | "accountKey" = "token") {
      const account = await azure.facts.storageAccount(subscription(), "stimages");
      assert.ok(account);
      return azure.blobs.container(account, "imagebuilder", access);
    }
    const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
    const blob = "v1/web.tar.gz";
    /** Uploads texts as a block each. */
    async function put(store: BlobContainer, name: string, ...blocks: readonly string[]): Promise<boolean> {
      const upload = store.upload(name);
      for (const [index, text] of blocks.entries()) await upload.stage(index, Buffer.from(text));
      return upload.commit(blocks.length, { aibtask: "1" });
    }

    for (const access of ["token", "accountKey"] as const) {
      it(`that can be read, and only read, by the signed address (${access})`, async () => {
        const store = await container(access);
        await store.createIfAbsent();
        await store.createIfAbsent();
        await store.prepareSigning(inAnHour());
        assert.equal(await put(store, blob, "one ", "two"), true);
        const url = (await store.signedUrl(blob, inAnHour())).reveal();
        const ca = emulator.world.caPem;
        assert.equal((await fetchPlain(url, ca)).body.toString(), "one two");
        assert.equal((await fetchPlain(url, ca, { method: "PUT", body: "x" })).status, 403);
        assert.equal((await fetchPlain(url.replace("web.tar.gz", "other"), ca)).status, 403);
        const query = new URL(url).searchParams;
        assert.deepEqual([query.get("spr"), query.get("sp"), query.get("sr")], ["https", "r", "b"]);
        assert.ok(azure.masked.includes(url));
        assert.ok(azure.masked.includes(query.get("sig") ?? ""));
        assert.equal(await store.url(blob), url.split("?")[0]);
      });
    }

    it("of which nothing shows before the last block has come", async () => {
      const store = await container();
      await store.createIfAbsent();
      await store.upload(blob).stage(0, Buffer.from("x"));
      assert.equal(await store.find(blob), undefined);
      for await (const found of store.list("")) assert.fail(found.name);
    });

    it("that stay as they are when another comes under the same name", async () => {
      const store = await container();
      await store.createIfAbsent();
      assert.equal(await put(store, blob, "first"), true);
      assert.equal(await put(store, blob, "second"), false);
      assert.equal((await store.find(blob))?.size, 5);
    });

    it("that are found and listed with size and metadata, which can be changed", async () => {
      const store = await container();
      await store.createIfAbsent();
      await put(store, blob, "first");
      assert.equal(await store.setMetadata(blob, { aibtask: "1", lastUsed: "now" }), true);
      assert.equal(await store.setMetadata("v1/none", { aibtask: "1" }), false);
      const found = await store.find(blob);
      assert.deepEqual([found?.size, found?.metadata], [5, { aibtask: "1", lastused: "now" }]);
      const listed: StoredBlob[] = [];
      for await (const one of store.list("v1/")) listed.push(one);
      assert.deepEqual(
        listed.map(({ name, size, metadata }) => [name, size, metadata]),
        [[blob, 5, found?.metadata]],
      );
    });

    it("that are copied once", async () => {
      const store = await container();
      await store.createIfAbsent();
      await put(store, "incoming/1", "content");
      assert.equal(await store.copy("incoming/1", blob, { aibtask: "1", size: "7" }), true);
      assert.equal(await store.copy("incoming/1", blob, { aibtask: "2" }), false);
      assert.deepEqual((await store.find(blob))?.metadata, { aibtask: "1", size: "7" });
    });

    it("and deletes them, also when there is none, but not one that has changed", async () => {
      const store = await container();
      await store.createIfAbsent();
      await put(store, blob, "x");
      await store.delete(blob, new Date(Date.now() - 3_600_000));
      assert.ok((await store.find(blob)) !== undefined);
      await store.delete(blob);
      await store.delete(blob);
      assert.equal(await store.find(blob), undefined);
    });

    it("and sends a block again after a passing fault", async () => {
      const store = await container();
      await store.createIfAbsent();
      emulator.addFault({ match: { method: "PUT", path: "comp=block&" }, action: { drop: "before" } });
      await put(store, blob, "x");
      assert.equal(asked("PUT", /comp=block&/), 2);
    }).timeout(30_000);

    it("and names the role that is missing", async () => {
      const { roleAssignments, roleDefinitions } = emulator.world;
      const role = roleDefinitions.find(({ roleName }) => roleName === "Storage Blob Data Contributor")?.name ?? "";
      const store = await container();
      roleAssignments.splice(
        0,
        roleAssignments.length,
        ...roleAssignments.filter(({ roleDefinitionId }) => !roleDefinitionId.endsWith(role)),
      );
      const error = await refused(store.createIfAbsent());
      assert.equal(error.status, 403);
      assert.match(error.next ?? "", /role "Storage Blob Data Contributor".*storageAccounts\/stimages/);
    });
  });

  describe("keeps image templates", () => {
    const ref = (): TemplateRef => ({
      subscriptionId: subscription(),
      resourceGroup: "rg-images",
      name: "aib-0123456789abcdef",
    });
    const template = (): ImageTemplate => ({
      location: "westeurope",
      tags: { "aib-task-run": "build/7" },
      identity: { type: "UserAssigned", userAssignedIdentities: { [emulator.description.resources.identity]: {} } },
      properties: {
        source: { type: "PlatformImage", ...image, version: "latest" },
        customize: [{ type: "Shell", name: "hello", inline: ["echo hello"] }],
        distribute: [
          {
            type: "SharedImage",
            runOutputName: "gallery",
            galleryImageId: emulator.description.resources.definition,
            targetRegions: [{ name: "westeurope", replicaCount: 1, storageAccountType: "Standard_LRS" }],
            artifactTags: { a: "b" },
          },
        ],
        vmProfile: { vmSize: "Standard_D2ds_v5", osDiskSizeGB: 64 },
        buildTimeoutInMinutes: 60,
      },
    });

    /** Waits until the request to create is answered, or `work` has ended. */
    async function sent(work: Promise<unknown>): Promise<void> {
      let ended = false;
      work
        .catch(() => undefined)
        .finally(() => (ended = true))
        .catch(() => undefined);
      while (!ended && asked("PUT", /imageTemplates/) === 0) await new Promise((resolve) => setImmediate(resolve));
    }

    /** Creates: the operation's first answer is held back, and the clock moves on while it is, past its end. */
    async function create(signal = new AbortController().signal): Promise<void> {
      emulator.addFault({ match: { method: "GET", path: "/operations/" }, action: { delayMs: 100_000 } });
      const clock = setInterval(() => void emulator.adjustClock({ advanceMs: 20_000 }), 10);
      try {
        await azure.templates.create(ref(), template(), { apiVersion: "2024-02-01", signal });
      } finally {
        clearInterval(clock);
      }
    }

    it("creates one just as planned, by one request, and reads it", async () => {
      assert.equal(await azure.templates.get(ref()), undefined);
      await create();
      const status = await azure.templates.get(ref());
      assert.equal(status?.provisioningState, "Succeeded");
      assert.match(status?.exactSourceVersion ?? "", /^\d+\.\d+\.\d+$/);
      assert.match(status?.stagingResourceGroup ?? "", /\/IT_rg-images_aib-/);
      assert.deepEqual([status?.lastRun, status?.tags], [undefined, { "aib-task-run": "build/7" }]);
      assert.equal(asked("PUT", /imageTemplates/), 1);
    });

    it("masks the signed addresses of operations", async () => {
      await create();
      assert.ok(azure.masked.some((secret) => /\/operations\/.*[?&]s=/.test(secret)));
    });

    it("tells why an operation failed after a 201", async () => {
      const { roleAssignments } = emulator.world;
      const [own] = roleAssignments;
      roleAssignments.splice(
        0,
        roleAssignments.length,
        ...roleAssignments.filter(({ principalId }) => principalId === own?.principalId),
      );
      const error = await refused(create());
      assert.equal(error.code, "AIB503");
      assert.match(
        error.message,
        /could not create image template aib-0123456789abcdef \(operation Failed\)\. Unauthorized: Not authorized/,
      );
      assert.equal((await azure.templates.get(ref()))?.provisioningState, "Failed");
    });

    for (const [title, action] of [
      ["a connection that breaks before the work", { drop: "before" }],
      ["a connection that breaks after the work", { drop: "after" }],
      ["a 504 after the work", { status: 504, afterWork: true }],
      ["a 500", { status: 500 }],
    ] as const) {
      it(`never sends a create again by itself: ${title}`, async () => {
        emulator.addFault({ match: { method: "PUT", path: "imageTemplates" }, action });
        const signal = new AbortController().signal;
        await refused(azure.templates.create(ref(), template(), { apiVersion: "2024-02-01", signal }));
        assert.equal(asked("PUT", /imageTemplates/), 1);
      });

      it(`never sends a run again by itself: ${title}`, async () => {
        await create();
        emulator.addFault({ match: { method: "POST", path: "/run?" }, action });
        await refused(azure.templates.startRun(ref()));
        assert.equal(asked("POST", /\/run\?/), 1);
      });
    }

    it("starts a run, follows its operation, cancels it and hears of it", async () => {
      await create();
      const handle = await azure.templates.startRun(ref());
      assert.deepEqual(await handle.poll(), { status: "InProgress" });
      const running = (await azure.templates.get(ref()))?.lastRun;
      assert.deepEqual([running?.runState, running?.endTime], ["Running", undefined]);
      assert.match(running?.startTime ?? "", /^\d{4}-.*Z$/);
      await azure.templates.cancelRun(ref());
      assert.match((await azure.templates.get(ref()))?.lastRun?.runState ?? "", /^Cancel/);
    });

    it("has no outputs before a run has ended", async () => {
      await create();
      assert.deepEqual(await azure.templates.runOutputs(ref()), []);
    });

    it("deletes one, also when there is none", async () => {
      await create();
      await azure.templates.delete(ref());
      await azure.templates.delete({ ...ref(), name: "none" });
    });

    it("says that a template in use may not be deleted", async () => {
      await create();
      await azure.templates.startRun(ref());
      const error = await refused(azure.templates.delete(ref()));
      assert.ok(error.status === 405 || error.status === 409, String(error.status));
    });

    it("stops creating when the task is to stop", async () => {
      const stop = new AbortController();
      const reason = new Error("SIGINT");
      emulator.addFault({ match: { method: "GET", path: "/operations/" }, action: { delayMs: 3_600_000 } });
      const work = azure.templates.create(ref(), template(), { apiVersion: "2024-02-01", signal: stop.signal });
      await sent(work);
      stop.abort(reason);
      await assert.rejects(work, reason);
      await emulator.adjustClock({ advanceMs: 3_600_000 });
    });
  });
});
