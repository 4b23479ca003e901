/** A fresh emulator in which a recorded exchange can take place. */
import {
  configureImageBuilder,
  defaultDurations,
  type BuilderSettings,
} from "../emulator/services/virtual-machine-images/index.ts";
import { addMarketplaceImages } from "../emulator/services/compute/index.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { send, type PlainAnswer } from "../emulator/core/testing.ts";
import type { WorldFile } from "../emulator/core/world-file.ts";
import { objectOf, textOf, type Recording } from "./recording.ts";

const CALLER = "22222222-2222-4222-8222-222222222222";
const TENANT = "11111111-1111-1111-1111-111111111111";
const CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
const ZERO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";

/** Any script will do: recordings compare its digest by form. */
const SCRIPT = "#!/bin/sh\necho customized\n";

export interface Stage {
  readonly emulator: Emulator;
  readonly subscription: string;
  /** Sends a request of Resource Manager as the public host name; the caller may do everything. */
  send(method: string, path: string, body?: unknown): Promise<PlainAnswer>;
  /** Makes a resource, and its group, unless it is there. */
  seed(id: string, resource?: { readonly location?: string; readonly body?: Readonly<Record<string, unknown>> }): void;
  /** Gives an identity Contributor at a scope. */
  grant(principalId: string, scope: string): void;
  /** Takes every right of the caller away. */
  revokeCaller(): void;
  /** Gives the caller the right to read and write blobs. */
  allowBlobs(): void;
  /** Waits until something is true. @throws Error after half a minute */
  until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void>;
}

const NAMESPACES = [
  "VirtualMachineImages",
  "Compute",
  "Storage",
  "Network",
  "ManagedIdentity",
  "KeyVault",
  "ContainerInstance",
];

/** @param unregistered namespace the answer says is not registered */
function worldFor(subscription: string, uris: readonly string[], unregistered: string): WorldFile {
  const registered = NAMESPACES.map((name) => `Microsoft.${name}`).filter((name) => name !== unregistered);
  const scope = `/subscriptions/${subscription}`;
  return {
    tenantId: TENANT,
    subscriptions: [{ id: subscription, displayName: "Recorded", registered }],
    devops: { organization: { id: CALLER, name: "recorded" }, project: { id: CALLER, name: "recorded" } },
    applications: [{ name: "caller", clientId: CALLER, objectId: CALLER }],
    roleAssignments: [{ principal: "caller", role: "Owner", scope }],
    resources: [],
    connections: [],
    defaults: {
      location: "westus",
      resourceGroup: scope,
      identity: scope,
      gallery: scope,
      definition: scope,
      storageAccount: scope,
      subnet: scope,
    },
    publicFiles: Object.fromEntries(uris.map((uri) => [uri, SCRIPT])),
  };
}

/** Every text in a value that satisfies the test, each once. */
export function textsIn(value: unknown, test: (text: string) => boolean): readonly string[] {
  if (typeof value === "string") return test(value) ? [value] : [];
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => textsIn(item, test)))];
  const entries = Object.entries(objectOf(value));
  return [...new Set(entries.flatMap(([key, item]) => [...(test(key) ? [key] : []), ...textsIn(item, test)]))];
}

/** What a phase must last so that a run stays in it. */
const FOREVER = 1e9;

/** Durations of almost nothing, but for the phases in which the exchange finds the service. */
export function hurried(
  lasting: readonly ("create" | "queued" | "building" | "cancel" | "customizing")[] = [],
): Pick<BuilderSettings, "durations" | "lag"> {
  const short = { Linux: 1, Windows: 1 };
  const steps = { step: 1, WindowsRestart: 1, WindowsUpdate: 1 };
  const distribute = { ManagedImage: 1, SharedImage: 1, VHD: 1 };
  const quick = Object.fromEntries(Object.keys(defaultDurations).map((key) => [key, 1]));
  const held = Object.fromEntries(lasting.map((key) => [key, FOREVER]));
  const durations = { ...defaultDurations, ...quick, optimizing: short, simulated: steps, distribute, ...held };
  return { durations, lag: { min: 0, max: 1 } };
}

/** The service's way of telling a failed build changed twice (wire notes, section 6): the words show the time. */
function wordingOf(body: unknown): BuilderSettings["failureWording"] {
  const text = JSON.stringify(body) ?? "";
  if (text.includes("Packer build command has failed")) return "2020";
  return text.includes("Image build log location") ? "2022" : "2024";
}

