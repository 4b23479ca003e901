/** The Azure adapter at the emulator, as main wires it, without an agent. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { buffer } from "node:stream/consumers";
import {
  type Azure,
  type AzureOptions,
  createAzure,
} from "../../tasks/AzureImageBuilderV1/src/adapters/azure/index.ts";
import type { ServiceConnection } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import type { Emulator } from "../emulator/index.ts";

export interface Session extends Azure {
  /** Every secret that was masked, in its order. */
  readonly masked: string[];
}

/** Opens a session of the connection `name`. `change` replaces parts of it or of the wiring. */
export function openSession(
  emulator: Emulator,
  name = "images-key",
  change: { readonly connection?: Partial<ServiceConnection>; readonly options?: Partial<AzureOptions> } = {},
): Session {
  const { description } = emulator;
  const given = description.connections[name];
  if (given === undefined) throw new Error(`no connection ${name}`);
  const lower = (fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
    new Map(Object.entries(fields).map(([key, value]) => [key.toLowerCase(), value]));
  const [parameters, data] = [lower(given.parameters), lower(given.data)];
  const masked: string[] = [];
  const azure = createAzure({
    connection: () => ({
      id: given.id,
      scheme: given.scheme,
      url: given.url,
      parameter: (key) => parameters.get(key.toLowerCase()),
      data: (key) => data.get(key.toLowerCase()),
      ...change.connection,
    }),
    systemToken: () => new Secret(description.job.accessToken),
    oidcRequestUri: () => description.job.oidcRequestUri,
    network: () => ({ proxyFor: () => undefined, tls: { ca: emulator.world.caPem, checkServer: true } }),
    mask: (secret) => void masked.push(secret.reveal()),
    userAgent: "AzureImageBuilder/1.2.3",
    now: () => new Date(),
    environment: {},
    ...change.options,
  });
  return { ...azure, masked };
}

/** Status and body of a plain HTTPS request, as a program without any SDK makes it. */
export async function fetchPlain(
  address: string,
  ca: string,
  { method = "GET", body = "" }: { readonly method?: string; readonly body?: string } = {},
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const headers = {
    "content-length": Buffer.byteLength(body),
    ...(method === "PUT" ? { "x-ms-blob-type": "BlockBlob" } : {}),
  };
  const asked = request(address, { ca, method, headers, agent: false }).end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await buffer(answer) };
}
