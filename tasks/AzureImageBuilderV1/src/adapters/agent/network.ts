/** Proxy and certificates as the agent is configured with them (agent contract, section 2.6). */
import { readFileSync } from "node:fs";
import * as tl from "azure-pipelines-task-lib/task.js";
import type { NetworkSettings } from "../network.ts";

/** Reads the agent's settings once. Throws where a configured certificate file cannot be read. */
export function readNetworkSettings(): NetworkSettings {
  const files = tl.getHttpCertConfiguration();
  return {
    proxyFor: proxyFor,
    tls: {
      ...(files?.caFile ? { ca: readFileSync(files.caFile, "utf8") } : {}),
      ...(files?.certFile ? { cert: readFileSync(files.certFile, "utf8") } : {}),
      ...(files?.keyFile ? { key: readFileSync(files.keyFile, "utf8") } : {}),
      ...(files?.certArchiveFile && !files.certFile ? { pfx: readFileSync(files.certArchiveFile) } : {}),
      ...(files?.passphrase ? { passphrase: files.passphrase } : {}),
      checkServer: tl.getVariable("Agent.SkipCertValidation")?.toLowerCase() !== "true",
    },
  };
}

/** The proxy for an address, with credentials in it; undefined where the agent has none or its bypass list says so. */
function proxyFor(address: string): URL | undefined {
  const proxy = tl.getHttpProxyConfiguration(address);
  if (!proxy) return undefined;
  const url = new URL(proxy.proxyUrl);
  if (proxy.proxyUsername) url.username = proxy.proxyUsername;
  if (proxy.proxyPassword) url.password = proxy.proxyPassword;
  return url;
}
