/** Microsoft.ContainerInstance: container groups, the output of their containers, quotas (specification 2025-09-01). */
import { resourceNotFound } from "../core/arm-errors.ts";
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext, type World } from "../core/types.ts";
import { normalRegion, versionsOf } from "./provider-catalogue.ts";
import { page, pathOf, propertiesOf, resourceOfPath } from "./resource-view.ts";

const service = "Microsoft.ContainerInstance";
const type = "Microsoft.ContainerInstance/containerGroups";
const apiVersions = versionsOf(service);
const subscription = "/subscriptions/:subscriptionId";
const collection = `${subscription}/resourceGroups/:resourceGroup/providers/${type}`;
const one = `${collection}/:group`;

/** A log answers with this much of its end (documentation of the command and of the SDKs: "up to 4MB"). */
const longestLog = 4 * 1024 * 1024;

const specified = { mark: "specification", fact: "container groups 2025-09-01" } as const;

/** Routes of this service. */
export const containerInstanceRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: collection, apiVersions, action: `${type}/read`, handle: list },
  {
    service,
    method: "GET",
    path: `${subscription}/providers/${type}`,
    apiVersions,
    action: `${type}/read`,
    handle: list,
  },
  { service, method: "GET", path: one, apiVersions, action: `${type}/read`, handle: get },
  {
    service,
    method: "GET",
    path: `${one}/containers/:container/logs`,
    apiVersions,
    action: `${type}/containers/logs/read`,
    handle: logs,
  },
  {
    service,
    method: "GET",
    path: `${subscription}/providers/Microsoft.ContainerInstance/locations/:location/usages`,
    apiVersions,
    action: "Microsoft.ContainerInstance/locations/usages/read",
    handle: usages,
  },
];

/** Words of the portal for what is counted. */
const counted: Readonly<Record<string, string>> = {
  ContainerGroups: "Container Groups",
  StandardCores: "Standard Cores",
  StandardSpotCores: "Standard Spot Cores",
  StandardK80Cores: "Standard K80 Cores",
  StandardV100Cores: "Standard V100 Cores",
};

/** How much of a region's quotas is used: what the world says, and the groups that are there. */
export function containerUsage(
  world: World,
  subscriptionId: string,
  region: string,
): readonly { readonly name: string; readonly currentValue: number; readonly limit: number }[] {
  const groups = world.resources
    .list(`/subscriptions/${subscriptionId}`, type)
    .filter(({ location }) => normalRegion(location ?? "") === region);
  const more: Readonly<Record<string, number>> = { ContainerGroups: groups.length, StandardCores: groups.length * 4 };
  return Object.entries(world.catalogue.containerQuotas).map(([name, { currentValue, limit }]) => ({
    name,
    currentValue: currentValue + (more[name] ?? 0),
    limit,
  }));
}

