/** What may make another image of an equal request: parts that move by themselves. */
import type { ImageTemplateProperties, TemplateCustomizer } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import { artifactStandIn, outlineTemplate } from "../template/index.ts";
import { isVersionNumber } from "../values/version.ts";
import { fetchingPrograms } from "./fetching.ts";

/**
 * A clause for each part whose outcome changes with time although the request does not, e.g. `step 2 (tools) calls
 * apt-get`; steps are counted from 1 as they run, the fetching of the artifact as one. Scripts that come from the artifact
 * or from an address with a checksum are not looked into.
 */
export function movingParts(plan: BuildPlan): readonly string[] {
  const { source, customize = [], validate, optimize } = outlineTemplate(plan).properties;
  const { workload } = optimize ?? {};
  const isOpen = workload?.state === "Enabled" && workload.sha256Checksum === undefined;
  return [
    ...(source.type === "ManagedImage" ? ["the source is a managed image, whose content can change under its ID"] : []),
    ...customize.flatMap((step, index) => describeMoves(step, `step ${index + 1}`)),
    ...(validate?.inVMValidations ?? []).flatMap((step, index) => describeMoves(step, `validator ${index + 1}`)),
    ...(isOpen ? ["the script of the workload optimisation is read from an address without a checksum"] : []),
  ];
}

/** Why it is not known of which version of the source the image would be, as a clause; undefined where it is known. */
export function unpinned(plan: BuildPlan): string | undefined {
  const version = versionOf(outlineTemplate(plan).properties.source);
  if (version === undefined || isVersionNumber(version)) return undefined;
  return `the exact version of the source is not known: \`${version}\` is left to the service`;
}

/** Undefined where the source has no versions. */
function versionOf(source: ImageTemplateProperties["source"]): string | undefined {
  switch (source.type) {
    case "PlatformImage":
      // Absent through overrides or a file: the service's own default.
      return (source as Partial<typeof source>).version ?? "latest";
    case "SharedImageVersion":
      return /\/versions\/([^/]+)\/?$/i.exec(source.imageVersionId)?.[1] ?? "latest";
    case "ManagedImage":
      return undefined;
  }
}

function describeMoves(step: TemplateCustomizer, place: string): readonly string[] {
  const title = `${place}${step.name === undefined || step.name === "" ? "" : ` (${step.name})`}`;
  switch (step.type) {
    case "WindowsUpdate":
      return [`${title} installs what Windows Update offers`];
    case "WindowsRestart":
      return [];
    case "File":
      if (step.sourceUri === artifactStandIn || step.sha256Checksum !== undefined) return [];
      return [`${title} reads a file from an address without a checksum`];
    case "Shell":
    case "PowerShell": {
      const isOpen = step.scriptUri !== undefined && step.sha256Checksum === undefined;
      const programs = fetchingPrograms(step.type, step.inline ?? []);
      return [
        ...(isOpen ? [`${title} runs a script from an address without a checksum`] : []),
        ...(programs.length === 0 ? [] : [`${title} calls ${programs.join(", ")}`]),
      ];
    }
  }
}
