/** Following a build: who may read its log, where it is meanwhile, what of a script's output reaches it, how builds end. */
import assert from "node:assert/strict";
import { AnonymousCredential, BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { probeBuildVm } from "../emulator/build-vm/index.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { scriptLine } from "../emulator/services/virtual-machine-images/log-format.ts";
import { type PlainAnswer, send } from "../emulator/core/testing.ts";
import { FOREVER, instant } from "./virtual-machine-images-setup.ts";

const API = "api-version=2025-10-01";
const STORAGE_API = "api-version=2024-01-01";
const CONTAINER_API = "api-version=2023-05-01";
const STORAGE = "https://storage.azure.com";

type Options = Parameters<typeof createEmulator>[0];
type Body = Readonly<Record<string, unknown>>;

interface Stage {
  readonly emulator: Emulator;
  /** A request to Resource Manager as an application of the world. */
  arm(method: string, path: string, what?: { readonly as?: string; readonly body?: unknown }): Promise<PlainAnswer>;
  readonly template: string;
  properties(): Record<string, unknown>;
  staging(): string;
  account(): string;
  create(properties?: Body): Promise<void>;
  run(): Promise<string>;
  /** Message and state of the last run. */
  last(): { readonly runState: string; readonly message: string; readonly runSubState?: string };
  until(isTrue: () => boolean | Promise<boolean>): Promise<void>;
}

const stages: Emulator[] = [];

async function openStage(options: Options = {}): Promise<Stage> {
  const imageBuilder = {
    durations: instant,
    lag: { min: 0, max: 1 },
    buildVm: "simulated" as const,
    logBlobDelay: 0,
    logBlobEvery: 1,
    ...options.imageBuilder,
  };
  const emulator = await createEmulator({ ...options, imageBuilder });
  stages.push(emulator);
  const { world, description } = emulator;
  const { resourceGroup, identity, definition } = description.resources;
  const template = `${resourceGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/t`;
  const token = async (as: string): Promise<string> => emulator.tokenOf(as);
  const stage: Stage = {
    emulator,
    template,
    arm: async (method, path, { as = "pipeline", body } = {}) =>
      send(emulator, { method, url: path, body, token: await token(as) }),
    properties: () => (world.resources.get(template)?.body["properties"] ?? {}) as Record<string, unknown>,
    staging: () => String(stage.properties()["exactStagingResourceGroup"]),
    account: () => world.resources.list(stage.staging(), "Microsoft.Storage/storageAccounts")[0]?.name ?? "",
    create: async (properties = {}) => {
      const distribute = [
        {
          type: "SharedImage",
          runOutputName: "gallery",
          galleryImageId: definition,
          targetRegions: [{ name: "westeurope" }],
        },
      ];
      const source = {
        type: "PlatformImage",
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: "server",
        version: "latest",
      };
      const body = {
        location: "westeurope",
        identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
        properties: {
          source,
          customize: [{ type: "Shell", name: "greet", inline: ["echo hello"] }],
          distribute,
          ...properties,
        },
      };
      const put = await stage.arm("PUT", `${template}?${API}`, { body });
      assert.equal(put.status, 201, put.text);
      await stage.until(() => stage.properties()["provisioningState"] !== "Creating");
      assert.equal(stage.properties()["provisioningState"], "Succeeded", JSON.stringify(stage.properties()));
    },
    run: async () => {
      const run = await stage.arm("POST", `${template}/run?${API}`);
      assert.equal(run.status, 202, run.text);
      await stage.until(() => !["Running", "Canceling"].includes(stage.last().runState));
      return stage.last().runState;
    },
    last: () => (stage.properties()["lastRunStatus"] ?? {}) as ReturnType<Stage["last"]>,
    until: async (isTrue) => {
      const deadline = Date.now() + 45_000;
      while (!(await isTrue())) {
        if (Date.now() > deadline) throw new Error("what was waited for did not happen");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
  return stage;
}

/** The official client for the staging account, as the application, or with the key. */
async function blobs(stage: Stage, as: string | { readonly key: string } = "pipeline"): Promise<BlobServiceClient> {
  const { emulator } = stage;
  const options: object = { tlsOptions: { ca: emulator.world.caPem }, retryOptions: { maxTries: 1 } };
  const url = `${emulator.description.blobUrl}/${stage.account()}`;
  if (typeof as !== "string")
    return new BlobServiceClient(url, new StorageSharedKeyCredential(stage.account(), as.key), options);
  const token = await emulator.tokenOf(as, STORAGE);
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return new BlobServiceClient(url, credential, options);
}

async function listKeys(stage: Stage): Promise<readonly string[]> {
  const path = `${stage.staging()}/providers/Microsoft.Storage/storageAccounts/${stage.account()}/listKeys?${STORAGE_API}`;
  const answer = await stage.arm("POST", path);
  assert.equal(answer.status, 200, answer.text);
  return answer.json<{ keys: { value: string }[] }>().keys.map(({ value }) => value);
}

async function logNames(service: BlobServiceClient): Promise<readonly string[]> {
  const names = [];
  for await (const blob of service.getContainerClient("packerlogs").listBlobsFlat()) names.push(blob.name);
  return names;
}

/** The whole log of the only run. */
async function wholeLog(stage: Stage, file = "customization.log"): Promise<Buffer> {
  const name = (await logNames(await blobs(stage))).find((one) => one.endsWith(file));
  return (await stage.emulator.world.blobs.read(stage.account(), "packerlogs", name ?? "")) ?? Buffer.alloc(0);
}

const refused = (status: number, code: string) => (error: { statusCode?: number; code?: string; message: string }) => {
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  return true;
};

describe("following a build in the emulator", () => {
  afterEach(async () => {
    for (const emulator of stages.splice(0)) await emulator.close();
  });

  describe("the log's blob", () => {
    it("is an append blob read by ranges: 206 with what is new, 416 where there is nothing", async () => {
      const stage = await openStage();
      await stage.create();
      assert.equal(await stage.run(), "Succeeded");
      const service = await blobs(stage);
      const [found] = await service
        .getContainerClient("packerlogs")
        .listBlobsFlat()
        .byPage()
        .next()
        .then(
          ({
            value,
          }: {
            value: { segment: { blobItems: { name: string; properties: { blobType?: string; createdOn?: Date } }[] } };
          }) => value.segment.blobItems,
        );
      assert.match(found?.name ?? "", /^[0-9a-f-]{36}\/customization\.log$/);
      assert.equal(found?.properties.blobType, "AppendBlob");
      assert.ok(found.properties.createdOn instanceof Date);
      const blob = service.getContainerClient("packerlogs").getBlobClient(found.name);
      const part = await blob.download(100);
      const { contentLength: size = 0 } = await blob.getProperties();
      assert.equal(part._response.status, 206);
      assert.equal(part.contentRange, `bytes 100-${size - 1}/${size}`);
      assert.equal((await blob.download(0, size))._response.status, 206);
      for (const after of [size, size + 1]) await assert.rejects(blob.download(after), refused(416, "InvalidRange"));
      await assert.rejects(
        service.getContainerClient("packerlogs").getBlobClient("no/validation.log").download(),
        refused(404, "BlobNotFound"),
      );
      await assert.rejects(
        service.getContainerClient("none").getBlobClient("x").download(),
        refused(404, "ContainerNotFound"),
      );
    });

    it("comes late, while the container's log is there, and holds everything at the end", async () => {
      const stage = await openStage({
        imageBuilder: { durations: { ...instant, building: 1, customizing: 600_000 }, logBlobDelay: 90_000 },
      });
      await stage.create();
      await stage.arm("POST", `${stage.template}/run?${API}`);
      await stage.until(() => stage.last().runSubState === "Customizing");
      const service = await blobs(stage);
      await assert.rejects(logNames(service), refused(404, "ContainerNotFound"));
      await stage.emulator.adjustClock({ advanceMs: 91_000 });
      await stage.until(async () => (await logNames(await blobs(stage)).catch(() => [])).length === 1);
      assert.doesNotMatch((await wholeLog(stage)).toString(), /Done exporting/);
      await stage.until(async () => {
        await stage.emulator.adjustClock({ advanceMs: 600_000 });
        return stage.last().runState === "Succeeded";
      });
      assert.match((await wholeLog(stage)).toString(), /PACKER Done exporting Packer logs to Azure Storage\.\n$/);
    });

    it("is gone with the template, and so is all that led to it", async () => {
      const stage = await openStage();
      await stage.create();
      await stage.run();
      const [staging, account] = [stage.staging(), stage.account()];
      const [key = ""] = await listKeys(stage);
      const service = await blobs(stage, { key });
      await stage.arm("DELETE", `${stage.template}?${API}`);
      await stage.until(async () => (await stage.arm("GET", `${stage.template}?${API}`)).status === 404);
      await assert.rejects(logNames(service), refused(404, "ResourceNotFound"));
      for (const path of ["Microsoft.Storage/storageAccounts", `Microsoft.Storage/storageAccounts/${account}`]) {
        const answer = await stage.arm("GET", `${staging}/providers/${path}?${STORAGE_API}`);
        assert.deepEqual(
          [answer.status, answer.json<{ error: { code: string } }>().error.code],
          [404, "ResourceGroupNotFound"],
        );
      }
    });
  });

  describe("rights on it", () => {
    async function built(options: Options): Promise<Stage> {
      const stage = await openStage(options);
      await stage.create();
      assert.equal(await stage.run(), "Succeeded", stage.last().message);
      return stage;
    }

    it("are a data role and the key's in the default world, for every connection but the managed identity", async () => {
      const stage = await built({});
      assert.equal((await logNames(await blobs(stage))).length, 1);
      assert.equal((await listKeys(stage)).length, 2);
    });

    it("are none at all in the world log-unreadable, and the build is followed nevertheless", async () => {
      const stage = await built({ world: "log-unreadable" });
      const group = stage.staging();
      for (const [method, path] of [
        ["GET", `${group}?api-version=2021-04-01`],
        ["GET", `${group}/providers/Microsoft.Storage/storageAccounts?${STORAGE_API}`],
        ["POST", `${group}/providers/Microsoft.Storage/storageAccounts/${stage.account()}/listKeys?${STORAGE_API}`],
        ["GET", `${group}/providers/Microsoft.ContainerInstance/containerGroups?${CONTAINER_API}`],
      ] as const) {
        const answer = await stage.arm(method, path);
        assert.deepEqual(
          [answer.status, answer.json<{ error: { code: string } }>().error.code],
          [403, "AuthorizationFailed"],
          path,
        );
      }
      await assert.rejects(logNames(await blobs(stage)), refused(403, "AuthorizationPermissionMismatch"));
    });

    it("are the token's alone in log-with-token", async () => {
      const stage = await built({ world: "log-with-token" });
      assert.equal((await logNames(await blobs(stage))).length, 1);
      const path = `${stage.staging()}/providers/Microsoft.Storage/storageAccounts/${stage.account()}/listKeys?${STORAGE_API}`;
      assert.equal((await stage.arm("POST", path)).status, 403);
    });

    it("are the key's alone in log-with-key: Contributor is no data role", async () => {
      const stage = await built({ world: "log-with-key" });
      await assert.rejects(logNames(await blobs(stage)), refused(403, "AuthorizationPermissionMismatch"));
      for (const key of await listKeys(stage)) assert.equal((await logNames(await blobs(stage, { key }))).length, 1);
    });

    it("do not come with another account's key, a signature of nobody, or no proof", async () => {
      const stage = await built({ world: "log-with-key" });
      const { key } = await stage.emulator.world.blobs.ensureAccount("stimages");
      const own = await listKeys(stage);
      assert.ok(!own.includes(key));
      await assert.rejects(logNames(await blobs(stage, { key })), refused(403, "AuthenticationFailed"));
      const options: object = { tlsOptions: { ca: stage.emulator.world.caPem }, retryOptions: { maxTries: 1 } };
      const nobody = new BlobServiceClient(
        `${stage.emulator.description.blobUrl}/${stage.account()}`,
        new AnonymousCredential(),
        options,
      );
      await assert.rejects(logNames(nobody), refused(409, "PublicAccessNotPermitted"));
    });

    it("do not come with the key where the account takes none", async () => {
      const stage = await built({ world: "log-with-key", imageBuilder: { stagingSharedKeyAccess: false } });
      const [key = ""] = await listKeys(stage);
      await assert.rejects(logNames(await blobs(stage, { key })), refused(403, "KeyBasedAuthenticationNotPermitted"));
    });
  });

  describe("the container of the build", () => {
    async function building(world: string, durations = {}): Promise<Stage> {
      const stage = await openStage({
        world,
        imageBuilder: { durations: { ...instant, customizing: 600_000, ...durations }, logBlobDelay: FOREVER },
      });
      await stage.create();
      await stage.arm("POST", `${stage.template}/run?${API}`);
      await stage.until(() => stage.last().runSubState === "Customizing");
      return stage;
    }

    const groupsOf = (stage: Stage): string =>
      `${stage.staging()}/providers/Microsoft.ContainerInstance/containerGroups`;

    interface Group {
      readonly name: string;
      readonly tags: Body;
      readonly properties: {
        readonly provisioningState: string;
        readonly containers: readonly { readonly name: string; readonly properties: Body }[];
        readonly instanceView?: { readonly state: string };
      };
    }

    async function groups(stage: Stage): Promise<readonly Group[]> {
      const answer = await stage.arm("GET", `${groupsOf(stage)}?${CONTAINER_API}`);
      assert.equal(answer.status, 200, answer.text);
      return answer.json<{ value: readonly Group[] }>().value;
    }

    it("is listed while the build goes on, says what the log says, and is gone after it", async () => {
      const stage = await building("default");
      const [group] = await groups(stage);
      assert.match(group?.name ?? "", /^vmimagebuilder-build-container-[a-z0-9]{10}$/);
      assert.equal(group?.properties.instanceView, undefined);
      const path = `${groupsOf(stage)}/${group?.name ?? ""}`;
      const one = (await stage.arm("GET", `${path}?${CONTAINER_API}`)).json<Group>();
      assert.equal(one.properties.instanceView?.state, "Running");
      const logs = `${path}/containers/${one.properties.containers[0]?.name ?? ""}/logs?${CONTAINER_API}`;
      const text = (await stage.arm("GET", logs)).json<{ content: string }>().content;
      assert.match(text, /^\[[0-9a-f-]{36}\] PACKER .*Packer version/);
      const tail = (await stage.arm("GET", `${logs}&tail=2`)).json<{ content: string }>().content;
      assert.equal(tail.match(/\n/g)?.length, 2);
      assert.ok(text.endsWith(tail));
      const stamped = (await stage.arm("GET", `${logs}&tail=1&timestamps=true`)).json<{ content: string }>().content;
      assert.match(stamped, /^\d{4}-\d\d-\d\dT[\d:.]+Z \[/);
      assert.equal((await stage.arm("GET", `${logs}&tail=many`)).status, 400);
      assert.equal((await stage.arm("GET", logs.replace("2023-05-01", "2017-01-01"))).status, 400);
      await stage.until(async () => {
        await stage.emulator.adjustClock({ advanceMs: 600_000 });
        return stage.last().runState === "Succeeded";
      });
      assert.deepEqual(await groups(stage), []);
      assert.equal((await stage.arm("GET", logs)).status, 404);
      assert.equal((await wholeLog(stage)).toString().startsWith(text), true);
    });

    it("has no log before it runs", async () => {
      const stage = await building("default", { containerStart: FOREVER });
      const [group] = await groups(stage);
      assert.equal(group?.properties.provisioningState, "Pending");
      const answer = await stage.arm(
        "GET",
        `${groupsOf(stage)}/${group.name}/containers/${group.properties.containers[0]?.name ?? ""}/logs?${CONTAINER_API}`,
      );
      assert.deepEqual(
        [answer.status, answer.json<{ error: { code: string } }>().error.code],
        [404, "ContainerLogNotAvailable"],
      );
    });

    it("is all there is to read in the world log-from-container", async () => {
      const stage = await building("log-from-container");
      const [group] = await groups(stage);
      const logs = `${groupsOf(stage)}/${group?.name ?? ""}/containers/${group?.properties.containers[0]?.name ?? ""}/logs`;
      assert.equal((await stage.arm("GET", `${logs}?${CONTAINER_API}`)).status, 200);
      const accounts = `${stage.staging()}/providers/Microsoft.Storage/storageAccounts?${STORAGE_API}`;
      assert.equal((await stage.arm("GET", accounts)).status, 403);
    });
  });

  describe("what scripts print", () => {
    for (const [title, given, cut, kept] of [
      ["of a progress bar only what is left standing", "1%\r50%\r100%", "100%", "1%\r50%\r100%"],
      ["no white space at its end", "done \t\r", "done", "done"],
      ["an empty line", "", "", ""],
    ] as const) {
      it(`is handed on by Packer with ${title}`, () => {
        assert.equal(scriptLine(Buffer.from(given), "cut").toString(), cut);
        assert.equal(scriptLine(Buffer.from(given), "kept").toString(), kept);
      });
    }

    it("reaches the log byte for byte", async function () {
      const stage = await openStage({ imageBuilder: { buildVm: "auto", carriageReturns: "kept" } });
      if ((await probeBuildVm(stage.emulator.world.dataDir)).mode === "simulated") this.skip();
      const inline = [
        "printf 'bad \\377\\376 \\303 bytes\\n'",
        "printf '\\033[31mred\\033[0m\\000\\007\\n'",
        "printf ' 10%%\\r100%%\\n'",
        "printf '##vso[task.setvariable variable=x]y\\n'",
        "head -c 10485760 /dev/zero | tr '\\0' x; printf '\\n'",
        "printf 'no end of line'",
      ];
      await stage.create({ customize: [{ type: "Shell", inline }] });
      assert.equal(await stage.run(), "Succeeded", stage.last().message);
      const log = await wholeLog(stage);
      const has = (text: string): boolean => log.includes(Buffer.from(`ui: ==> azure-arm: ${text}\n`, "latin1"));
      assert.ok(has("bad \xff\xfe \xc3 bytes"));
      assert.ok(has("\x1b[31mred\x1b[0m\x00\x07"));
      assert.ok(has(" 10%\r100%"));
      assert.ok(has("##vso[task.setvariable variable=x]y"));
      assert.ok(has("x".repeat(10_485_760)));
      assert.ok(has("no end of line"));
    });

    it("is marked with four blanks in logs before 2026", async () => {
      for (const [settings, expected] of [
        [{}, / ui: ==> azure-arm: \[emulator\] this step was not run/],
        [{ scriptLines: "blanks" }, / ui: {5}azure-arm: \[emulator\] this step was not run/],
        [{ logFormat: "older" }, / PACKER OUT {5}azure-arm: \[emulator\] this step was not run/],
      ] as const) {
        const stage = await openStage({ imageBuilder: settings });
        await stage.create();
        await stage.run();
        assert.match((await wholeLog(stage)).toString(), expected);
      }
    });

    it("stands beside progress of files with its carriage returns", async () => {
      const url = "https://files.example/app.txt";
      const world = {
        ...(await import("../emulator/core/world-file.ts")).defaultWorld(),
        publicFiles: { [url]: "content" },
      };
      const stage = await openStage({ world });
      await stage.create({ customize: [{ type: "File", sourceUri: url, destination: "/tmp/app.txt" }] });
      await stage.run();
      assert.match((await wholeLog(stage)).toString(), /\] PACKER \rapp\.txt 7 B \/ 7 B {2}100\.00%\n/);
    });
  });

  describe("a build", () => {
    const windows = {
      source: {
        type: "PlatformImage",
        publisher: "MicrosoftWindowsServer",
        offer: "WindowsServer",
        sku: "2022-datacenter-g2",
        version: "latest",
      },
      distribute: [{ type: "VHD", runOutputName: "vhd" }],
    };

    it("fails at a PowerShell step of the world windows-step-fails, with what it printed", async () => {
      const stage = await openStage({ world: "windows-step-fails" });
      await stage.create({
        ...windows,
        customize: [
          { type: "PowerShell", name: "prepare", inline: ["dir"] },
          { type: "PowerShell", name: "install", inline: ["./install.ps1"] },
          { type: "PowerShell", name: "never", inline: ["dir"] },
        ],
      });
      assert.equal(await stage.run(), "Failed");
      assert.match(stage.last().message, /packerlogs\/[0-9a-f-]{36}\/customization\.log/);
      const log = (await wholeLog(stage)).toString();
      const order = [
        " ui: ==> azure-arm: [emulator] this step was not run",
        " ui: ==> azure-arm: Installing the desktop applications",
        " ui error: ==> azure-arm: C:\\Windows\\Temp\\install.ps1 : The remote server",
        ".ps1\"' exited with code: 1",
        ".ps1 returned with exit code 1",
        "Provisioning step had errors: Running the cleanup provisioner",
        "errored after",
        "--> azure-arm: Script exited with non-zero exit status: 1. Allowed exit codes are: [0]",
        "Done exporting Packer logs",
      ].map((text) => log.indexOf(text));
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      );
      assert.ok(!order.includes(-1), log);
      assert.equal(log.match(/Starting provisioner powershell/g)?.length, 2);
    });

    for (const { title, step, outcome, state, reason } of [
      {
        title: "succeeds with an exit code that is allowed",
        step: { type: "PowerShell", inline: ["msiexec"], validExitCodes: [0, 3010] },
        outcome: { script: "msiexec", exitCode: 3010 },
        state: "Succeeded",
        reason: /exited with code: 3010/,
      },
      {
        title: "fails with one that is not",
        step: { type: "PowerShell", inline: ["msiexec"], validExitCodes: [0, 3010] },
        outcome: { exitCode: 1603 },
        state: "Failed",
        reason: /exit status: 1603\. Allowed exit codes are: \[0 3010\]/,
      },
      {
        title: "fails when the machine does not come back",
        step: { type: "WindowsRestart" },
        outcome: { exitCode: 1 },
        state: "Failed",
        reason: /--> azure-arm: Timeout waiting for machine to restart\./,
      },
      {
        title: "has one output of an elevated script",
        step: { type: "PowerShell", inline: ["x"], runElevated: true },
        outcome: { exitCode: 1, output: [{ error: "broken" }] },
        state: "Failed",
        reason: / ui: ==> azure-arm: broken/,
      },
    ]) {
      it(`of Windows ${title}`, async () => {
        const stage = await openStage({ imageBuilder: { simulatedSteps: [outcome] } });
        await stage.create({ ...windows, customize: [step] });
        assert.equal(await stage.run(), state);
        assert.match((await wholeLog(stage)).toString(), reason);
      });
    }

    it("fails at a shell step or at a validator that are simulated, too", async () => {
      const simulatedSteps = [{ name: "check", exitCode: 3, output: ["nginx is not running"] }];
      const stage = await openStage({ imageBuilder: { simulatedSteps } });
      await stage.create({
        validate: { inVMValidations: [{ type: "Shell", name: "check", inline: ["systemctl status nginx"] }] },
      });
      assert.equal(await stage.run(), "Failed");
      assert.match(stage.last().message, /validation\.log/);
      const log = (await wholeLog(stage, "validation.log")).toString();
      assert.match(log, /nginx is not running[\s\S]*--> azure-arm: Script exited with non-zero exit status: 3\./);
    });

    it("ends at its time limit with a log that says it was ended", async () => {
      const stage = await openStage({ imageBuilder: { durations: { ...instant, customizing: FOREVER } } });
      await stage.create({ buildTimeoutInMinutes: 6 });
      await stage.arm("POST", `${stage.template}/run?${API}`);
      await stage.until(() => stage.last().runSubState === "Customizing");
      await stage.until(async () => {
        await stage.emulator.adjustClock({ advanceMs: 361_000 });
        return stage.last().runState === "Failed";
      });
      assert.match(stage.last().message, /Timeout waiting for microservice to complete: 'context deadline exceeded'/);
      const log = (await wholeLog(stage)).toString();
      assert.match(log, /ui error: Cancelling build after receiving terminated[\s\S]*PACKER Done exporting/);
      assert.doesNotMatch(log, /errored after/);
    });

    it("is cancelled by somebody else", async () => {
      const stage = await openStage({ imageBuilder: { durations: { ...instant, customizing: FOREVER } } });
      await stage.create();
      await stage.arm("POST", `${stage.template}/run?${API}`);
      await stage.until(() => stage.last().runSubState === "Customizing");
      assert.equal((await stage.arm("POST", `${stage.template}/cancel?${API}`, { as: "operator" })).status, 204);
      await stage.until(async () => {
        await stage.emulator.adjustClock({ advanceMs: 1000 });
        return stage.last().runState === "Canceled";
      });
      assert.equal(stage.last().message, "The build was canceled");
    });

    for (const [wording, word] of [
      ["2024", "Azure Compute Gallery"],
      ["2022", "shared image gallery"],
    ] as const) {
      it(`fails when the ${word} is late, and the version is complete a while later`, async () => {
        const durations = { ...instant, distribute: { ...instant.distribute, SharedImage: 1_000_000 } };
        const stage = await openStage({ imageBuilder: { durations, failureWording: wording } });
        await stage.create({ buildTimeoutInMinutes: 6 });
        await stage.arm("POST", `${stage.template}/run?${API}`);
        await stage.until(() => stage.last().runSubState === "Distributing");
        await stage.until(async () => {
          await stage.emulator.adjustClock({ advanceMs: 20_000 });
          return stage.last().runState === "Failed";
        });
        assert.ok(
          stage.last().message.startsWith("Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] "),
        );
        assert.ok(
          stage
            .last()
            .message.includes(
              `Error: Error waiting on ${word} future for resource group: rg-images, gallery name: galimages, gallery image name: ubuntu-web.Error: Future#WaitForCompletion: context has been cancelled`,
            ),
        );
        const output = (await stage.arm("GET", `${stage.template}/runOutputs/gallery?${API}`)).json<{
          properties: { artifactId: string };
        }>();
        const version = `${output.properties.artifactId}?$expand=ReplicationStatus&api-version=2024-03-03`;
        const read = async () =>
          (await stage.arm("GET", version)).json<{
            properties: { provisioningState: string; replicationStatus: { aggregatedState: string } };
          }>().properties;
        const early = await read();
        assert.deepEqual(
          [early.provisioningState, early.replicationStatus.aggregatedState],
          ["Creating", "InProgress"],
        );
        await stage.until(async () => {
          await stage.emulator.adjustClock({ advanceMs: 100_000 });
          return (await read()).provisioningState === "Succeeded";
        });
        assert.equal((await read()).replicationStatus.aggregatedState, "Completed");
        assert.equal(stage.last().runState, "Failed");
      });
    }

    it("is partly successful when one of its targets is late", async () => {
      const durations = { ...instant, distribute: { ...instant.distribute, SharedImage: FOREVER } };
      const stage = await openStage({ imageBuilder: { durations } });
      const { definition } = stage.emulator.description.resources;
      const distribute = [
        {
          type: "SharedImage",
          runOutputName: "gallery",
          galleryImageId: definition,
          targetRegions: [{ name: "westeurope" }],
        },
        { type: "VHD", runOutputName: "vhd" },
      ];
      await stage.create({ buildTimeoutInMinutes: 6, distribute });
      await stage.arm("POST", `${stage.template}/run?${API}`);
      await stage.until(() => stage.last().runSubState === "Distributing");
      await stage.until(async () => {
        await stage.emulator.adjustClock({ advanceMs: 20_000 });
        return stage.last().runState !== "Running";
      });
      assert.equal(stage.last().runState, "PartiallySucceeded");
      assert.match(stage.last().message, /^Failed in distributing 1 images out of total 2: /);
    });
  });

  describe("tags of what was built", () => {
    it("are changed with the right to write, on versions and on images", async () => {
      const stage = await openStage();
      const { definition, resourceGroup } = stage.emulator.description.resources;
      const image = `${resourceGroup}/providers/Microsoft.Compute/images/made`;
      const distribute = [
        {
          type: "SharedImage",
          runOutputName: "gallery",
          galleryImageId: definition,
          artifactTags: { a: "1" },
          targetRegions: [{ name: "westeurope" }],
        },
        { type: "ManagedImage", runOutputName: "image", imageId: image, location: "westeurope" },
      ];
      await stage.create({ distribute });
      assert.equal(await stage.run(), "Succeeded", stage.last().message);
      for (const [id, api] of [
        [`${definition}/versions/1.0.0`, "2024-03-03"],
        [image, "2024-07-01"],
      ] as const) {
        const url = `${id}?api-version=${api}`;
        const body = { tags: { duration: "812" } };
        const refusal = await stage.arm("PATCH", url, { body });
        assert.deepEqual(
          [refusal.status, refusal.json<{ error: { code: string } }>().error.code],
          [403, "AuthorizationFailed"],
        );
        const answer = await stage.arm("PATCH", url, { body, as: "operator" });
        assert.equal(answer.status, 200, answer.text);
        assert.ok(answer.headers["azure-asyncoperation"]);
        assert.deepEqual((await stage.arm("GET", url, { as: "operator" })).json()["tags"], body.tags);
        const long = await stage.arm("PATCH", url, { body: { tags: { a: "x".repeat(257) } }, as: "operator" });
        assert.equal(long.status, 400, long.text);
      }
    });
  });
});
