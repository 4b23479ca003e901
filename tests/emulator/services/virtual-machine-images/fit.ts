/** Does a finished image fit where it is to go? (facts, section 5; texts of the gallery's troubleshooting page where it has them) */
import { objectOf, textOf, type JsonObject } from "./json.ts";
import { featureOf, type SourceFacts } from "./source.ts";

/** What of the source does not fit the definition, in the gallery's words, or undefined. */
export function misfitOf(source: SourceFacts, definition: JsonObject, definitionId: string): string | undefined {
  const differs = (what: string, own: string, wanted: string): string =>
    `The resource with id '${definitionId}' has a different ${what} ['${own}'] than the parent gallery image ${what} ['${wanted}']`;
  const generation = textOf(definition["hyperVGeneration"]) || "V1";
  if (generation !== source.generation) return differs("Hypervisor generation", source.generation, generation);
  const os = textOf(definition["osType"]);
  if (os !== source.os) return differs("OS type", source.os, os);
  const architecture = textOf(definition["architecture"]) || "x64";
  if (architecture !== source.architecture) return differs("architecture", source.architecture, architecture);
  if (textOf(definition["osState"]) === "Specialized") {
    return `The resource with id '${definitionId}' cannot be created from a generalized source since the OS State in the parent gallery image is 'Specialized'.`;
  }
  return planMisfit(source, definition, definitionId) ?? securityMisfit(source, definition, definitionId);
}

function planMisfit(source: SourceFacts, definition: JsonObject, definitionId: string): string | undefined {
  const plan = objectOf(definition["purchasePlan"]);
  const samePlan =
    textOf(plan["name"]) === (source.plan?.name ?? "") && textOf(plan["product"]) === (source.plan?.product ?? "");
  if (samePlan) return undefined;
  const shown = definition["purchasePlan"] === undefined ? "null" : JSON.stringify(plan);
  return `The resource with id '${definitionId}' has a different plan ['${JSON.stringify(source.plan ?? null)}'] than the parent gallery image plan ['${shown}']`;
}

/**
 * A definition that is for Trusted Launch or confidential machines alone takes no build, one that supports them wants a source
 * that does, and one without wants no gallery source that does (which of these the service refuses is contradicted).
 */
function securityMisfit(source: SourceFacts, definition: JsonObject, definitionId: string): string | undefined {
  const wanted = featureOf(definition, "SecurityType") || "Standard";
  const isOnly = wanted === "TrustedLaunch" || wanted === "ConfidentialVM";
  const isGallery = source.imageId !== undefined;
  const isLacking = wanted !== "Standard" && source.security === "Standard";
  const isOther = isGallery && wanted !== source.security;
  if (!isOnly && !isLacking && !isOther) return undefined;
  return `The security type '${wanted}' is not supported for the source id '${source.imageId ?? definitionId}'.`;
}

/** Why no managed image can be made of it, or undefined (documentation of Trusted Launch; Arm64 by the error's report). */
export function imageMisfit(source: SourceFacts): string | undefined {
  if (source.architecture === "Arm64")
    return "Managed images cannot be created from a source that has CPU Architecture 'Arm64'.";
  return undefined;
}
