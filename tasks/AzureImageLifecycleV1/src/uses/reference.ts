/** What a machine, a scale set or a template says of the image it is made of. */
import { fieldsOf, type Json, textAt } from "../json.ts";

/** Which versions of a definition something uses. */
export type Use =
  /** None of them. */
  | { readonly kind: "none" }
  | { readonly kind: "version"; readonly name: string }
  /** Whatever `latest` means when it is needed. */
  | { readonly kind: "latest" }
  /** One of them, and it is not told which. */
  | { readonly kind: "unknown" };

const none: Use = { kind: "none" };

/**
 * What an `imageReference` of Compute uses of the definition. `exactVersion` tells which version a machine was made of where
 * the reference names none. A shared or community gallery is named by another name: there the definition's name counts.
 */
export function useOf(reference: unknown, definitionId: string): Use {
  const body = fieldsOf(reference);
  if (body === undefined) return none;
  const exact = textAt(body, "exactVersion");
  const id = textAt(body, "id");
  if (id !== undefined) return useOfId(id, definitionId, exact);
  const shared = textAt(body, "sharedGalleryImageId") ?? textAt(body, "communityGalleryImageId");
  return shared === undefined ? none : useOfShared(shared, definitionId, exact);
}

/** What the `source` of an image template uses of the definition; `exactVersion` is what its last run took. */
export function useOfSource(source: unknown, definitionId: string): readonly Use[] {
  const [id, exact] = [textAt(source, "imageVersionId"), textAt(source, "exactVersion")];
  const uses = [id, exact].map((one) => (one === undefined ? none : useOfId(one, definitionId, undefined)));
  return uses.filter(({ kind }) => kind !== "none").map((use) => (use.kind === "unknown" ? { kind: "latest" } : use));
}

/** What the instances that a scale set makes from now on use: without a version, that is the latest. */
export function useOfModel(reference: unknown, definitionId: string): Use {
  const use = useOf(withoutExact(reference), definitionId);
  return use.kind === "unknown" ? { kind: "latest" } : use;
}

function withoutExact(reference: unknown): Json | undefined {
  const body = fieldsOf(reference);
  return body === undefined ? undefined : { ...body, exactVersion: undefined };
}

function useOfId(id: string, definitionId: string, exact: string | undefined): Use {
  const [, definition = id, version] = /^(.*?)(?:\/versions\/([^/]+))?\/?$/i.exec(id) ?? [];
  if (definition.toLowerCase() !== definitionId.toLowerCase()) return none;
  return named(version, exact);
}

function useOfShared(id: string, definitionId: string, exact: string | undefined): Use {
  const [, definition, version] = /\/images\/([^/]+)(?:\/versions\/([^/]+))?\/?$/i.exec(id) ?? [];
  const own = definitionId.split("/").at(-1) ?? "";
  return definition?.toLowerCase() === own.toLowerCase() ? named(version, exact) : none;
}

function named(version: string | undefined, exact: string | undefined): Use {
  const name = version === undefined || version.toLowerCase() === "latest" ? exact : version;
  return name === undefined ? { kind: "unknown" } : { kind: "version", name };
}
