/** The customizers that bring the artifact into the image: the build VM downloads by itself where it can, since the service's own File customizer carries nothing over 20 MB. */
import type { TemplateCustomizer } from "../image-template.ts";
import { powershellLines } from "../kinds/customizer/powershell.ts";
import { shellLines } from "../kinds/customizer/shell.ts";
import type { ArtifactAccess, ArtifactPlan, ArtifactRef } from "../plan/types.ts";
import type { OsType } from "../ports.ts";
import { linuxFetchLines } from "./fetch-linux.ts";
import { windowsArrival, windowsFetchLines } from "./fetch-windows.ts";

/** What the plan says about fetching. */
export type FetchPlan = Pick<ArtifactPlan, "format" | "topFolder" | "deriveModes" | "archiveInImage" | "folderInImage">;

/** What the build VM is told to fetch, and how. */
export interface FetchOrder extends FetchPlan {
  readonly access: ArtifactAccess;
  /** With its signature, if it has one: the template needs it in clear. */
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * The customizers that fetch the artifact on the image's operating system, one or two. The service places what the
 * template's identity reads, and checks its digest when the template is made and the build VM does again.
 */
export function buildFetch(plan: FetchPlan, artifact: ArtifactRef, osType: OsType): readonly TemplateCustomizer[] {
  const { access, sha256 } = artifact;
  const order: FetchOrder = { ...plan, access, sha256, url: artifact.url.reveal() };
  return [...(access.kind === "templateIdentity" ? [fileOf(order, osType)] : []), scriptOf(order, osType)];
}

function fileOf({ url, sha256, archiveInImage }: FetchOrder, osType: OsType): TemplateCustomizer {
  const destination = osType === "linux" ? archiveInImage : windowsArrival(archiveInImage);
  return { type: "File", name: "fetch-artifact-file", sourceUri: url, sha256Checksum: sha256, destination };
}

function scriptOf(order: FetchOrder, osType: OsType): TemplateCustomizer {
  const name = "fetch-artifact";
  switch (osType) {
    case "linux":
      return shellLines(name, linuxFetchLines(order));
    case "windows":
      return powershellLines(name, windowsFetchLines(order), { runElevated: false, runAsSystem: false });
  }
}
