/**
 * Tokens of the managed identity of the agent's machine, from its instance metadata service at 169.254.169.254 (agent
 * contract, section 6.1). The address is link-local and plain HTTP: no proxy can lead there, whatever agent or machine say.
 */
import { Agent } from "node:http";
import { connect as connectSocket, type NetConnectOpts, type Socket } from "node:net";
import type { TokenCredential } from "@azure/core-auth";
import { createDefaultHttpClient, type HttpClient, type PipelineResponse } from "@azure/core-rest-pipeline";
import { ManagedIdentityCredential, type TokenCredentialOptions } from "@azure/identity";
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { toServiceError } from "./service-error.ts";

/** A neighbour on the same host answers at once; elsewhere packets to the address often just vanish. In milliseconds. */
const connectLimit = 5_000;
/** For an answer, in milliseconds. */
const answerLimit = 30_000;

export interface MachineIdentity {
  /** Client ID of a user-assigned identity; absent: the machine's own (system-assigned). */
  readonly clientId: string | undefined;
  readonly options: TokenCredentialOptions;
  /** Called with what the service refused, or why it was not reached; the library's own error hides it. */
  readonly remember: (failure: TaskError) => void;
}

/** A credential of the machine. Its own requests throw TaskErrors, and are sent once where there is no such service. */
export function createMachineCredential({ clientId, options, remember }: MachineIdentity): TokenCredential {
  const given = {
    ...options,
    httpClient: createMachineClient(remember),
    ...(clientId === undefined ? {} : { clientId }),
  };
  return new ManagedIdentityCredential(given);
}

function createMachineClient(remember: (failure: TaskError) => void): HttpClient {
  const client = createDefaultHttpClient();
  const agent = createDirectAgent(connectLimit);
  return {
    sendRequest: async (request) => {
      // In place of any agent for a proxy: the library reads the machine's proxy variables for itself.
      request.agent = agent;
      request.timeout = answerLimit;
      const response = await client.sendRequest(request).catch((error: unknown) => {
        const failure = notReached(error);
        remember(failure);
        throw failure;
      });
      if (response.status >= 400) remember(refused(response));
      return response;
    },
  };
}

/** Connections without a proxy that are given up after `limit` ms; `connect` is Node's. */
export function createDirectAgent(limit: number, connect: (options: object) => Socket = asNode): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = (options: object) => {
    const socket = connect(options);
    // The socket's own timer: it counts the silence before the connection stands, too.
    socket.setTimeout(limit, () => {
      socket.destroy(Object.assign(new Error(`no connection within ${limit / 1000} s`), { code: "ETIMEDOUT" }));
    });
    return socket.once("connect", () => socket.setTimeout(0));
  };
  return agent;
}

function asNode(options: object): Socket {
  return connectSocket(options as NetConnectOpts);
}

const elsewhere =
  "Run the job on an agent that is an Azure VM with that identity, or use a service connection with workload identity " +
  "federation, a certificate or a key.";

/** What a machine without the service meets: no way to the address, or nobody there who says so. */
const noService = new Set(["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ENETDOWN", "EHOSTDOWN", "ETIMEDOUT"]);

/** A service that is there and breaks off may answer the next time: only that is a ServiceError, which is tried again. */
function notReached(error: unknown): TaskError {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const why = String(code ?? message);
  if (noService.has(why)) {
    return new TaskError(
      failureCodes.machineIdentity,
      "The service connection uses a managed identity of the agent's machine, and the machine has no instance metadata " +
        `service (169.254.169.254: ${why}): it is no Azure VM, or a firewall of its own keeps the task away.`,
      { next: elsewhere, cause: error },
    );
  }
  return new ServiceError(
    failureCodes.machineIdentity,
    "The service connection uses a managed identity of the agent's machine, and the machine's instance metadata service " +
      `gave no answer (169.254.169.254: ${why}).`,
    { serviceCode: why, next: `See that the machine is an Azure VM and runs well. ${elsewhere}`, cause: error },
  );
}

function refused(response: PipelineResponse): ServiceError {
  const { message, serviceCode, requestId } = toServiceError(
    response,
    "Instance metadata service of the agent's machine",
  );
  return new ServiceError(failureCodes.machineIdentity, message, {
    ...(isUpdating(response) ? {} : { status: response.status }),
    serviceCode,
    requestId,
    next: remedy(response),
  });
}

/**
 * 404 and 410 tell that the service is being updated, and pass (Microsoft Entra documentation, "use managed identities on a
 * virtual machine", retry guidance). As a status a 404 would be taken for the absence of what the token is for.
 */
function isUpdating({ status }: PipelineResponse): boolean {
  return status === 404 || status === 410;
}

function remedy({ request, status, bodyAsText }: PipelineResponse): string {
  const clientId = new URL(request.url).searchParams.get("client_id");
  if (/multiple user assigned identities/i.test(bodyAsText ?? "")) {
    return 'The machine has several identities: put the client ID of one into the service connection ("msiclientId").';
  }
  if (status === 400 && clientId !== null) {
    return (
      `Give the agent's machine the user-assigned identity with the client ID ${clientId}: ` +
      '"az vm identity assign --resource-group <group> --name <vm> --identities <resource ID>".'
    );
  }
  if (status === 400) {
    return (
      "Turn on the system-assigned identity of the agent's machine, or put the client ID of a user-assigned one into the " +
      'service connection: "az vm identity assign --resource-group <group> --name <vm>".'
    );
  }
  if (status === 401 || status === 403 || status === 404 || status === 405) {
    return `What answers there is not Azure's, or keeps the task away. ${elsewhere}`;
  }
  return "Run the job again; if it stays, look at the agent's machine: its identities and their state.";
}
