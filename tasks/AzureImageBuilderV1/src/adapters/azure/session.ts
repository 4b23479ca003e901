/**
 * What all clients of one service connection share. Made when the first room asks for Azure, so that bad inputs are
 * reported without it; the sign-in starts before the SDKs are loaded, because a task should not wait for either.
 */
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { ServiceConnection } from "../../ports.ts";
import type { Secret } from "../../secret.ts";
import type { NetworkSettings } from "../network.ts";
import type { ConnectionCredential } from "./credential.ts";
import type { Endpoints } from "./endpoints.ts";
import type { ConnectionPools } from "./pools.ts";

export interface AzureOptions {
  /** The connection the step names. Throws a TaskError where the agent does not hand it over. */
  readonly connection: () => ServiceConnection;
  readonly systemToken: () => Secret | undefined;
  /** `System.OidcRequestUri`. */
  readonly oidcRequestUri: () => string | undefined;
  readonly network: () => NetworkSettings;
  readonly mask: (secret: Secret) => void;
  /** Names the task in every request, e.g. `AzureImageBuilder/1.0.0`. */
  readonly userAgent: string;
  readonly now: () => Date;
  /** The process's environment, for the machine's own proxy variables. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface Session {
  readonly endpoints: Endpoints;
  readonly credential: ConnectionCredential;
  readonly pools: ConnectionPools;
  readonly options: AzureOptions;
}

/** Opens the session on first use and keeps it. `close` lets the process end. */
export function createSession(options: AzureOptions): {
  readonly open: () => Promise<Session>;
  readonly close: () => void;
} {
  let session: Promise<Session> | undefined;
  let pools: ConnectionPools | undefined;
  return {
    open: () =>
      (session ??= import("./open-session.ts").then(({ openSession }) => {
        const opened = openSession(options);
        pools = opened.pools;
        return opened;
      })),
    close: () => pools?.close(),
  };
}

/** One policy and where the SDKs put it. */
export interface PlacedPolicy {
  readonly policy: PipelinePolicy;
  readonly position: "perCall" | "perRetry";
}
