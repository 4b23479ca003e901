/** Makes a job's surroundings of a running emulator's description. */
import { fileURLToPath } from "node:url";
import type { Description, JobDescription } from "../../tests/emulator/core/description.ts";
import type { Surroundings } from "./run/types.ts";

/** What of the emulator's description a job needs; the JSON of `npm run emulator -- --json` has it. */
export type EmulatorDescription = Pick<Description, "caFile" | "connections" | "resources" | "clock"> & {
  readonly job: Omit<JobDescription, "hubName">;
};

const clockModule = fileURLToPath(new URL("../../tests/emulator/core/scaled-clock.cjs", import.meta.url));

/**
 * Endpoints, job and CA of the emulator; its resources as variables `emulatorLocation`, `emulatorIdentity` and so on;
 * its clock as a module that Node loads first. `clock` is the value of SCALED_CLOCK in force now.
 */
export function describeSurroundings(emulator: EmulatorDescription, clock = emulator.clock): Surroundings {
  const { collectionUri, projectId, project, planId, jobId, accessToken, oidcRequestUri } = emulator.job;
  return {
    endpoints: Object.entries(emulator.connections).map(([name, connection]) => ({ name, ...connection })),
    service: { collectionUri, projectId, project, planId, jobId, accessToken, oidcRequestUri },
    caFile: emulator.caFile,
    variables: Object.fromEntries(
      Object.entries(emulator.resources).map(([name, value]) => [
        `emulator${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
        value,
      ]),
    ),
    preload: { module: clockModule, environment: { SCALED_CLOCK: clock } },
  };
}
