/** The build VM of the emulator: see docs/emulator-image-builder.md. */
export { DEPROVISIONING_SCRIPT } from "./guest-files.ts";
export { listLayerFiles } from "./files.ts";
export { startMachine } from "./machine.ts";
export { probeBuildVm } from "./probe.ts";
export type * from "./types.ts";