function usages(context: RouteContext): Reply {
  const { subscriptionId = "", location = "" } = context.params;
  const region = normalRegion(location);
  const value = containerUsage(context.world, subscriptionId, region).map(({ name, currentValue, limit }) => ({
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerInstance/locations/${region}/usages/${name}`,
    unit: "Count",
    currentValue,
    limit,
    name: { value: name, localizedValue: counted[name] ?? name },
  }));
  return { status: 200, mark: "specification", fact: "container instance usages", body: { value } };
}

/** A container as whoever runs it sees it. */
export interface RunningContainer {
  /** Adds a line, with its line feed, to what the container prints. */
  readonly print: (line: Buffer) => void;
  /** Removes the container group, and with it what was printed. */
  readonly remove: () => void;
}

export interface NewContainerGroup {
  readonly id: string;
  readonly location: string;
  readonly tags: Record<string, string>;
  /** Name of its only container. */
  readonly container: string;
  readonly image: string;
  /** Emulated ms until the container runs. */
  readonly startsAfter: number;
}

interface Printed {
  readonly at: Date;
  readonly line: Buffer;
}

interface ContainerState {
  readonly runsFrom: Date;
  readonly printed: Printed[];
}

const statesOf = new WeakMap<World, Map<string, ContainerState>>();

function states(world: World): Map<string, ContainerState> {
  const known = statesOf.get(world);
  if (known !== undefined) return known;
  const made = new Map<string, ContainerState>();
  statesOf.set(world, made);
  world.onReset(() => made.clear());
  return made;
}

/** Puts a container group with one container into the world. */
export function createContainerGroup(world: World, group: NewContainerGroup): RunningContainer {
  const state: ContainerState = {
    runsFrom: new Date(world.clock.now().getTime() + group.startsAfter),
    printed: [],
  };
  const key = group.id.toLowerCase();
  states(world).set(key, state);
  const container = {
    name: group.container,
    properties: {
      image: group.image,
      ports: [],
      environmentVariables: [],
      resources: { requests: { memoryInGB: 8, cpu: 4 } },
    },
  };
  world.resources.put({
    id: group.id,
    name: group.id.slice(group.id.lastIndexOf("/") + 1),
    type,
    location: group.location,
    tags: group.tags,
    body: {
      properties: {
        sku: "Standard",
        containers: [container],
        initContainers: [],
        restartPolicy: "Never",
        osType: "Linux",
      },
    },
  });
  return {
    print: (line) => void state.printed.push({ at: world.clock.now(), line }),
    remove: () => {
      states(world).delete(key);
      world.resources.delete(group.id);
    },
  };
}

/** A group: its instance view is in the answer to GET alone. */
function view(group: Resource, world: World, withInstance: boolean): object {
  const { id, name, location, tags } = group;
  const state = states(world).get(id.toLowerCase());
  const runs = state === undefined || state.runsFrom <= world.clock.now();
  const properties = propertiesOf(group);
  const containers = (properties["containers"] ?? []) as readonly {
    readonly name: string;
    readonly properties: Readonly<Record<string, unknown>>;
  }[];
  const currentState = runs
    ? { state: "Running", startTime: state?.runsFrom.toISOString(), detailStatus: "" }
    : { state: "Waiting", detailStatus: "" };
  const shown = containers.map((container) => ({
    ...container,
    properties: { ...container.properties, instanceView: { restartCount: 0, currentState } },
  }));
  return {
    properties: {
      ...properties,
      provisioningState: runs ? "Succeeded" : "Pending",
      ...(withInstance ? { containers: shown, instanceView: { events: [], state: runs ? "Running" : "Pending" } } : {}),
    },
    id,
    name,
    type,
    location,
    tags: tags ?? {},
  };
}

function list(context: RouteContext): Reply {
  const { world } = context;
  const scope = pathOf(context).replace(/\/providers\/.*$/i, "");
  const found = world.resources.list(scope, type).map((group) => view(group, world, false));
  return { status: 200, ...specified, body: page(context, found) };
}

function get(context: RouteContext): Reply {
  return { status: 200, ...specified, body: view(resourceOfPath(context), context.world, true) };
}

/** GET logs: the end of what the container printed. JSON holds text, so what is no UTF-8 is replaced (inferred). */
function logs(context: RouteContext): Reply {
  const { world } = context;
  const { group = "", container = "" } = context.params;
  const id = pathOf(context).replace(/\/containers\/.*$/i, "");
  const resource = world.resources.get(id);
  if (resource === undefined) throw resourceNotFound(id);
  const containers = (propertiesOf(resource)["containers"] ?? []) as readonly { readonly name: string }[];
  if (!containers.some(({ name }) => name.toLowerCase() === container.toLowerCase())) {
    const message = `Container '${container}' in container group '${group}' was not found.`;
    throw new ArmFault(404, "ContainerNotFound", message, { mark: "inferred", fact: "logs of no container" });
  }
  const state = states(world).get(id.toLowerCase());
  if (state === undefined || state.runsFrom > world.clock.now()) throw notAvailable(group, container);
  const tail = numberOf(context.query.get("tail"));
  const wanted = tail === undefined ? state.printed : state.printed.slice(Math.max(0, state.printed.length - tail));
  const stamped = flagOf(context.query.get("timestamps"));
  const bytes = Buffer.concat(
    wanted.map(({ at, line }) => (stamped ? Buffer.concat([Buffer.from(`${at.toISOString()} `), line]) : line)),
  );
  const content = bytes.subarray(Math.max(0, bytes.length - longestLog)).toString("utf8");
  return { status: 200, mark: "specification", fact: "containers list logs", body: { content } };
}

function notAvailable(group: string, container: string): ArmFault {
  const message = `Log of container '${container}' in container group '${group}' is not available yet. Please check container 'InstanceView' for more information or retry later.`;
  return new ArmFault(404, "ContainerLogNotAvailable", message, { mark: "issue", fact: "virtual-kubelet 237" });
}

function numberOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw badQuery("tail", text);
}

function flagOf(text: string | null): boolean {
  if (text === null || /^false$/i.test(text)) return false;
  if (/^true$/i.test(text)) return true;
  throw badQuery("timestamps", text);
}

function badQuery(name: string, value: string): ArmFault {
  return new ArmFault(400, "InvalidQueryParameter", `The query parameter '${name}' has the invalid value '${value}'.`, {
    mark: "inferred",
    fact: "containers list logs, query",
  });
}
