/** Proxy and certificates as the agent is configured with them (agent contract, section 2.6). */
import { readFileSync } from "node:fs";
import * as tl from "azure-pipelines-task-lib/task.js";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { NetworkSettings } from "../network.ts";
import { unseen } from "./quiet-load.ts";

/** Reads the agent's settings once. Throws a TaskError where a configured certificate file cannot be read. */
export function readNetworkSettings(): NetworkSettings {
  const files = unseen(() => tl.getHttpCertConfiguration());
  return {
    proxyFor: proxyFor,
    tls: {
      ...(files?.caFile ? { ca: readText(files.caFile) } : {}),
      ...(files?.certFile ? { cert: readText(files.certFile) } : {}),
      ...(files?.keyFile ? { key: readText(files.keyFile) } : {}),
      ...(files?.certArchiveFile && !files.certFile ? { pfx: readConfigured(files.certArchiveFile) } : {}),
      ...(files?.passphrase ? { passphrase: files.passphrase } : {}),
      checkServer: tl.getVariable("Agent.SkipCertValidation")?.toLowerCase() !== "true",
    },
  };
}

function readText(path: string): string {
  return readConfigured(path).toString("utf8");
}

function readConfigured(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TaskError(
      failureCodes.connection,
      `A certificate file of the agent's configuration cannot be read: ${why}.`,
      {
        next: "Correct the agent's certificate settings (config --sslcacert, --sslclientcert, --sslclientcertkey).",
        cause,
      },
    );
  }
}

/** The proxy for an address, with credentials in it; undefined where the agent has none or its bypass list says so. */
function proxyFor(address: string): URL | undefined {
  const proxy = unseen(() => tl.getHttpProxyConfiguration(address));
  if (!proxy) return undefined;
  const url = new URL(proxy.proxyUrl);
  // A URL leaves "%" as it is, and whoever reads it decodes it: a password with "%40" in it must not become one with "@".
  if (proxy.proxyUsername) url.username = encodeURIComponent(proxy.proxyUsername);
  if (proxy.proxyPassword) url.password = encodeURIComponent(proxy.proxyPassword);
  return url;
}
