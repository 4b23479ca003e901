/**
 * The build client of azure-devops-node-api, with the job's token and the agent's connections. Only this client is loaded
 * (the package's entry brings those of all services), and this module only where a step asks for it.
 */
import { BuildApi } from "azure-devops-node-api/BuildApi.js";
import type { IRequestHandler } from "azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { Clock } from "../../ports.ts";
import type { Secret } from "../../secret.ts";
import { createPools } from "../azure/pools.ts";
import type { NetworkSettings } from "../network.ts";

export interface DevopsOptions {
  /** Address of the organisation or collection, as the system connection has it. */
  readonly collection: () => string | undefined;
  readonly systemToken: () => Secret | undefined;
  readonly network: () => NetworkSettings;
  readonly mask: (secret: Secret) => void;
  readonly clock: Clock;
  /** Names the task in every request. */
  readonly userAgent: string;
  /** The process's environment, for the machine's own proxy variables. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface Client {
  readonly builds: BuildApi;
  /** Whether an address is one of Azure DevOps, where the job's token may go. */
  readonly isOwn: (address: string) => boolean;
  /** Closes idle connections. */
  readonly close: () => void;
}

/** Longest silence of a connection, in milliseconds. */
const socketTimeout = 100_000;

/** Connects. Throws a TaskError where the agent did not hand the job's own connection over. */
export function connect(options: DevopsOptions): Client {
  const { collection, token } = readJob(options);
  options.mask(token);
  // The library calls url.parse, which Node 24 tells about in the step's log as if the user could do something about it.
  process.noDeprecation = true;
  const pools = createPools(options.network(), options.environment);
  const isOwn = ownHosts(collection);
  const handler: IRequestHandler = {
    prepareRequest: (request) => {
      const address = `${collection.protocol}//${request.host ?? ""}:${request.port ?? ""}`;
      // The library's own agents know neither the agent's certificates in addition to the usual ones, nor its bypass list.
      const pool = collection.protocol === "https:" ? pools.poolFor(`${address}/`) : undefined;
      if (pool !== undefined) request.agent = pool;
      // A redirect leads to storage, which has signatures of its own and must not see the token.
      if (!isOwn(address)) return;
      const headers = { Authorization: `Bearer ${token.reveal()}`, "X-TFS-FedAuthRedirect": "Suppress" };
      request.headers = { ...(request.headers as Record<string, string>), ...headers };
    },
    canHandleAuthentication: () => false,
    handleAuthentication: () => Promise.reject(new TypeError("No second way to sign in.")),
  };
  const builds = new BuildApi(collection.href, [handler], { socketTimeout }, options.userAgent);
  refuseBrokenAnswers(builds);
  return { builds, isOwn, close: pools.close };
}

/**
 * The library takes a success whose body is no JSON, half an answer or a network's sign-in page, for one that says nothing
 * is there, and remembers it where it looks for addresses.
 */
function refuseBrokenAnswers({ rest, vsoClient }: BuildApi): void {
  const { client } = rest;
  const request = client.requestRaw.bind(client);
  client.requestRaw = async (info, data) => {
    const answer = await request(info, data);
    // For a 404 the library gives null as long as its body has not come.
    if ((answer.message.statusCode ?? 0) >= 300) return answer;
    // Read here, because the library swallows what goes wrong while it reads.
    const text = await answer.readBody();
    if (!isJson(text)) throw brokenAnswer();
    answer.readBody = () => Promise.resolve(text);
    return answer;
  };
  const find = vsoClient.beginGetLocation.bind(vsoClient);
  vsoClient.beginGetLocation = async (area, id) => {
    const location = await find(area, id);
    if (location !== undefined) return location;
    Object.assign(vsoClient, { _locationsByAreaPromises: {} });
    throw brokenAnswer();
  };
}

/** What toServiceError takes for an answer of somebody else. */
export function brokenAnswer(): Error {
  return Object.assign(new Error("an answer that is not Azure DevOps'"), { code: "EBADMSG" });
}

function isJson(text: string): boolean {
  if (text === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readJob({ collection, systemToken }: DevopsOptions): { readonly collection: URL; readonly token: Secret } {
  const [address, token] = [collection() ?? "", systemToken()];
  if (URL.canParse(address) && token !== undefined) return { collection: new URL(address), token };
  const what = token === undefined ? "the job's own token" : "the address of Azure DevOps";
  throw new TaskError(failureCodes.systemConnection, `The agent did not hand over ${what} (system connection).`, {
    next: "Run the step in a job of Azure Pipelines, or download the artifact in a step before and name it in artifactPath.",
  });
}

/** The collection's own host; in the cloud also the hosts that keep artifacts, which bear these names. */
function ownHosts(collection: URL): (address: string) => boolean {
  const cloud = /(^|\.)(dev\.azure\.com|visualstudio\.com)$/;
  const isCloud = cloud.test(collection.hostname);
  return (address) => {
    const { protocol, host, hostname } = new URL(address);
    return host === collection.host || (isCloud && protocol === "https:" && cloud.test(hostname));
  };
}
