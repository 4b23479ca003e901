/** How the image builder service behaves in scenarios. */
import type { BuilderChange } from "../../tests/emulator/services/virtual-machine-images/index.ts";

/** Milliseconds. */
export const second = 1_000;

/** Phases as short as they can be while each of them is still seen by a read. */
export const shortPhases: BuilderChange = {
  buildVm: "simulated",
  durations: {
    create: 6 * second,
    createScripts: 2 * second,
    createSubnet: second,
    createFailed: 6 * second,
    queued: 4 * second,
    containerStart: second,
    building: 10 * second,
    customizing: 2 * second,
    validating: 2 * second,
    optimizing: { Linux: 2 * second, Windows: 2 * second },
    simulated: { step: 2 * second, WindowsRestart: 2 * second, WindowsUpdate: 2 * second },
    distribute: { ManagedImage: 8 * second, SharedImage: 8 * second, VHD: 8 * second },
    cancel: 12 * second,
    delete: 20 * second,
  },
  logBlobDelay: 3 * second,
  lag: { min: 1.5 * second, max: 4 * second },
  simulatedSteps: [],
};

/** Its step fails. */
export const failing: BuilderChange = {
  simulatedSteps: [{ exitCode: 1, output: ["E: Unable to locate package nginy"] }],
};

/** A build that is followed for long enough to be read several times. */
export const followed: BuilderChange = { durations: { building: 75 * second, distribute: sameTime(20 * second) } };

function sameTime(ms: number): { readonly ManagedImage: number; readonly SharedImage: number; readonly VHD: number } {
  return { ManagedImage: ms, SharedImage: ms, VHD: ms };
}