/** The subscription a recording plays in. */
export function subscriptionOf(recording: Recording): string {
  return /\/subscriptions\/([0-9a-f-]{36})/i.exec(recording.request.path)?.[1]?.toLowerCase() ?? ZERO_SUBSCRIPTION;
}

/** Starts the emulator. Close it with stage.emulator.close(). */
export async function openStage(recording: Recording): Promise<Stage> {
  const { request, response } = recording;
  const subscription = subscriptionOf(recording);
  const uris = textsIn([request.body, response.body], (text) => /^https?:\/\//.test(text) && URL.canParse(text));
  const unregistered = /not registered to use namespace '([^']+)'/.exec(JSON.stringify(response.body))?.[1] ?? "";
  const emulator = await createEmulator({ world: worldFor(subscription, uris, unregistered), olderApiVersions: true });
  const { world } = emulator;
  // Operation addresses are signed since 2024 (wire notes, section 2): a recording shows which time it is from.
  const signedUrls = /[?&]t=\d+&c=/.test(`${request.path} ${Object.values(response.headers).join(" ")}`);
  configureImageBuilder(world, {
    ...hurried(),
    signedUrls,
    failureWording: wordingOf(response.body),
    buildVm: "simulated",
  });
  seedMarketplace(emulator, [request.body, response.body]);
  return {
    emulator,
    subscription,
    send: async (method, path, body) => {
      const token = await world.tokenFor(CALLER, "https://management.azure.com");
      const url = `${world.endpoints.arm}${path.startsWith("https://") ? path.replace(/^https:\/\/[^/]+/, "") : path}`;
      return send(emulator, { method, url, token, body, headers: { host: "management.azure.com" } });
    },
    seed: (id, resource = {}) => seedResource(emulator, id, resource),
    grant: (principalId, scope) => assign(emulator, { principalId, role: CONTRIBUTOR, scope }),
    revokeCaller: () => void world.roleAssignments.splice(0),
    allowBlobs: () =>
      assign(emulator, { principalId: CALLER, role: BLOB_OWNER, scope: `/subscriptions/${subscription}` }),
    until,
  };
}

function assign(
  emulator: Emulator,
  what: { readonly principalId: string; readonly role: string; readonly scope: string },
): void {
  emulator.world.roleAssignments.push({
    id: `${what.scope}/providers/Microsoft.Authorization/roleAssignments/${emulator.world.newGuid()}`,
    principalId: what.principalId,
    roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${what.role}`,
    scope: what.scope,
  });
}

function seedResource(
  emulator: Emulator,
  id: string,
  resource: { readonly location?: string; readonly body?: Readonly<Record<string, unknown>> },
): void {
  const { resources } = emulator.world;
  const location = resource.location ?? "westus";
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id)?.[0] ?? "";
  if (group !== "" && resources.get(group) === undefined) {
    const name = group.slice(group.lastIndexOf("/") + 1);
    resources.put({ id: group, name, type: "Microsoft.Resources/resourceGroups", location, body: {} });
  }
  if (resources.get(id) !== undefined || id.length === group.length) return;
  const [, namespace = "", ...rest] = id.slice(id.toLowerCase().lastIndexOf("/providers/") + 1).split("/");
  const type = `${namespace}/${rest.filter((_, index) => index % 2 === 0).join("/")}`;
  const name = id.slice(id.lastIndexOf("/") + 1);
  resources.put({ id, name, type, location, tags: {}, body: { ...resource.body } });
}

/** Marketplace images a template of the recording names and the catalogue may lack: they existed when it was recorded. */
function seedMarketplace(emulator: Emulator, values: readonly unknown[]): void {
  const found: { publisher: string; offer: string; sku: string; version: string; os: "Linux" | "Windows" }[] = [];
  const visit = (value: unknown): void => {
    const item = objectOf(value);
    if (item["type"] === "PlatformImage") {
      const [publisher, offer, sku] = ["publisher", "offer", "sku"].map((key) => textOf(item[key]));
      const version = [item["version"], item["exactVersion"]].map(textOf).find((text) => /^\d/.test(text)) ?? "1.0.0";
      const os = /windows|office/i.test(`${publisher} ${offer}`) ? "Windows" : "Linux";
      found.push({ publisher: publisher ?? "", offer: offer ?? "", sku: sku ?? "", version, os });
    }
    for (const inner of Array.isArray(value) ? (value as readonly unknown[]) : Object.values(item)) {
      if (typeof inner === "object" && inner !== null) visit(inner);
    }
  };
  values.forEach(visit);
  addMarketplaceImages(emulator.world, found);
}

const PATIENCE_MS = 30_000;

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline)
      throw new Error(`The emulator did not reach the state that the exchange needs: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
