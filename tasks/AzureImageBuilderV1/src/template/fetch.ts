/** The customizer that brings the artifact into the image: it downloads by itself, since the service's own File customizer carries nothing over 20 MB. */
import type { TemplateCustomizer } from "../image-template.ts";
import { powershellLines } from "../kinds/customizer/powershell.ts";
import { shellLines } from "../kinds/customizer/shell.ts";
import type { ArtifactPlan, ArtifactRef } from "../plan/types.ts";
import type { OsType } from "../ports.ts";
import { linuxFetchLines } from "./fetch-linux.ts";
import { windowsFetchLines } from "./fetch-windows.ts";

/** What the build VM is told to fetch. */
export interface FetchOrder {
  /** With its signature: the template needs it in clear. */
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly archiveInImage: string;
  readonly folderInImage: string;
}

/** The fetching customizer for the image's operating system. */
export function buildFetch(plan: ArtifactPlan, artifact: ArtifactRef, osType: OsType): TemplateCustomizer {
  const order: FetchOrder = {
    url: artifact.url.reveal(),
    sha256: artifact.sha256,
    archiveInImage: plan.archiveInImage,
    folderInImage: plan.folderInImage,
  };
  const name = "fetch-artifact";
  switch (osType) {
    case "linux":
      return shellLines(name, linuxFetchLines(order));
    case "windows":
      return powershellLines(name, windowsFetchLines(order), { runElevated: false, runAsSystem: false });
  }
}
