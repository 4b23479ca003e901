/** Bringing a template of the emulator into the state in which an exchange found it. */
import { configureImageBuilder } from "../emulator/services/virtual-machine-images/index.ts";
import { objectOf, textOf } from "./recording.ts";
import { hurried, textsIn, type Stage } from "./stage.ts";
import { templatePath, templatePlace, type TemplatePlace } from "./template-body.ts";

type Json = Readonly<Record<string, unknown>>;

export interface WantedState {
  readonly place: TemplatePlace;
  /** Body of the PUT that makes it. */
  readonly body: Json;
  readonly apiVersion: string;
  readonly provisioning: "Creating" | "Succeeded" | "Failed";
  /** Resource the identity has no right on, for Failed. */
  readonly forbidden?: string;
  readonly run?: "Running" | "Canceling" | "Canceled" | "Succeeded" | "Failed";
  /** With Running. */
  readonly subState?: string;
}

/** Addresses of the operations started on the way, newest last. */
export interface Reached {
  readonly operations: readonly string[];
}

/** Puts and drives a template. @throws Error when the emulator refuses or does not reach the state */
export async function reachState(stage: Stage, wanted: WantedState): Promise<Reached> {
  const operations: string[] = [];
  const path = templatePath(wanted.place);
  seedFor(stage, wanted);
  configureImageBuilder(stage.emulator.world, hurried(wanted.provisioning === "Creating" ? ["create"] : []));
  const put = await stage.send("PUT", `${path}?api-version=${wanted.apiVersion}`, bodyFor(wanted));
  if (put.status !== 201)
    throw new Error(`The emulator refuses the template that the exchange needs: ${put.status} ${put.text}`);
  operations.push(String(put.headers["azure-asyncoperation"]));
  if (wanted.provisioning === "Creating") return { operations };
  await stage.until(
    `provisioningState ${wanted.provisioning}`,
    () => propertiesOf(stage, path)["provisioningState"] === wanted.provisioning,
  );
  if (wanted.run !== undefined) operations.push(await driveRun(stage, path, wanted));
  await stage.until("the end of its operations", () => isSettled(stage, wanted, operations));
  return { operations };
}

/** Have the operations ended that the wanted state sees ended? */
async function isSettled(stage: Stage, wanted: WantedState, operations: readonly string[]): Promise<boolean> {
  const open = wanted.run === "Running" || wanted.run === "Canceling";
  const ended = open ? operations.slice(0, -1) : operations;
  for (const operation of ended) {
    const { status } = (await stage.send("GET", operation)).json<{ readonly status: string }>();
    if (status === "InProgress") return false;
  }
  return true;
}

/** What the service shows of the template now. */
export function propertiesOf(stage: Stage, path: string): Json {
  return objectOf(stage.emulator.world.resources.get(path)?.body["properties"]);
}

/** A run that is to fail gets a customizer that fails without a machine, too: Linux has no PowerShell. */
function bodyFor(wanted: WantedState): Json {
  if (wanted.run !== "Failed") return wanted.body;
  const properties = objectOf(wanted.body["properties"]);
  return { ...wanted.body, properties: { ...properties, customize: [{ type: "PowerShell", inline: ["exit 1"] }] } };
}

const HELD = { Queued: "queued", Building: "building", Customizing: "customizing" } as const;

async function driveRun(stage: Stage, path: string, wanted: WantedState): Promise<string> {
  const { world } = stage.emulator;
  const lasting = wanted.run === "Running" ? [HELD[wanted.subState as keyof typeof HELD] ?? "building"] : [];
  const isCancelled = wanted.run === "Canceling" || wanted.run === "Canceled";
  configureImageBuilder(
    world,
    hurried([
      ...lasting,
      ...(isCancelled ? ["building" as const] : []),
      ...(wanted.run === "Canceling" ? ["cancel" as const] : []),
    ]),
  );
  const run = await stage.send("POST", `${path}/run?api-version=${wanted.apiVersion}`);
  if (run.status !== 202)
    throw new Error(`The emulator refuses the run that the exchange needs: ${run.status} ${run.text}`);
  const status = (): Json => objectOf(propertiesOf(stage, path)["lastRunStatus"]);
  if (isCancelled) {
    await stage.until("Building", () => status()["runSubState"] === "Building");
    await stage.send("POST", `${path}/cancel?api-version=${wanted.apiVersion}`);
  }
  const reached = (): boolean =>
    status()["runState"] === wanted.run &&
    (wanted.subState === undefined || status()["runSubState"] === wanted.subState);
  await stage.until(`run state ${wanted.run} ${wanted.subState ?? ""}`, reached);
  return String(run.headers["azure-asyncoperation"]);
}

