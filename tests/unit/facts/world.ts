/** A small Azure as planning sees it, as object literals. */
import { ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { FactPorts } from "../../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import type { FactReader, PipelineArtifacts, ServiceConnection } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import type { Grant } from "../../../tasks/AzureImageBuilderV1/src/values/permissions.ts";
import { agentOf, subscription } from "../inputs/step.ts";

/** A read that the connection has no right to. */
export async function forbidden(): Promise<never> {
  throw new ServiceError("AIB801", "not allowed", { status: 403, serviceCode: "AuthorizationFailed" });
}

/** A service that is down. */
export async function broken(): Promise<never> {
  throw new ServiceError("AIB801", "down", { status: 500 });
}

const goodReader: FactReader = {
  resourceGroupLocation: async () => "West Europe",
  platformImageVersions: async () => ["24.04.9", "24.04.202601140", "24.04.202512010"],
  platformImage: async () => ({ osType: "linux", hyperVGeneration: "V2", architecture: "x64" }),
  managedImage: async () => ({ osType: "windows", location: "westeurope" }),
  galleryDefinition: async () => ({ location: "westeurope", osType: "linux", hyperVGeneration: "V2" }),
  galleryVersions: async () => [
    { name: "1.9.0", provisioningState: "Succeeded", excludeFromLatest: false, regions: ["West Europe"], tags: {} },
    {
      name: "1.10.0",
      provisioningState: "Succeeded",
      excludeFromLatest: false,
      regions: ["westeurope", "eastus"],
      tags: {},
    },
    { name: "2.0.0", provisioningState: "Succeeded", excludeFromLatest: true, regions: ["westeurope"], tags: {} },
    { name: "3.0.0", provisioningState: "Failed", excludeFromLatest: false, regions: ["westeurope"], tags: {} },
    { name: "4.0.0", provisioningState: "Succeeded", excludeFromLatest: false, regions: ["eastus"], tags: {} },
  ],
  storageAccount: async () => ({
    id: `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages`,
    name: "stimages",
    blobEndpoint: "https://stimages.blob.core.windows.net/",
    allowSharedKeyAccess: true,
  }),
  identity: async (id) => ({ principalId: `principal-of-${id.split("/").at(-1) ?? ""}` }),
  permissionsOf: async () => ({ grants: [], complete: true }),
  ownPermissions: async () => ({ grants: [grantOf({ actions: ["*"], dataActions: ["*"] })], complete: true }),
};

/** What a role gives: `given`, and nothing else. */
export function grantOf(given: Partial<Grant>): Grant {
  return { actions: [], notActions: [], dataActions: [], notDataActions: [], conditional: false, ...given };
}

export interface World {
  readonly reader?: Partial<FactReader>;
  readonly connectionData?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly findArtifact?: PipelineArtifacts["find"];
  /** Files with their content, by absolute path. */
  readonly contents?: Readonly<Record<string, string>>;
}

/** Ports on a world in which everything is there, but for `world`. `reads` collects the names of what was read. */
export function portsOf(world: World = {}, reads: string[] = []): FactPorts {
  const data: Readonly<Record<string, string>> = world.connectionData ?? { subscriptionid: subscription };
  const connection: ServiceConnection = {
    id: "connection",
    scheme: "ServicePrincipal",
    url: "https://management.azure.com/",
    parameter: () => undefined,
    data: (name) => data[name.toLowerCase()],
  };
  const variables: Readonly<Record<string, string>> = {
    "System.DefaultWorkingDirectory": "/agent/1/s",
    "Build.BuildId": "1042",
    ...world.variables,
  };
  const reader = { ...goodReader, ...world.reader };
  const counted = Object.fromEntries(
    Object.entries(reader).map(([name, read]) => [
      name,
      (...args: readonly unknown[]) => {
        reads.push(name);
        return (read as (...given: readonly unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as FactReader;
  const notUsed = (): never => {
    throw new Error("Gathering facts says nothing to the agent.");
  };
  return {
    agent: {
      ...agentOf({}),
      variable: (name) => variables[name],
      endpoint: (id) => (id === "connection" ? connection : undefined),
      systemToken: notUsed,
      setVariable: notUsed,
      setTaskVariable: notUsed,
      taskVariable: notUsed,
      setSecret: notUsed,
      info: notUsed,
      debug: notUsed,
      warning: notUsed,
      error: notUsed,
      group: notUsed,
      endGroup: notUsed,
      progress: notUsed,
      hideSecrets: notUsed,
      secretVariablesIn: () => [],
      upload: notUsed,
      attach: notUsed,
    },
    clock: { now: () => new Date("2026-11-23T10:00:00Z"), sleep: notUsed },
    facts: counted,
    artifacts: {
      find: world.findArtifact ?? notUsed,
      open: notUsed,
    },
    files: {
      kind: async (path) => {
        if (world.contents?.[path] !== undefined) return "file";
        return (world.files ?? ["/agent/1/s/web"]).includes(path) ? "folder" : undefined;
      },
      head: async (path, count) => Buffer.from(world.contents?.[path] ?? "").subarray(0, count),
      read: async (path, limit) => {
        const content = Buffer.from(world.contents?.[path] ?? "");
        return content.length > limit ? undefined : content;
      },
    },
  };
}
