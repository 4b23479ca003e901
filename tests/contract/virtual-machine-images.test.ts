/** The emulated image builder and the official client. */
import assert from "node:assert/strict";
import type { ImageTemplate } from "@azure/arm-imagebuilder";
import { defaultDurations } from "../emulator/services/virtual-machine-images/index.ts";
import * as shared from "./virtual-machine-images-setup.ts";
import {
  API,
  FOREVER,
  galleryTarget,
  GROUP,
  imageTarget,
  instant,
  lastRun,
  linuxBody,
  type Setup,
} from "./virtual-machine-images-setup.ts";

const fast = { updateIntervalInMs: 5 };

/** The official client's model of a body: its properties stand beside location and identity. */
function modelOf(body: ReturnType<typeof linuxBody>): ImageTemplate {
  const { properties, ...rest } = body;
  return { ...rest, ...properties } as unknown as ImageTemplate;
}

describe("image templates at the emulator", () => {
  let setup: Setup;
  before(async () => {
    setup = await shared.openSetup();
  });
  after(() => setup.close());
  beforeEach(() => setup.reset());

  const put = (name: string, body: unknown) => setup.send("PUT", `${setup.path(name)}?${API}`, body);
  const get = async (name: string) => (await setup.send("GET", `${setup.path(name)}?${API}`)).json();

  describe("creating", () => {
    it("answers 201 with an echo and one signed operation address, without Location and Retry-After", async () => {
      const answer = await put("t", linuxBody(setup));
      assert.equal(answer.status, 201);
      const operation = String(answer.headers["azure-asyncoperation"]);
      assert.match(
        operation,
        /\/subscriptions\/[^/]+\/providers\/Microsoft\.VirtualMachineImages\/locations\/westeurope\/operations\/[0-9a-f-]{36}\?api-version=2025-10-01&t=\d{18}&c=/,
      );
      assert.ok(operation.length > 3000 && operation.length < 4000, `${operation.length}`);
      assert.equal(answer.headers["location"], undefined);
      assert.equal(answer.headers["retry-after"], undefined);
      assert.ok(operation.includes(`/operations/${String(answer.headers["x-ms-request-id"])}?`));
      const properties = answer.json<{ properties: Record<string, unknown> }>().properties;
      assert.equal(properties["provisioningState"], "Creating");
      assert.equal(properties["buildTimeoutInMinutes"], 0);
      assert.equal(properties["exactStagingResourceGroup"], "");
      assert.equal("vmProfile" in properties, false);
      assert.equal((properties["source"] as Record<string, unknown>)["exactVersion"], "latest");
    });

    it("is followed to its end by the official client, which then reads what the service filled in", async () => {
      const made = await setup.templates.createOrUpdate(GROUP, "t", modelOf(linuxBody(setup)), fast);
      assert.equal(made.provisioningState, "Succeeded");
      assert.match(String((made.source as { exactVersion?: string }).exactVersion), /^24\.04\.202510010$/);
      assert.match(String(made.exactStagingResourceGroup), /\/resourceGroups\/IT_rg-images_t_[0-9a-f-]{36}$/);
      assert.match(String(made.id), /\/resourcegroups\/rg-images\//);
      const [identity] = Object.values(made.identity?.userAssignedIdentities ?? {});
      assert.ok(identity?.principalId);
    });

    it("finds the highest version by number, not by text", async () => {
      const source = {
        type: "PlatformImage",
        publisher: "MicrosoftWindowsServer",
        offer: "WindowsServer",
        sku: "2022-datacenter-g2",
        version: "latest",
      };
      await setup.create(
        "t",
        linuxBody(setup, { source, customize: [], distribute: [{ type: "VHD", runOutputName: "vhd" }] }),
      );
      assert.equal(
        (setup.template("t").properties["source"] as Record<string, unknown>)["exactVersion"],
        "20348.4171.250830",
      );
    });

    it("makes a staging group with the service's tags and an account of 24 characters", async () => {
      await setup.create("t", { ...linuxBody(setup, { managedResourceTags: { team: "images" } }) });
      const id = String(setup.template("t").properties["exactStagingResourceGroup"]);
      const group = setup.emulator.world.resources.get(id);
      assert.deepEqual(group?.tags, {
        team: "images",
        createdBy: "AzureVMImageBuilder",
        imageTemplateName: "t",
        imageTemplateResourceGroupName: GROUP,
      });
      const [account] = setup.emulator.world.resources.list(id, "Microsoft.Storage/storageAccounts");
      assert.match(account?.name ?? "", /^[a-z0-9]{24}$/);
      assert.deepEqual(account?.tags, { team: "images", createdby: "azureimagebuilder" });
    });

    it("cuts group and template name to 40 characters in the staging group's name", async () => {
      const name = "a-template-with-a-rather-long-name-for-cutting";
      await setup.create(name, linuxBody(setup));
      const staging = String(setup.template(name).properties["exactStagingResourceGroup"]).split("/").at(-1) ?? "";
      assert.equal(staging.length, 80);
      assert.ok(staging.startsWith(`IT_${`${GROUP}_${name}`.slice(0, 40)}_`), staging);
    });

    it("leaves a failed template when the identity lacks a right, and the name stays taken", async () => {
      setup.emulator.world.roleAssignments.splice(
        0,
        setup.emulator.world.roleAssignments.length,
        ...setup.emulator.world.roleAssignments.slice(0, 2),
      );
      const body = linuxBody(setup);
      await assert.rejects(
        async () => setup.templates.createOrUpdate(GROUP, "t", modelOf(body), fast),
        /Unauthorized|Not authorized/,
      );
      const shown = await get("t");
      const properties = shown["properties"] as Record<string, unknown>;
      assert.equal(properties["provisioningState"], "Failed");
      assert.deepEqual(properties["provisioningError"], {
        provisioningErrorCode: "Other",
        message: `Not authorized to access the resource: ${setup.resources.definition}. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.`,
      });
      assert.match(String(properties["exactStagingResourceGroup"]), /\/IT_rg-images_t_/);
      const again = await put("t", body);
      assert.equal(again.status, 409);
      assert.deepEqual(again.json(), {
        error: { code: "Conflict", message: "Update/Upgrade of image templates is currently not supported" },
      });
    });

    it("refuses a caller who may not hand out the identity", async () => {
      const { world } = setup.emulator;
      const principal = world.roleAssignments[0]?.principalId ?? "";
      world.roleAssignments.splice(0);
      setup.assign(principal, "Reader", `/subscriptions/${setup.subscription}`);
      setup.assign(principal, "Contributor", setup.path("t"));
      const answer = await put("t", linuxBody(setup));
      assert.equal(answer.status, 403);
      assert.equal(answer.json<{ error: { code: string } }>().error.code, "LinkedAuthorizationFailed");
      assert.equal(answer.headers["x-ms-failure-cause"], "gateway");
    });

    it("starts a run of its own when autoRun is enabled", async () => {
      await setup.create("t", linuxBody(setup, { autoRun: { state: "Enabled" } }));
      await setup.until(() => lastRun(setup, "t").runState === "Succeeded");
      assert.equal((await get("t"))["name"], "t");
    });
  });

  describe("fetching scripts", () => {
    const uri = "https://stimages.blob.core.windows.net/scripts/setup.sh";
    const sha = "8e0a4a0b5a4c5f3bd0e5a3f6cf7e9d6cb8bb4f9d2a6b1f6a4f1d3a1a3c6b0b8d";
    const shell = (change: object = {}) => ({ customize: [{ type: "Shell", scriptUri: uri, ...change }] });

    it("reads a blob with the identity's own token and shows the digest it computed", async () => {
      await setup.emulator.world.blobs.write("stimages", "scripts", "setup.sh", Buffer.from("#!/bin/sh\necho hi\n"));
      assert.equal(await setup.create("t", linuxBody(setup, shell())), "Succeeded");
      const [step] = setup.template("t").properties["customize"] as Record<string, unknown>[];
      assert.match(String(step?.["sha256Checksum"]), /^[0-9a-f]{64}$/);
    });

    it("fails creation when the digest differs", async () => {
      await setup.emulator.world.blobs.write("stimages", "scripts", "setup.sh", Buffer.from("#!/bin/sh\necho hi\n"));
      assert.equal(await setup.create("t", linuxBody(setup, shell({ sha256Checksum: sha }))), "Failed");
      assert.match(JSON.stringify(setup.template("t").properties["provisioningError"]), /Checksum mismatch/);
    });

    it("fails creation after ten attempts at what is not there", async () => {
      assert.equal(await setup.create("t", linuxBody(setup, shell())), "Failed");
      const error = setup.template("t").properties["provisioningError"] as Record<string, string>;
      assert.equal(error["provisioningErrorCode"], "NoCustomizerScript");
      assert.match(
        error["message"] ?? "",
        /Downloading external file \(https:.*setup\.sh\) to local file \(.*\.0\.customizer\.fp\) \[attempt 10 of 10\] failed/,
      );
    });

    it("takes no file of 20 MB or more", async () => {
      await setup.emulator.world.blobs.write("stimages", "scripts", "big.bin", Buffer.alloc(20_000_000));
      const file = { type: "File", sourceUri: uri.replace("setup.sh", "big.bin"), destination: "/tmp/big.bin" };
      assert.equal(await setup.create("t", linuxBody(setup, { customize: [file] })), "Failed");
      assert.match(JSON.stringify(setup.template("t").properties["provisioningError"]), /below 20 MB/);
    });
  });

  describe("bad bodies", () => {
    interface Bad {
      readonly title: string;
      readonly body: (good: ReturnType<typeof linuxBody>) => unknown;
      readonly message: RegExp;
      readonly api?: string;
    }
    const step = (customizer: object) => (good: ReturnType<typeof linuxBody>) => ({
      ...good,
      properties: { ...good.properties, customize: [customizer] },
    });
    const target = (change: object) => (good: ReturnType<typeof linuxBody>) => ({
      ...good,
      properties: {
        ...good.properties,
        distribute: [{ ...(good.properties["distribute"] as object[])[0], ...change }],
      },
    });
    const property = (change: object) => (good: ReturnType<typeof linuxBody>) => ({
      ...good,
      properties: { ...good.properties, ...change },
    });
    const subnet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/x";
    const cases: readonly Bad[] = [
      {
        title: "no identity",
        body: ({ identity: _, ...rest }) => rest,
        message: /^Validation failed: 'ImageTemplate': Missing field 'identity'\. Please review http:/,
      },
      {
        title: "two identities",
        body: (good) => ({
          ...good,
          identity: {
            type: "UserAssigned",
            userAssignedIdentities: {
              ...(good.identity["userAssignedIdentities"] as object),
              [`${setup.resources.identity}2`]: {},
            },
          },
        }),
        message: /Only one user assigned identity/,
      },
      {
        title: "no source",
        body: (good) => ({ ...good, properties: { distribute: good.properties["distribute"] } }),
        message: /'ImageTemplate\.properties': Missing field source\./,
      },
      {
        title: "a misspelt property",
        body: property({ buildTimeoutInMinute: 60 }),
        message:
          /^Unmarshalling entity encountered error: unmarshalling type \*v2025_10_01\.ImageTemplate: struct field Properties: unmarshalling type \*v2025_10_01\.ImageTemplateProperties: unmarshalling type \*v2025_10_01\.ImageTemplateProperties, unknown field "buildTimeoutInMinute"\. There is an issue/,
      },
      {
        title: "a property in the wrong case",
        body: property({ optimize: { vmboot: { state: "Enabled" } } }),
        message:
          /struct field Optimize: unmarshalling type \*v2025_10_01\.ImageTemplatePropertiesOptimize: unmarshalling type \*v2025_10_01\.ImageTemplatePropertiesOptimize, unknown field "vmboot"/,
      },
      {
        title: "an unknown field of a customizer",
        body: step({ type: "Shell", inline: ["id"], validExitCodes: [0] }),
        message: /ImageTemplateShellCustomizer, unknown field "validExitCodes"/,
      },
      {
        title: "apiVersion in the body",
        body: (good) => ({ ...good, apiVersion: "2024-02-01" }),
        message: /unknown field "apiVersion"/,
      },
      {
        title: "a text for a number",
        body: property({ buildTimeoutInMinutes: "60" }),
        message: /cannot unmarshal string into Go value of type integer/,
      },
      {
        title: "a timeout over 960",
        body: property({ buildTimeoutInMinutes: 961 }),
        message:
          /Field 'buildTimeoutInMinutes' has a bad value: '961'\. Please review {2}http:\/\/aka\.ms\/azvmimagebuildertmplref {2}for/,
      },
      { title: "a negative timeout", body: property({ buildTimeoutInMinutes: -1 }), message: /bad value: '-1'/ },
      {
        title: "an unknown customizer",
        body: step({ type: "Bash", inline: ["id"] }),
        message: /customize\[0\]': Field 'type' has a bad value: 'Bash'/,
      },
      {
        title: "inline and scriptUri at once",
        body: step({ type: "Shell", inline: ["id"], scriptUri: "https://example.com/x.sh" }),
        message: /Exactly one of the fields 'inline' and 'scriptUri'/,
      },
      {
        title: "neither inline nor scriptUri",
        body: step({ type: "PowerShell" }),
        message: /Exactly one of the fields/,
      },
      {
        title: "runAsSystem without runElevated",
        body: step({ type: "PowerShell", inline: ["dir"], runAsSystem: true }),
        message: /'runAsSystem' can only be true when/,
      },
      {
        title: "a file without destination",
        body: step({ type: "File", sourceUri: "https://example.com/x" }),
        message: /Missing field destination/,
      },
      {
        title: "a restart timeout of no unit",
        body: step({ type: "WindowsRestart", restartTimeout: "5" }),
        message: /Field 'restartTimeout' has a bad value: '5'/,
      },
      {
        title: "a checksum that is none",
        body: step({ type: "Shell", scriptUri: "https://example.com/x.sh", sha256Checksum: "abc" }),
        message: /Field 'sha256Checksum' has a bad value/,
      },
      {
        title: "a managed image of another subscription",
        body: property({
          source: {
            type: "ManagedImage",
            imageId: "/subscriptions/subscriptionID/resourceGroups/g/providers/Microsoft.Compute/images/i",
          },
        }),
        message: /'ImageTemplate\.properties\.source': Field 'imageId' has a bad value/,
      },
      {
        title: "no version of a platform image",
        body: property({ source: { type: "PlatformImage", publisher: "Canonical", offer: "o", sku: "s" } }),
        message: /Missing field version/,
      },
      {
        title: "target regions and replication regions",
        body: target({ replicationRegions: ["westeurope"] }),
        message: /'targetRegions' and 'replicationRegions' exclude each other/,
      },
      {
        title: "a storage type beside target regions",
        body: target({ storageAccountType: "Standard_LRS" }),
        message: /'storageAccountType' can only be given together with/,
      },
      {
        title: "a target region twice",
        body: target({ targetRegions: [{ name: "westeurope" }, { name: "West Europe" }] }),
        message: /names a region twice/,
      },
      {
        title: "versioning of an explicit version",
        body: target({
          galleryImageId:
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/x/images/y/versions/1.0.0",
          versioning: { scheme: "Latest" },
        }),
        message: /'versioning' cannot be given together/,
      },
      {
        title: "an unknown versioning scheme",
        body: target({ versioning: { scheme: "Next" } }),
        message: /Field 'scheme' has a bad value: 'Next'/,
      },
      {
        title: "a run output name with a blank",
        body: target({ runOutputName: "a b" }),
        message: /Field 'runOutputName' has a bad value: 'a b'/,
      },
      {
        title: "a run output name twice",
        body: (good) => ({
          ...good,
          properties: { ...good.properties, distribute: [galleryTarget(setup), galleryTarget(setup)] },
        }),
        message: /'runOutputName' must be unique/,
      },
      { title: "no target", body: property({ distribute: [] }), message: /Missing field distribute/ },
      {
        title: "a container subnet without a build subnet",
        body: property({ vmProfile: { vnetConfig: { containerInstanceSubnetId: subnet } } }),
        message: /'containerInstanceSubnetId' can only be given together with field 'subnetId'/,
      },
      {
        title: "a proxy size beside a container subnet",
        body: property({
          vmProfile: {
            vnetConfig: { subnetId: subnet, containerInstanceSubnetId: `${subnet}2`, proxyVmSize: "Standard_A1_v2" },
          },
        }),
        message: /'proxyVmSize' must not be given/,
      },
      {
        title: "a staging group of another subscription",
        body: property({ stagingResourceGroup: "/subscriptions/other/resourceGroups/g" }),
        message: /Field 'stagingResourceGroup' has a bad value/,
      },
      {
        title: "replicationMode under 2024-02-01",
        body: target({ replicationMode: "Full" }),
        message: /v2024_02_01\.ImageTemplateSharedImageDistributor, unknown field "replicationMode"/,
        api: "2024-02-01",
      },
      {
        title: "additional data disks under 2024-02-01",
        body: property({ additionalDataDisks: [{ sizeGB: 4 }] }),
        message: /unknown field "additionalDataDisks"/,
        api: "2024-02-01",
      },
      {
        title: "workload optimisation under 2024-02-01",
        body: property({ optimize: { workload: { state: "Disabled" } } }),
        message: /unknown field "workload"/,
        api: "2024-02-01",
      },
    ];
    for (const { title, body, message, api = "2025-10-01" } of cases) {
      it(`are refused for ${title}, and nothing is created`, async () => {
        const answer = await setup.send("PUT", `${setup.path("bad")}?api-version=${api}`, body(linuxBody(setup)));
        assert.equal(answer.status, 400, answer.text);
        const { code, message: said } = answer.json<{ error: { code: string; message: string } }>().error;
        assert.equal(code, "ValidationFailed");
        assert.match(said, message);
        assert.equal(setup.emulator.world.resources.get(setup.path("bad")), undefined);
      });
    }

    it("include a name the service does not take", async () => {
      const answer = await put("a!b", linuxBody(setup));
      assert.equal(answer.status, 400);
    });

    it("are no bodies with the fields of 2025-10-01 under that version", async () => {
      const body = linuxBody(setup, {
        additionalDataDisks: [{ sizeGB: 4 }],
        distribute: [galleryTarget(setup, { replicationMode: "Shallow" })],
      });
      assert.equal((await put("t", body)).status, 201);
    });

    it("are not even read under an api-version that is no longer served", async () => {
      const answer = await setup.send("PUT", `${setup.path("t")}?api-version=2022-07-01`, linuxBody(setup));
      assert.equal(answer.status, 400);
      assert.match(answer.text, /2022-07-01/);
    });
  });

  describe("running", () => {
    it("is followed by the official client, and leaves a version that runOutputs names", async () => {
      await setup.create(
        "t",
        linuxBody(setup, { distribute: [galleryTarget(setup, { artifactTags: { stage: "test" } })] }),
      );
      await setup.templates.run(GROUP, "t", fast);
      const outputs = [];
      for await (const output of setup.templates.listRunOutputs(GROUP, "t")) outputs.push(output);
      assert.equal(outputs.length, 1);
      assert.equal(outputs[0]?.artifactId, `${setup.resources.definition}/versions/1.0.0`);
      const one = await setup.templates.getRunOutput(GROUP, "t", "gallery");
      assert.equal(one.artifactId, outputs[0]?.artifactId);
      const version = setup.emulator.world.resources.get(String(one.artifactId));
      assert.equal(version?.tags?.["stage"], "test");
      assert.equal(
        version?.tags?.["VMImageBuilderSource"],
        "PlatformImage Canonical::ubuntu-24_04-lts::server::24.04.202510010",
      );
      assert.match(version?.tags?.["correlationId"] ?? "", /^[0-9a-f-]{36}$/);
    });

    it("shows year one while it runs, keeps provisioningState, and drops the sub-state at its end", async () => {
      setup.configure({ durations: { ...instant, building: FOREVER } });
      await setup.create("t", linuxBody(setup));
      await setup.send("POST", `${setup.path("t")}/run?${API}`);
      await setup.until(() => lastRun(setup, "t").runSubState === "Building");
      const { startTime, ...rest } = lastRun(setup, "t");
      assert.match(startTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/);
      assert.deepEqual(rest, {
        endTime: "0001-01-01T00:00:00Z",
        runState: "Running",
        runSubState: "Building",
        message: "",
      });
      assert.equal(setup.template("t").properties["provisioningState"], "Succeeded");
    });

    it("goes through the sub-states in their order", async () => {
      const change = {
        optimize: { vmBoot: { state: "Enabled" } },
        validate: { inVMValidations: [{ type: "Shell", inline: ["true"] }] },
      };
      await setup.create("t", linuxBody(setup, change));
      const { resources } = setup.emulator.world;
      const seen: string[] = [];
      const putResource = resources.put.bind(resources);
      resources.put = (resource) => {
        putResource(resource);
        const state = lastRun(setup, "t").runSubState;
        if (state !== undefined && seen.at(-1) !== state) seen.push(state);
      };
      try {
        assert.equal(await setup.run("t"), "Succeeded");
      } finally {
        resources.put = putResource;
      }
      assert.deepEqual(seen, ["Queued", "Building", "Customizing", "Optimizing", "Validating", "Distributing"]);
      assert.equal("runSubState" in lastRun(setup, "t"), false);
    });

    it("says Succeeded on the template while the operation still says InProgress", async () => {
      setup.configure({ lag: { min: FOREVER, max: FOREVER } });
      await setup.create("t", linuxBody(setup));
      const run = await setup.send("POST", `${setup.path("t")}/run?${API}`);
      await setup.until(() => lastRun(setup, "t").runState === "Succeeded");
      const operation = await setup.send("GET", String(run.headers["azure-asyncoperation"]));
      assert.equal(operation.json()["status"], "InProgress");
    });

    it("is refused while another run goes on, with the service's internal words", async () => {
      setup.configure({ durations: { ...instant, building: FOREVER } });
      await setup.create("t", linuxBody(setup));
      await setup.send("POST", `${setup.path("t")}/run?${API}`);
      for (const [method, tail, action] of [
        ["POST", "/run", "imageTemplates/run/action"],
        ["DELETE", "", "imageTemplates/delete"],
      ] as const) {
        const answer = await setup.send(method, `${setup.path("t")}${tail}?${API}`);
        assert.equal(answer.status, 405);
        assert.deepEqual(answer.json(), {
          error: {
            code: "OperationNotAllowed",
            message: `Operation Microsoft.VirtualMachineImages/${action} is not allowed in provisioning state: provisioned or run state: running.`,
          },
        });
      }
    });

    it("refuses the address of an operation that was cut", async () => {
      const answer = await put("t", linuxBody(setup));
      const operation = String(answer.headers["azure-asyncoperation"]);
      assert.equal((await setup.send("GET", operation)).status, 200);
      assert.equal((await setup.send("GET", operation.slice(0, 2048))).status, 403);
      assert.equal((await setup.send("GET", operation.replace(/&t=.*/, ""))).status, 403);
    });

    it("writes operations with one blank for each level and the GUID in upper case", async () => {
      const answer = await put("t", linuxBody(setup));
      const { text } = await setup.send("GET", String(answer.headers["azure-asyncoperation"]));
      assert.match(text, /^\{\n "name": "[0-9A-F-]{36}",\n "status": "(InProgress|Succeeded)",\n "startTime": "[^"]+"/);
    });

    const numbers: readonly {
      readonly title: string;
      readonly existing: readonly string[];
      readonly target: object;
      readonly expected: string;
    }[] = [
      { title: "one more than the highest", existing: ["1.2.9", "1.10.0", "0.9.99"], target: {}, expected: "1.10.1" },
      {
        title: "one more within a major",
        existing: ["1.2.0", "2.0.1"],
        target: { versioning: { scheme: "Latest", major: 1 } },
        expected: "1.2.1",
      },
      {
        title: "the first of a new major",
        existing: ["1.2.0"],
        target: { versioning: { scheme: "Latest", major: 4 } },
        expected: "4.0.0",
      },
      {
        title: "of all majors for -1",
        existing: ["1.2.0", "2.0.1"],
        target: { versioning: { scheme: "Latest", major: -1 } },
        expected: "2.0.2",
      },
      {
        title: "the source's own",
        existing: [],
        target: { versioning: { scheme: "Source" } },
        expected: "24.4.202510010",
      },
      {
        title: "the one asked for",
        existing: ["1.0.0"],
        target: { galleryImageId: "/versions/7.0.1" },
        expected: "7.0.1",
      },
    ];
    for (const { title, existing, target, expected } of numbers) {
      it(`numbers a version ${title}`, async () => {
        const { world } = setup.emulator;
        for (const name of existing) {
          const id = `${setup.resources.definition}/versions/${name}`;
          world.resources.put({
            id,
            name,
            type: "Microsoft.Compute/galleries/images/versions",
            location: "westeurope",
            body: { properties: {} },
          });
        }
        const asked = (target as { galleryImageId?: string }).galleryImageId;
        const change = asked === undefined ? target : { galleryImageId: `${setup.resources.definition}${asked}` };
        await setup.create("t", linuxBody(setup, { distribute: [galleryTarget(setup, change)] }));
        await setup.run("t");
        assert.equal(
          (await setup.templates.getRunOutput(GROUP, "t", "gallery")).artifactId,
          `${setup.resources.definition}/versions/${expected}`,
        );
      });
    }

    it("does not overwrite a version that exists", async () => {
      const distribute = [galleryTarget(setup, { galleryImageId: `${setup.resources.definition}/versions/1.0.0` })];
      await setup.create("t", linuxBody(setup, { distribute }));
      assert.equal(await setup.run("t"), "Succeeded");
      assert.equal(await setup.run("t"), "Failed");
      assert.match(
        lastRun(setup, "t").message,
        /^Failed in distributing 1 images out of total 1: \{\[Error 0\] \[Distribute 0\] .*already exists/,
      );
    });

    it("is PartiallySucceeded when one of two targets cannot be served", async () => {
      const distribute = [
        galleryTarget(setup, { galleryImageId: setup.resources.definition.replace("ubuntu-web", "windows-avd") }),
        imageTarget(setup, "image1"),
      ];
      await setup.create("t", linuxBody(setup, { distribute }));
      assert.equal(await setup.run("t"), "PartiallySucceeded");
      assert.match(lastRun(setup, "t").message, /Failed in distributing 1 images out of total 2: .*different OS type/);
      const names = [];
      for await (const { name } of setup.templates.listRunOutputs(GROUP, "t")) names.push(name);
      assert.deepEqual(names, ["image1"]);
    });

    it("refuses an image whose generation is not the definition's", async () => {
      const source = {
        type: "PlatformImage",
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: "server-gen1",
        version: "latest",
      };
      await setup.create("t", linuxBody(setup, { source }));
      assert.equal(await setup.run("t"), "Failed");
      assert.match(
        lastRun(setup, "t").message,
        /different Hypervisor generation \['V1'\] than the parent gallery image Hypervisor generation \['V2'\]/,
      );
    });

    it("leaves a VHD in the staging account and gives its address", async () => {
      await setup.create("t", linuxBody(setup, { distribute: [{ type: "VHD", runOutputName: "vhd" }] }));
      await setup.run("t");
      const { artifactUri, artifactId } = await setup.templates.getRunOutput(GROUP, "t", "vhd");
      assert.equal(artifactId, undefined);
      const place = /\/([a-z0-9]{24})\/vhds\/([0-9a-f-]{36}\.vhd)$/.exec(String(artifactUri));
      const disk = await setup.emulator.world.blobs.read(place?.[1] ?? "", "vhds", place?.[2] ?? "");
      assert.equal(disk?.subarray(-512, -504).toString(), "conectix");
    });

    it("fails with the place of the log, and the log tells the failing step", async () => {
      await setup.create("t", linuxBody(setup, { customize: [{ type: "PowerShell", inline: ["exit 1"] }] }));
      const run = await setup.send("POST", `${setup.path("t")}/run?${API}`);
      await setup.until(
        async () =>
          (await setup.send("GET", String(run.headers["azure-asyncoperation"]))).json()["status"] === "Failed",
      );
      const { error } = (await setup.send("GET", String(run.headers["azure-asyncoperation"]))).json<{
        error: { code: string; message: string };
      }>();
      assert.equal(error.code, "PackerBuildFailed");
      assert.equal(error.message, lastRun(setup, "t").message);
      const found =
        /containers\/packerlogs\/([0-9a-f-]{36})\/customization\.log\. .*Use this operationId ([0-9a-f-]{36}) to search/.exec(
          error.message,
        );
      assert.ok(found);
      const log = await shared.buildLog(setup, "t");
      assert.ok(log.startsWith(`[${found[2]}] PACKER `));
      assert.match(log, /--> azure-arm: Script exited with non-zero exit status: 127\. Allowed exit codes are: \[0\]/);
      assert.equal(setup.template("t").properties["provisioningState"], "Succeeded");
    });

    it("writes the log in the older format when asked to", async () => {
      setup.configure({ logFormat: "older" });
      await setup.create("t", linuxBody(setup));
      await setup.run("t");
      const log = await shared.buildLog(setup, "t");
      assert.match(log, /^\[[0-9a-f-]{36}\] PACKER ERR \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[INFO\] Packer version/);
      assert.match(log, /\] PACKER OUT ==> azure-arm: Connected to SSH!/);
      assert.match(log, /\] PACKER Done exporting Packer logs to Azure Storage\.\n$/);
    });

    it("says in the log that a step was not run, and why", async () => {
      const source = {
        type: "PlatformImage",
        publisher: "MicrosoftWindowsServer",
        offer: "WindowsServer",
        sku: "2022-datacenter-g2",
        version: "latest",
      };
      const customize = [
        { type: "PowerShell", inline: ["dir"] },
        { type: "WindowsRestart" },
        { type: "WindowsUpdate" },
      ];
      await setup.create(
        "t",
        linuxBody(setup, { source, customize, distribute: [{ type: "VHD", runOutputName: "vhd" }] }),
      );
      assert.equal(await setup.run("t"), "Succeeded");
      const log = await shared.buildLog(setup, "t");
      assert.equal(log.match(/\[emulator\] this step was not run: there is no Windows here/g)?.length, 3);
      for (const kind of ["powershell", "windows-restart", "windows-update"])
        assert.ok(log.includes(`(telemetry) Starting provisioner ${kind}`), kind);
    });

    it("fails early with a time limit of one to five minutes", async () => {
      await setup.create("t", linuxBody(setup, { buildTimeoutInMinutes: 5 }));
      assert.equal(await setup.run("t"), "Failed");
      assert.match(await shared.buildLog(setup, "t"), /client_jwt will expire within 5 minutes/);
    });

    it("ends at its time limit", async () => {
      setup.configure({ durations: { ...instant, building: FOREVER } });
      await setup.create("t", linuxBody(setup, { buildTimeoutInMinutes: 6 }));
      await setup.send("POST", `${setup.path("t")}/run?${API}`);
      await setup.until(() => lastRun(setup, "t").runSubState === "Building");
      await setup.emulator.adjustClock({ advanceMs: 361_000 });
      await setup.until(() => lastRun(setup, "t").runState === "Failed");
      assert.match(
        lastRun(setup, "t").message,
        /Timeout waiting for microservice to complete: 'context deadline exceeded'/,
      );
    });

    it("needs the plan of a marketplace image that has one", async () => {
      const source = {
        type: "PlatformImage",
        publisher: "resf",
        offer: "rockylinux-x86_64",
        sku: "9-base",
        version: "latest",
      };
      const planInfo = { planName: "9-base", planProduct: "rockylinux-x86_64", planPublisher: "resf" };
      const distribute = [{ type: "VHD", runOutputName: "vhd" }];
      await setup.create("without", linuxBody(setup, { source, distribute }));
      assert.equal(await setup.run("without"), "Failed");
      await setup.create("with", linuxBody(setup, { source: { ...source, planInfo }, distribute }));
      assert.equal(await setup.run("with"), "Succeeded");
    });

    it("fails when a validator fails, and hands out the image only if asked to", async () => {
      const inVMValidations = [{ type: "PowerShell", inline: ["exit 1"] }];
      for (const [name, continueDistributeOnFailure, outputs] of [
        ["strict", false, 0],
        ["lenient", true, 1],
      ] as const) {
        await setup.create(name, linuxBody(setup, { validate: { continueDistributeOnFailure, inVMValidations } }));
        assert.equal(await setup.run(name), "Failed");
        assert.match(lastRun(setup, name).message, /validation\.log/);
        const list = (await setup.send("GET", `${setup.path(name)}/runOutputs?${API}`)).json<{ value: unknown[] }>();
        assert.equal(list.value.length, outputs);
      }
    });
  });

  describe("cancelling", () => {
    beforeEach(async () => {
      setup.configure({ durations: { ...instant, building: FOREVER, cancel: FOREVER } });
      await setup.create("t", linuxBody(setup));
    });

    it("answers 204 with nothing to follow, shows Canceling, then Canceled", async () => {
      await setup.send("POST", `${setup.path("t")}/run?${API}`);
      await setup.until(() => lastRun(setup, "t").runSubState === "Building");
      const answer = await setup.send("POST", `${setup.path("t")}/cancel?${API}`);
      assert.equal(answer.status, 204);
      for (const name of ["azure-asyncoperation", "location", "content-length", "content-type"])
        assert.equal(answer.headers[name], undefined, name);
      const { startTime: _, ...status } = lastRun(setup, "t");
      assert.deepEqual(status, {
        endTime: "0001-01-01T00:00:00Z",
        runState: "Canceling",
        message: "Canceling image build",
      });
      const again = await setup.send("POST", `${setup.path("t")}/cancel?${API}`);
      assert.equal(again.status, 405);
      assert.match(again.text, /run state: canceling\./);
      await setup.until(async () => {
        await setup.emulator.adjustClock({ advanceMs: FOREVER });
        return lastRun(setup, "t").runState === "Canceled";
      });
      assert.equal(lastRun(setup, "t").message, "The build was canceled");
      assert.notEqual(lastRun(setup, "t").endTime, "0001-01-01T00:00:00Z");
    });

    it("is refused when nothing runs", async () => {
      const answer = await setup.send("POST", `${setup.path("t")}/cancel?${API}`);
      assert.equal(answer.status, 405);
    });
  });

  describe("deleting", () => {
    it("removes the staging group with the template, and its operation stays readable", async () => {
      await setup.create("t", linuxBody(setup));
      const staging = String(setup.template("t").properties["exactStagingResourceGroup"]);
      const answer = await setup.send("DELETE", `${setup.path("t")}?${API}`);
      assert.equal(answer.status, 202);
      assert.ok(answer.headers["location"]);
      assert.notEqual(answer.headers["location"], answer.headers["azure-asyncoperation"]);
      await setup.until(async () => (await setup.send("GET", `${setup.path("t")}?${API}`)).status === 404);
      assert.deepEqual(setup.emulator.world.resources.list(staging), []);
      assert.equal((await setup.send("GET", String(answer.headers["location"]))).json()["status"], "Succeeded");
      assert.equal((await setup.send("DELETE", `${setup.path("t")}?${API}`)).status, 204);
    });

    it("leaves a staging group that existed, without its content and its tags", async () => {
      const { world } = setup.emulator;
      const group = `/subscriptions/${setup.subscription}/resourceGroups/rg-staging`;
      world.resources.put({
        id: group,
        name: "rg-staging",
        type: "Microsoft.Resources/resourceGroups",
        location: "westeurope",
        tags: { mine: "yes" },
        body: {},
      });
      const identity = world.identity(setup.resources.identity);
      setup.assign(identity?.principalId ?? "", "Contributor", group);
      assert.equal(await setup.create("t", linuxBody(setup, { stagingResourceGroup: group })), "Succeeded");
      assert.equal(world.resources.list(group).length, 2);
      await setup.templates.delete(GROUP, "t", fast);
      assert.deepEqual(
        world.resources.list(group).map(({ id, tags }) => [id, tags]),
        [[group, { mine: "yes" }]],
      );
    });

    it("is refused while the template is being created", async () => {
      setup.configure({ durations: { ...instant, create: FOREVER } });
      await put("t", linuxBody(setup));
      const answer = await setup.send("DELETE", `${setup.path("t")}?${API}`);
      assert.equal(answer.status, 405);
      assert.match(answer.text, /is not allowed in provisioningState: 'creating'/);
    });
  });

  describe("changing", () => {
    beforeEach(() => setup.create("t", linuxBody(setup)));
    const patch = (body: object) => setup.send("PATCH", `${setup.path("t")}?${API}`, body);

    it("answers 200 with the template for tags alone", async () => {
      const answer = await patch({ tags: { a: "b" } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["azure-asyncoperation"], undefined);
      assert.deepEqual(answer.json()["tags"], { a: "b" });
    });

    it("answers 202 for an identity, and echoes its key as sent", async () => {
      const key = setup.resources.identity.toLowerCase();
      const answer = await patch({ identity: { type: "UserAssigned", userAssignedIdentities: { [key]: {} } } });
      assert.equal(answer.status, 202);
      await setup.until(
        () =>
          Object.keys(
            (setup.template("t").identity as { userAssignedIdentities: object }).userAssignedIdentities,
          )[0] === key,
      );
    });

    it("fails to take the identity away", async () => {
      const answer = await patch({ identity: { type: "None" } });
      await setup.until(
        async () =>
          (await setup.send("GET", String(answer.headers["azure-asyncoperation"]))).json()["status"] === "Failed",
      );
      assert.match(
        (await setup.send("GET", String(answer.headers["azure-asyncoperation"]))).text,
        /Managed identity is required for building this template/,
      );
    });

    it("takes more targets but drops none", async () => {
      const lost = await patch({ properties: { distribute: [imageTarget(setup, "image1")] } });
      assert.equal(lost.status, 400);
      assert.match(
        lost.text,
        /Distribute target with Runoutput name gallery not found in the update request\. Deleting a distribution target is not allowed\./,
      );
      const more = await patch({ properties: { distribute: [galleryTarget(setup), imageTarget(setup, "image1")] } });
      assert.equal(more.status, 202);
      await setup.until(() => (setup.template("t").properties["distribute"] as unknown[]).length === 2);
    });

    it("refuses anything else as an update", async () => {
      const answer = await patch({ properties: { customize: [] } });
      assert.equal(answer.status, 409);
    });
  });

  it("finds a failed template that the world began with, and keeps its name taken", async () => {
    const id = setup.path("old").replace("resourceGroups", "resourcegroups");
    const body = {
      properties: { provisioningState: "Failed", source: {}, distribute: [] },
      identity: { type: "None" },
    };
    const type = "Microsoft.VirtualMachineImages/imageTemplates";
    setup.emulator.world.resources.put({ id, name: "old", type, location: "westeurope", tags: {}, body });
    assert.equal(((await get("old"))["properties"] as Record<string, unknown>)["provisioningState"], "Failed");
    assert.equal((await put("old", linuxBody(setup))).status, 409);
    await setup.templates.delete(GROUP, "old", fast);
    assert.equal((await put("old", linuxBody(setup))).status, 201);
  });

  it("takes as long as the recorded medians by default", () => {
    const { create, createScripts, queued, building, customizing, distribute, cancel } = defaultDurations;
    const build = queued + building + customizing;
    assert.deepEqual([create, create + createScripts, cancel], [11_000, 34_000, 81_000]);
    assert.deepEqual([build + distribute.ManagedImage, build + distribute.SharedImage], [559_000, 1_053_000]);
  });

  it("lists the templates of a group and of the subscription", async () => {
    await setup.create("t1", linuxBody(setup));
    await setup.create("t2", linuxBody(setup));
    for (const list of [setup.templates.listByResourceGroup(GROUP), setup.templates.list()]) {
      const names = [];
      for await (const { name } of list) names.push(name);
      assert.deepEqual(names.sort(), ["t1", "t2"]);
    }
  });

  it("keeps triggers, which are healthy when they are made", async () => {
    await setup.create("t", linuxBody(setup));
    const made = await setup.triggers.createOrUpdate(
      GROUP,
      "t",
      "new-source",
      { properties: { kind: "SourceImage" } },
      fast,
    );
    assert.equal(made.properties?.provisioningState, "Succeeded");
    assert.equal(made.properties?.status?.code, "Healthy");
    const names = [];
    for await (const { name } of setup.triggers.listByImageTemplate(GROUP, "t")) names.push(name);
    assert.deepEqual(names, ["new-source"]);
    await setup.triggers.delete(GROUP, "t", "new-source", fast);
    assert.equal((await setup.send("GET", `${setup.path("t")}/triggers/new-source?${API}`)).status, 404);
  });
});
