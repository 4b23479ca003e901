/** `describeRequest`: the form of a plan. Pure. */
import { createHash } from "node:crypto";
import type { ImageTemplateProperties, TemplateCustomizer, TemplateDistributor } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import { artifactStandIn, outlineTemplate } from "../template/index.ts";
import { isList, type Json } from "../template-file/nodes.ts";
import { plainAddress, withoutSignatures } from "./addresses.ts";
import { canonicalJson, type FormDefinition, type FormStep, type RequestForm } from "./form.ts";

/** What a name, or a time limit, says does not determine the image. */
const unheeded = ["name", "restartTimeout"];
const addresses = ["scriptUri", "sourceUri"];

/**
 * The form of what `plan` asks for, overrides included. `content` is the artifact's content digest (lower-case hex); a
 * plan that fetches an artifact whose content is not known is a programming error and throws TypeError.
 */
export function describeRequest(plan: BuildPlan, content: string | undefined): RequestForm {
  const { properties } = outlineTemplate(plan);
  const { customize = [], validate, vmProfile, optimize, additionalDataDisks = [] } = properties;
  const artifact = customize.some(isStandIn) ? describeArtifact(plan, content) : undefined;
  const { workload } = optimize ?? {};
  return {
    version: 1,
    source: describeSource(properties.source),
    ...(artifact === undefined ? {} : { artifact }),
    steps: customize.map(describeStep),
    ...(validate === undefined ? {} : { validation: describeValidation(validate) }),
    disks: { os: vmProfile?.osDiskSizeGB ?? 0, data: additionalDataDisks.map(({ sizeGB = 0 }) => sizeGB) },
    identities: sorted((vmProfile?.userAssignedIdentities ?? []).map((id) => id.toLowerCase())),
    optimize: {
      vmBoot: optimize?.vmBoot?.state === "Enabled",
      ...(workload?.state === "Enabled" ? { workload: describeParts({ type: "Workload", ...workload }) } : {}),
    },
    definitions: describeDefinitions(properties.distribute, plan),
  };
}

function describeArtifact(plan: BuildPlan, content: string | undefined): NonNullable<RequestForm["artifact"]> {
  if (plan.artifact === undefined || content === undefined) {
    throw new TypeError("The plan fetches an artifact, and its content is not known.");
  }
  return { content, folder: plan.artifact.folder };
}

function isStandIn(step: TemplateCustomizer): boolean {
  return step.type === "File" && step.sourceUri === artifactStandIn;
}

/** Names of the Marketplace and resource IDs are compared without case. */
function describeSource(source: ImageTemplateProperties["source"]): Readonly<Record<string, string>> {
  const { planInfo, ...own } = source.type === "PlatformImage" ? source : { ...source, planInfo: undefined };
  const texts = Object.entries({ ...own, ...planInfo }).map(([name, text]) => [name, text.toLowerCase()] as const);
  return Object.fromEntries(texts.map(([name, text]) => [name, name === "type" ? source.type : text]));
}

function describeStep(step: TemplateCustomizer): FormStep {
  return isStandIn(step) ? { type: "Artifact" } : describeParts(step);
}

function describeValidation({
  continueDistributeOnFailure = false,
  sourceValidationOnly = false,
  inVMValidations = [],
}: NonNullable<ImageTemplateProperties["validate"]>): NonNullable<RequestForm["validation"]> {
  return {
    continueOnFailure: continueDistributeOnFailure,
    sourceOnly: sourceValidationOnly,
    validators: inVMValidations.map(describeStep),
  };
}

/** All of a step's properties but those that do not count: what is not known here counts too. False is as good as absent. */
function describeParts(step: { readonly type: string }): FormStep {
  const parts = Object.entries(step as Readonly<Record<string, Json | undefined>>).flatMap(([name, value]) => {
    if (value === undefined || value === false || name === "type" || unheeded.includes(name)) return [];
    return [[name, describeValue(name, value)] as const];
  });
  return { ...Object.fromEntries(parts), type: step.type };
}

function describeValue(name: string, value: Json): Json {
  if (name === "inline" && isList(value)) return describeScript(value.map(String));
  if (typeof value !== "string") return value;
  if (addresses.includes(name)) return plainAddress(value);
  return name === "sha256Checksum" ? value.toLowerCase() : value;
}

function describeScript(lines: readonly string[]): Json {
  const text = withoutSignatures(lines.join("\n"));
  return { sha256: createHash("sha256").update(text).digest("hex"), lines: text.split("\n").length };
}

function describeDefinitions(
  distribute: readonly TemplateDistributor[],
  { target, otherTargets }: BuildPlan,
): readonly FormDefinition[] {
  const known = new Map(
    [target, ...otherTargets].flatMap((one) =>
      one.kind === "gallery" ? [[definitionOf(one.galleryImageId), one.traits] as const] : [],
    ),
  );
  const all = distribute.map((one): FormDefinition => {
    switch (one.type) {
      case "ManagedImage":
        return { kind: "managedImage" };
      case "VHD":
        return { kind: "vhd" };
      case "SharedImage": {
        const id = definitionOf(one.galleryImageId);
        return { kind: "gallery", id, ...known.get(id) };
      }
    }
  });
  const byText = new Map(all.map((one) => [canonicalJson(one), one]));
  return sorted([...byText.keys()]).flatMap((text) => byText.get(text) ?? []);
}

function definitionOf(galleryImageId: string): string {
  return galleryImageId.toLowerCase().replace(/\/versions\/[^/]+\/?$|\/$/, "");
}

/** By UTF-16 code units, each once. */
function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