/** Makes everything the template refers to, and gives the identity its rights on all of it but one. */
export function seedFor(stage: Stage, wanted: Pick<WantedState, "place" | "body" | "forbidden">): void {
  const location = textOf(wanted.body["location"]) || "westus";
  stage.seed(`/subscriptions/${wanted.place.subscription}/resourceGroups/${wanted.place.group}`, { location });
  const identity = objectOf(wanted.body["identity"])["userAssignedIdentities"];
  const principals = Object.keys(objectOf(identity)).map((id) => seedIdentity(stage, id));
  const ids = textsIn(wanted.body["properties"], (text) => /^\/subscriptions\/.+\/providers\//i.test(text));
  for (const id of ids) {
    seedTarget(stage, id, { location, isSource: isSource(wanted.body, id) });
    const allowed = wanted.forbidden === undefined || !id.toLowerCase().startsWith(wanted.forbidden.toLowerCase());
    if (allowed) for (const principal of principals) stage.grant(principal, grantScope(id));
  }
  grantStaging(stage, wanted.body, principals);
}

/** An existing staging group is made by the service itself in recordings; rights on it come with the group. */
function grantStaging(stage: Stage, body: Json, principals: readonly string[]): void {
  const group = textOf(objectOf(body["properties"])["stagingResourceGroup"]);
  if (group === "") return;
  for (const principal of principals) stage.grant(principal, `/${group.replace(/^\//, "")}`);
}

function isSource(body: Json, id: string): boolean {
  const source = objectOf(objectOf(body["properties"])["source"]);
  return source["imageId"] === id || source["imageVersionId"] === id;
}

/** Rights are given on galleries and networks as a whole, as people do. */
function grantScope(id: string): string {
  const parts = id.split("/");
  return ["galleries", "virtualnetworks"].includes((parts[7] ?? "").toLowerCase()) ? parts.slice(0, 9).join("/") : id;
}

/** Makes an identity; gives its principal id. */
export function seedIdentity(stage: Stage, id: string): string {
  const { world } = stage.emulator;
  const known = world.identity(id);
  if (known !== undefined) return known.principalId;
  const principalId = world.newGuid();
  stage.seed(id, { body: { properties: { tenantId: world.tenantId, principalId, clientId: world.newGuid() } } });
  return principalId;
}

function seedTarget(stage: Stage, id: string, as: { readonly location: string; readonly isSource: boolean }): void {
  const { location } = as;
  const parts = id.split("/");
  const kind = `${parts[6] ?? ""}/${parts[7] ?? ""}`.toLowerCase();
  const definition = {
    hyperVGeneration: "V1",
    osType: "Linux",
    osState: "Generalized",
    architecture: "x64",
    provisioningState: "Succeeded",
  };
  if (kind === "microsoft.compute/galleries") {
    stage.seed(parts.slice(0, 9).join("/"), { location, body: { properties: { provisioningState: "Succeeded" } } });
    stage.seed(parts.slice(0, 11).join("/"), { location, body: { properties: definition } });
    if (as.isSource) stage.seed(id, { location, body: { properties: { provisioningState: "Succeeded" } } });
  } else if (kind === "microsoft.network/virtualnetworks") {
    stage.seed(parts.slice(0, 9).join("/"), { location, body: { properties: {} } });
    const delegations = [{ properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
    if (parts.length > 9)
      stage.seed(id, { body: { properties: { privateLinkServiceNetworkPolicies: "Disabled", delegations } } });
  } else if (kind === "microsoft.compute/images") {
    const osDisk = { osType: "Linux", osState: "Generalized", diskSizeGB: 30 };
    const properties = {
      storageProfile: { osDisk, dataDisks: [] },
      provisioningState: "Succeeded",
      hyperVGeneration: "V1",
    };
    // The target's group must exist, the image itself only where it is the source.
    if (as.isSource) stage.seed(id, { location, body: { properties } });
    else stage.seed(parts.slice(0, 5).join("/"), { location });
  } else if (kind === "microsoft.managedidentity/userassignedidentities") seedIdentity(stage, id);
}

/** Place of the template a path is about. @throws Error where it is about none */
export function requiredPlace(path: string): TemplatePlace {
  const place = templatePlace(path);
  if (place === undefined) throw new Error(`The path ${path} names no image template.`);
  return place;
}
