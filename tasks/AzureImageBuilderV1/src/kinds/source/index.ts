/** The kinds of source image. A new kind is one file and one line here (and its choice in `SourceChoices`). */
import type { TemplateSource } from "../../image-template.ts";
import type { KindReads } from "../reads.ts";
import { galleryImage } from "./gallery-image.ts";
import { managedImage } from "./managed-image.ts";
import { platformImage } from "./platform-image.ts";
import type { SourceChoices, SourceFacts, SourceKind, SourceKindName } from "./types.ts";

/** Every kind, by name. */
export const sourceKinds: { readonly [K in SourceKindName]: SourceKind<SourceChoices[K]> } = {
  platformImage,
  managedImage,
  galleryImage,
};

/** The kinds' names. */
export const sourceKindNames = Object.keys(sourceKinds) as readonly SourceKindName[];

/** Reads what planning needs to know about the chosen source; see `SourceKind.gather`. */
export function gatherSource<K extends SourceKindName>(
  choice: SourceChoices[K] & { readonly kind: K },
  reads: KindReads,
): Promise<SourceFacts> {
  return sourceKinds[choice.kind].gather(choice, reads);
}

/** The `source` of the template; see `SourceKind.build`. */
export function buildSource<K extends SourceKindName>(
  choice: SourceChoices[K] & { readonly kind: K },
  facts: SourceFacts,
): TemplateSource {
  return sourceKinds[choice.kind].build(choice, facts);
}

/** How a source image may be written, for messages. */
export function describeSourceKinds(): string {
  return sourceKindNames.map((name) => `${sourceKinds[name].label} (${sourceKinds[name].example})`).join(", or ");
}
