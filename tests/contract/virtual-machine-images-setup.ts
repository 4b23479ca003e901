/** What the tests of the emulated image builder share: an emulator, official clients, bodies. */
import { ComputeManagementClient } from "@azure/arm-compute";
import { ImageBuilderClient } from "@azure/arm-imagebuilder";
import { send, type PlainAnswer } from "../emulator/core/testing.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import {
  configureImageBuilder,
  defaultDurations,
  type BuilderSettings,
  type Durations,
} from "../emulator/services/virtual-machine-images/index.ts";

export const GROUP = "rg-images";
export const API = "api-version=2025-10-01";

/** Every phase over at once, in emulated ms. */
export const instant: Durations = {
  ...(Object.fromEntries(Object.keys(defaultDurations).map((key) => [key, 1])) as unknown as Durations),
  optimizing: { Linux: 1, Windows: 1 },
  simulated: { step: 1, WindowsRestart: 1, WindowsUpdate: 1 },
  distribute: { ManagedImage: 1, SharedImage: 1, VHD: 1 },
};

/** Nothing that a test waits for lasts so long, in emulated ms. */
export const FOREVER = 1e9;

export interface Setup {
  readonly emulator: Emulator;
  readonly subscription: string;
  readonly resources: Emulator["description"]["resources"];
  readonly templates: ImageBuilderClient["virtualMachineImageTemplates"];
  readonly triggers: ImageBuilderClient["triggers"];
  readonly compute: ComputeManagementClient;
  /** Path of a template. */
  path(name: string): string;
  /** A bare request as the pipeline's service principal. */
  send(method: string, url: string, body?: unknown): Promise<PlainAnswer>;
  /** Everything back to the beginning, with these settings on top of instant, simulated builds. */
  reset(settings?: Partial<BuilderSettings>): Promise<void>;
  configure(settings: Partial<BuilderSettings>): void;
  /** What the store shows of a template. */
  template(name: string): { readonly properties: Record<string, unknown>; readonly identity: unknown };
  /** Gives a principal a built-in or custom role at a scope. */
  assign(principalId: string, roleName: string, scope: string): void;
  /** PUT and wait for the end of creating; the state it ended in. */
  create(name: string, body: unknown): Promise<string>;
  /** Run to its end; the final runState. */
  run(name: string): Promise<string>;
  until(isTrue: () => boolean | Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** Object id of the default world's service principal. */
function pipelineOf(emulator: Emulator): string {
  return emulator.world.roleAssignments[0]?.principalId ?? "";
}

/** Starts an emulator in which builds are simulated and instant; the real clock. */
export async function openSetup(): Promise<Setup> {
  const emulator = await createEmulator();
  const { world } = emulator;
  const { subscriptionId: subscription, resources, armUrl } = emulator.description;
  const principal = pipelineOf(emulator);
  const credential = {
    getToken: async () => ({
      token: await world.tokenFor(principal, "https://management.azure.com"),
      // Asked for anew with each request: the emulator's clock may be moved.
      expiresOnTimestamp: Date.now(),
    }),
  };
  const options = { endpoint: armUrl, tlsOptions: { ca: world.caPem }, retryOptions: { maxRetries: 0 } };
  const builder = new ImageBuilderClient(credential, subscription, options);
  const path = (name: string): string =>
    `/subscriptions/${subscription}/resourceGroups/${GROUP}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
  const setup: Setup = {
    emulator,
    subscription,
    resources,
    templates: builder.virtualMachineImageTemplates,
    triggers: builder.triggers,
    compute: new ComputeManagementClient(credential, subscription, options),
    path,
    send: async (method, url, body) => {
      const token = await world.tokenFor(principal, "https://management.azure.com");
      return send(emulator, { method, url, body, token });
    },
    reset: async (settings = {}) => {
      await emulator.reset();
      const lag = { min: 0, max: 1 };
      configureImageBuilder(world, {
        durations: instant,
        lag,
        buildVm: "simulated",
        logFormat: "newer",
        // What scripts print can then be told from what Packer says.
        scriptLines: "blanks",
        logBlobDelay: 0,
        logBlobEvery: 50,
        minimumScriptMs: 10_000,
        ...settings,
      });
    },
    configure: (settings) => configureImageBuilder(world, settings),
    template: (name) => {
      const resource = world.resources.get(path(name));
      return {
        properties: (resource?.body["properties"] ?? {}) as Record<string, unknown>,
        identity: resource?.body["identity"],
      };
    },
    assign: (principalId, roleName, scope) => {
      const role = world.roleDefinitions.find((definition) => definition.roleName === roleName);
      if (role === undefined) throw new Error(`no role ${roleName}`);
      const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${world.newGuid()}`;
      world.roleAssignments.push({ id, principalId, roleDefinitionId: role.name, scope });
    },
    create: async (name, body) => {
      const put = await setup.send("PUT", `${path(name)}?${API}`, body);
      if (put.status !== 201) throw new Error(`PUT ${put.status} ${put.text}`);
      await setup.until(() => setup.template(name).properties["provisioningState"] !== "Creating");
      return String(setup.template(name).properties["provisioningState"]);
    },
    run: async (name) => {
      const run = await setup.send("POST", `${path(name)}/run?${API}`);
      if (run.status !== 202) throw new Error(`run ${run.status} ${run.text}`);
      const operation = String(run.headers["azure-asyncoperation"]);
      await setup.until(async () => (await setup.send("GET", operation)).json()["status"] !== "InProgress");
      return lastRun(setup, name).runState;
    },
    until,
    close: () => emulator.close(),
  };
  return setup;
}

