/** Reads gallery versions from Resource Manager. */
import type { ArmReader } from "../../../AzureImageBuilderV1/src/ports.ts";
import { readList } from "../json.ts";
import { type GalleryVersion, readVersion } from "./version.ts";

/** That of the SDK, and the newest: an older one would not show, and so not keep, newer settings. */
export const galleryQuery = { "api-version": "2025-03-03" } as const;

/** All versions of a definition; undefined where there is no such definition. Throws ServiceError. */
export async function readVersions(
  definitionId: string,
  { arm }: { readonly arm: ArmReader },
): Promise<readonly GalleryVersion[] | undefined> {
  return (await readList(arm, `${definitionId}/versions`, galleryQuery))?.map(readVersion);
}

/** One version with how far its copies are; undefined where there is none. Throws ServiceError. */
export async function readOne(id: string, { arm }: { readonly arm: ArmReader }): Promise<GalleryVersion | undefined> {
  const body = await arm.get(id, { ...galleryQuery, $expand: "ReplicationStatus" });
  return body === undefined ? undefined : readVersion(body);
}

/** ID of the definition that a version belongs to. */
export function definitionOf(versionId: string): string {
  return versionId.replace(/\/versions\/[^/]+\/?$/i, "");
}
