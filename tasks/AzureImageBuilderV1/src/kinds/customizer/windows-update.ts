/** Customizer: Windows Update; it restarts the machine by itself as often as it needs (facts, section 1.5). */
import type { CustomizerKind } from "./types.ts";

/** WindowsUpdate. */
export const windowsUpdate: CustomizerKind<"windowsUpdate"> = {
  osType: "windows",
  build: ({ name, searchCriteria, filters }) => ({ type: "WindowsUpdate", name, searchCriteria, filters }),
};
