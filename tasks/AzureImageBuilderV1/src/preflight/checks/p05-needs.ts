/** P5, what this build asks of its VM. */
import { type ImageTraits, isSecurityOnly, securityOf, traitsOfDefinition, traitsOfSource } from "../image-traits.ts";
import { listAt, textAt } from "../json.ts";
import type { Json, Read } from "../reads.ts";
import type { SourceReads } from "../source-image.ts";
import type { Subject } from "../types.ts";
import { type ImageNeeds, splitList } from "./p05-sizes.ts";

/**
 * What the source image and the definitions that the image goes to ask of the build VM. Azure's own word on the source
 * counts; what planning read of it fills gaps.
 */
export function needsOf(
  source: SourceReads,
  definitions: readonly Read<Json>[],
  { plan, facts, template }: Subject,
): ImageNeeds {
  const traits: ImageTraits = traitsOfSource(template.properties.source, source) ?? {};
  const generation = traits.generation ?? facts.source.hyperVGeneration;
  const architecture = traits.architecture ?? facts.source.architecture;
  const features = source.image.state === "found" ? (listAt(source.image.value, "properties", "features") ?? []) : [];
  const feature = features.find((one) => textAt(one, "name") === "DiskControllerTypes");
  const controllers = splitList(textAt(feature, "value"));
  const security = definitions.map((one) =>
    one.state === "found" ? (traitsOfDefinition(one.value).securityType ?? "") : "",
  );
  return {
    ...(generation === undefined ? {} : { generation }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(controllers === undefined ? {} : { controllers }),
    onlyTrustedLaunch:
      isSecurityOnly(traits.securityType ?? "") && securityOf(traits.securityType ?? "").includes("trustedLaunch"),
    promisesTrustedLaunch: security.some((type) => securityOf(type).includes("trustedLaunch")),
    isWindows: plan.osType === "windows",
  };
}

/** VMs of the size: the machine that the validation starts from the new image is there beside the build VM. */
export function machinesAtOnce({ template }: Subject): number {
  const { validate } = template.properties;
  const validates = (validate?.inVMValidations?.length ?? 0) > 0 && validate?.sourceValidationOnly !== true;
  return validates ? 2 : 1;
}
