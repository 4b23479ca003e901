/** Leaves out what looks into an image where this machine can only simulate builds, and says why. */
import type { Context } from "mocha";
import type { Emulator } from "../emulator/index.ts";
import { buildVmSupport } from "../emulator/services/virtual-machine-images/state.ts";

/** Skips the running test, with the reason on the console, where no build VM can run (root and overlays are needed). */
export async function skipWhereSimulated(test: Context, emulator: Emulator): Promise<void> {
  const support = await buildVmSupport(emulator.world);
  if (support.mode !== "simulated") return;
  console.log(`    left out: ${support.reason}`);
  test.skip();
}
