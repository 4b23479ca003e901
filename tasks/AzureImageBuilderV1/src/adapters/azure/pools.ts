/**
 * Connections of all Azure clients: one pool for direct ones, one for each proxy, with the agent's certificates. The
 * SDKs take such a pool as it is; their own proxy option would drop the certificates.
 */
import { Agent } from "node:https";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import type { NetworkSettings } from "../network.ts";

export interface ConnectionPools {
  /** The pool for an address; undefined where the machine's own proxy variables decide (the SDKs read those). */
  readonly poolFor: (address: string) => Agent | undefined;
  /** Closes idle connections, so that the process can end. */
  readonly close: () => void;
}

/** Pools for `settings`; `environment` is searched for proxy variables of the machine. */
export function createPools(settings: NetworkSettings, environment: NodeJS.ProcessEnv): ConnectionPools {
  const pools = new Map<string, Agent>();
  const options = { keepAlive: true, ...tlsOptions(settings.tls) };
  const machineProxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].some((name) => environment[name]);
  const leaveToSdk = machineProxy && options.secureContext === undefined && settings.tls.checkServer;
  return {
    poolFor: (address) => {
      const proxy = settings.proxyFor(address);
      if (proxy === undefined && leaveToSdk) return undefined;
      const key = proxy?.href ?? "direct";
      const pool = pools.get(key) ?? (proxy === undefined ? new Agent(options) : proxyPool(proxy, options));
      pools.set(key, pool);
      return pool;
    },
    close: () => pools.forEach((pool) => pool.destroy()),
  };
}

function proxyPool(proxy: URL, options: Record<string, unknown>): Agent {
  const pool = new HttpsProxyAgent(proxy, options);
  // The library forgets its options for the server behind the proxy; a pool's own `options` reach every connection.
  Object.assign(pool.options, options);
  return pool;
}

/** One context for all connections: reading the usual authorities takes some 30 ms each time. */
function tlsOptions(tls: NetworkSettings["tls"]): { secureContext?: SecureContext; rejectUnauthorized?: false } {
  const { ca, checkServer, ...client } = tls;
  const custom = ca !== undefined || Object.keys(client).length > 0;
  // `ca` replaces the usual authorities; the agent's file is meant in addition to them.
  const authorities = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  return {
    ...(custom ? { secureContext: createSecureContext({ ...client, ...authorities }) } : {}),
    ...(checkServer ? {} : { rejectUnauthorized: false }),
  };
}
