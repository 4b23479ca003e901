/** Makes a job's surroundings of a running emulator's description. */
import { fileURLToPath } from "node:url";
import type { Description, JobDescription } from "../../tests/emulator/core/description.ts";
import type { Surroundings } from "./run/types.ts";

/** What of the emulator's description a job needs; the JSON of `npm run emulator -- --json` has it. */
export type EmulatorDescription = Pick<
  Description,
  "caFile" | "connections" | "resources" | "clock" | "proxyUrl" | "metadataUrl"
> & {
  readonly job: Omit<JobDescription, "hubName">;
};

/** How the job is run, where that differs from the usual. */
export interface SurroundingsOptions {
  /** Azure is reached by its public host names, through the emulator's proxy, as the agent is configured for it. */
  readonly proxied?: boolean;
}

const machineModule = fileURLToPath(new URL("../../tests/emulator/core/emulated-machine.cjs", import.meta.url));

/**
 * Endpoints, job and CA of the emulator; its resources as variables `emulatorLocation`, `emulatorIdentity` and so on; its
 * clock, and its metadata service at 169.254.169.254, as a module that Node loads first. `clock` is the value of SCALED_CLOCK
 * in force now.
 */
export function describeSurroundings(
  emulator: EmulatorDescription,
  clock = emulator.clock,
  options: SurroundingsOptions = {},
): Surroundings {
  const seen = options.proxied === true ? atPublicNames(emulator) : emulator;
  const { collectionUri, projectId, project, planId, jobId, accessToken, oidcRequestUri } = seen.job;
  const metadata = emulator.metadataUrl === undefined ? "" : new URL(emulator.metadataUrl).host;
  return {
    endpoints: Object.entries(seen.connections).map(([name, connection]) => ({ name, ...connection })),
    service: { collectionUri, projectId, project, planId, jobId, accessToken, oidcRequestUri },
    caFile: emulator.caFile,
    variables: {
      ...Object.fromEntries(
        Object.entries(emulator.resources).map(([name, value]) => [
          `emulator${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
          value,
        ]),
      ),
      ...(options.proxied === true ? proxyVariables(emulator.proxyUrl) : {}),
    },
    preload: {
      module: machineModule,
      environment: { SCALED_CLOCK: clock, LINK_LOCAL: metadata },
    },
  };
}

/** As the agent tells them (agent contract, section 2.6); the password is a secret variable, see proxyPassword. */
function proxyVariables(proxyUrl: string): Readonly<Record<string, string>> {
  const url = new URL(proxyUrl);
  const user = decodeURIComponent(url.username);
  return { "Agent.ProxyUrl": url.origin, ...(user === "" ? {} : { "Agent.ProxyUsername": user }) };
}

/** The secret variable with the proxy's password; none where the proxy asks for no login. */
export function proxyPassword({ proxyUrl }: Pick<EmulatorDescription, "proxyUrl">): Readonly<Record<string, string>> {
  const password = decodeURIComponent(new URL(proxyUrl).password);
  return password === "" ? {} : { "Agent.ProxyPassword": password };
}

/** The same emulator by the names that Azure and Azure DevOps have in public. */
function atPublicNames(emulator: EmulatorDescription): EmulatorDescription {
  const hosts = [
    ...Object.values(emulator.connections).flatMap(({ url, data }) => [
      [url, "https://management.azure.com/"],
      [data["activeDirectoryAuthority"] ?? "", "https://login.microsoftonline.com/"],
    ]),
    [`${new URL(emulator.job.collectionUri).origin}/`, "https://dev.azure.com/"],
  ].filter(([local]) => local !== "");
  const text = hosts.reduce(
    (all, [local = "", name = ""]) => all.replaceAll(JSON.stringify(local).slice(1, -1), name),
    JSON.stringify({ connections: emulator.connections, job: emulator.job }),
  );
  return { ...emulator, ...(JSON.parse(text) as Pick<EmulatorDescription, "connections" | "job">) };
}