export interface RunStatus {
  readonly runState: string;
  readonly runSubState?: string;
  readonly message: string;
  readonly startTime: string;
  readonly endTime: string;
}

/** lastRunStatus of a template. */
export function lastRun(setup: Setup, name: string): RunStatus {
  return (setup.template(name).properties["lastRunStatus"] ?? {}) as RunStatus;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error("what was waited for did not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Body = Readonly<Record<string, unknown>>;

/** A good body: Ubuntu from the marketplace to the gallery. \`change\` replaces properties. */
export function linuxBody(
  setup: Setup,
  change: Body = {},
): { location: string; tags: Body; identity: Body; properties: Body } {
  return {
    location: "westeurope",
    tags: {},
    identity: { type: "UserAssigned", userAssignedIdentities: { [setup.resources.identity]: {} } },
    properties: {
      source: {
        type: "PlatformImage",
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: "server",
        version: "latest",
      },
      customize: [{ type: "Shell", name: "greet", inline: ["echo hello"] }],
      distribute: [galleryTarget(setup)],
      ...change,
    },
  };
}

/** A gallery target. */
export function galleryTarget(setup: Setup, change: object = {}): Body {
  return {
    type: "SharedImage",
    runOutputName: "gallery",
    galleryImageId: setup.resources.definition,
    targetRegions: [{ name: "westeurope" }],
    ...change,
  };
}

/** A managed image target. */
export function imageTarget(setup: Setup, name: string): Body {
  const imageId = `${setup.resources.resourceGroup}/providers/Microsoft.Compute/images/${name}`;
  return { type: "ManagedImage", runOutputName: name, imageId, location: "westeurope" };
}

/** The log of the latest run of a template. */
export async function buildLog(setup: Setup, name: string, file = "customization.log"): Promise<string> {
  const staging = String(setup.template(name).properties["exactStagingResourceGroup"]);
  const { world } = setup.emulator;
  const [account] = world.resources.list(staging, "Microsoft.Storage/storageAccounts");
  setup.assign(pipelineOf(setup.emulator), "Storage Blob Data Reader", staging);
  const token = await world.tokenFor(pipelineOf(setup.emulator), "https://storage.azure.com");
  const list = await world.blobs.fetch(
    `${world.endpoints.blob}/${account?.name}/packerlogs?restype=container&comp=list`,
    token,
  );
  const names = [...list.body.toString().matchAll(/<Name>([^<]*)<\/Name>/g)].map((found) => found[1] ?? "");
  const blob = names.filter((one) => one.endsWith(file)).at(-1);
  if (blob === undefined) return "";
  return (await world.blobs.read(account?.name ?? "", "packerlogs", blob))?.toString() ?? "";
}
