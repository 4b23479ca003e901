/** What the emulator tells about itself when it is ready: the JSON of `npm run emulator -- --json`. */
import type { Application } from "./directory.ts";
import type { ProxyLogin } from "./proxy.ts";
import type { WorldConnection, WorldDefaults } from "./world-file.ts";
import type { Cloud } from "./world.ts";

/** A service connection as an agent hands it over (`ENDPOINT_URL_…`, `ENDPOINT_AUTH_…`, `ENDPOINT_DATA_…`). */
export interface ConnectionDescription {
  readonly id: string;
  readonly scheme: string;
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** The running job, which a runner stands for. */
export interface JobDescription {
  readonly collectionUri: string;
  readonly projectId: string;
  readonly project: string;
  readonly hubName: string;
  readonly planId: string;
  readonly jobId: string;
  readonly accessToken: string;
  /** `SYSTEM_OIDCREQUESTURI`. */
  readonly oidcRequestUri: string;
}

export interface Description {
  readonly armUrl: string;
  readonly authorityUrl: string;
  readonly devopsUrl: string;
  readonly proxyUrl: string;
  readonly adminUrl: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly connections: Readonly<Record<string, ConnectionDescription>>;
  readonly resources: WorldDefaults;
  readonly pid: number;
  /** Beyond the common form: root of the path-style blob addresses. */
  readonly blobUrl: string;
  /** Beyond the common form: the job whose token the DevOps endpoint takes. */
  readonly job: JobDescription;
  /** Beyond the common form: instance metadata service of the agent's machine; absent where that is no Azure VM. */
  readonly metadataUrl?: string;
  /** Beyond the common form: value of SCALED_CLOCK for other processes, at the start. */
  readonly clock: string;
}

/** Plan and job of the emulated pipeline run; the DevOps endpoint knows only these. */
export const runningJob = {
  hubName: "build",
  planId: "0b6ea8f1-0000-4000-8000-c2d7e9f01a55",
  jobId: "12f1170f-0000-4000-8000-d75a0be5b0d8",
} as const;

/** Describes a cloud whose servers listen. */
export function describe(parts: {
  readonly cloud: Cloud;
  readonly caFile: string;
  readonly jobToken: string;
  readonly proxyLogin: ProxyLogin | undefined;
}): Description {
  const { cloud, caFile, jobToken, proxyLogin } = parts;
  const { endpoints, tenantId } = cloud.world;
  const proxy = new URL(endpoints.proxy);
  if (proxyLogin !== undefined) {
    proxy.username = encodeURIComponent(proxyLogin.user);
    proxy.password = encodeURIComponent(proxyLogin.password);
  }
  return {
    armUrl: endpoints.arm,
    authorityUrl: endpoints.authority,
    devopsUrl: endpoints.devops,
    proxyUrl: proxy.href.replace(/\/$/, ""),
    adminUrl: endpoints.admin,
    caFile,
    tenantId,
    subscriptionId: cloud.file.subscriptions[0]?.id ?? "",
    connections: Object.fromEntries(cloud.file.connections.map((one) => [one.name, describeConnection(cloud, one)])),
    resources: cloud.file.defaults,
    pid: process.pid,
    blobUrl: endpoints.blob,
    job: describeJob(cloud, jobToken),
    ...(endpoints.metadata === undefined ? {} : { metadataUrl: endpoints.metadata }),
    clock: cloud.clock.environment(),
  };
}

function describeJob(cloud: Cloud, accessToken: string): JobDescription {
  const { organization, project } = cloud.file.devops;
  const collectionUri = `${cloud.world.endpoints.devops}/${organization.name}/`;
  const { hubName, planId, jobId } = runningJob;
  return {
    collectionUri,
    projectId: project.id,
    project: project.name,
    hubName,
    planId,
    jobId,
    accessToken,
    oidcRequestUri: `${collectionUri}${project.id}/_apis/distributedtask/hubs/${hubName}/plans/${planId}/jobs/${jobId}/oidctoken`,
  };
}

function describeConnection(cloud: Cloud, connection: WorldConnection): ConnectionDescription {
  const { arm, authority } = cloud.world.endpoints;
  const subscription = connection.subscription ?? cloud.file.subscriptions[0]?.id ?? "";
  const displayName = cloud.file.subscriptions.find(({ id }) => id === subscription)?.displayName ?? "";
  return {
    id: connection.id,
    scheme: connection.scheme,
    url: `${arm}/`,
    parameters: { tenantid: cloud.world.tenantId, ...parametersOf(cloud, connection) },
    data: {
      environment: "AzureCloud",
      scopeLevel: "Subscription",
      subscriptionId: subscription,
      subscriptionName: displayName,
      creationMode: "Manual",
      resourceManagerUrl: `${arm}/`,
      activeDirectoryAuthority: `${authority}/`,
      environmentAuthorityUrl: `${authority}/`,
      activeDirectoryServiceEndpointResourceId: `${arm}/`,
      ...managedIdentityData(cloud, connection),
    },
  };
}

function parametersOf(cloud: Cloud, connection: WorldConnection): Record<string, string> {
  switch (connection.scheme) {
    case "ManagedServiceIdentity":
      return {};
    case "WorkloadIdentityFederation":
      return { serviceprincipalid: applicationOf(cloud, connection).clientId };
    case "ServicePrincipal": {
      const application = applicationOf(cloud, connection);
      const authenticationType = connection.authenticationType ?? "spnKey";
      const common = { serviceprincipalid: application.clientId, authenticationType };
      return authenticationType === "spnCertificate"
        ? {
            ...common,
            servicePrincipalCertificate: needed(application.certificates[0]?.pem, connection, "certificate"),
          }
        : { ...common, serviceprincipalkey: needed(application.secrets[0]?.value, connection, "secret") };
    }
  }
}

function managedIdentityData(cloud: Cloud, connection: WorldConnection): Record<string, string> {
  if (connection.scheme !== "ManagedServiceIdentity" || connection.identity === undefined) return {};
  const identities = cloud.world.resources.list("", "Microsoft.ManagedIdentity/userAssignedIdentities");
  const resource = identities.find(({ name }) => name === connection.identity);
  return { msiclientId: needed(resource && cloud.world.identity(resource.id)?.clientId, connection, "identity") };
}

function applicationOf(cloud: Cloud, connection: WorldConnection): Application {
  const found = cloud.directory.applications.find(({ name }) => name === connection.application);
  if (found !== undefined) return found;
  throw new Error(
    `The connection '${connection.name}' names the application '${connection.application ?? ""}', which the world lacks.`,
  );
}

function needed(value: string | undefined, connection: WorldConnection, what: string): string {
  if (value !== undefined) return value;
  throw new Error(`The connection '${connection.name}' needs a ${what}, and the world has none for it.`);
}
