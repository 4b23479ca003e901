/** The kinds of customizer. A new kind is one file and one line here (and its types in `types.ts`). */
import { powershell } from "./powershell.ts";
import { shell } from "./shell.ts";
import type { CustomizerEntries, CustomizerKind, CustomizerKindName, CustomizerSteps } from "./types.ts";
import { windowsUpdate } from "./windows-update.ts";

/** Every kind, by name. */
export const customizerKinds: { readonly [K in CustomizerKindName]: CustomizerKind<K> } = {
  shell,
  powershell,
  windowsUpdate,
};

/** The entry of the template's `customize`. */
export function buildCustomizer<K extends CustomizerKindName>(
  step: CustomizerSteps[K] & { readonly kind: K },
): CustomizerEntries[K] {
  return customizerKinds[step.kind].build(step);
}
