/** Whether the source may and can be built from as it is (facts, sections 1.2, 5, 7 and 8). Pure. */
import { type ImageTraits, isSecurityOnly } from "../image-traits.ts";
import { objectAt, textAt } from "../json.ts";
import type { Json } from "../reads.ts";
import { nameSource, type SourceReads } from "../source-image.ts";
import type { Problem, Subject } from "../types.ts";

/** A marketplace image that is withdrawn or will be; a gallery's version past its end of life. */
export function judgeWithdrawal({ image, version }: SourceReads, subject: Subject): readonly Problem[] {
  const name = nameSource(subject.template.properties.source);
  if (version?.state === "found") return judgeEndOfLife(version.value, name, subject.now);
  if (image.state !== "found") return [];
  const status = objectAt(image.value, "properties", "imageDeprecationStatus");
  const advice = describeAlternative(status);
  const input = "sourceImage";
  switch (textAt(status, "imageState")) {
    case "Deprecated":
      return [
        {
          code: "AIB014",
          message: `The source ${name} has been withdrawn from the Marketplace: machines can no longer be made from it.`,
          remedy: `Name another image${advice}.`,
          input,
        },
      ];
    case "ScheduledForDeprecation": {
      const date = textAt(status, "scheduledDeprecationTime")?.slice(0, 10);
      return [
        {
          code: "AIB015",
          message:
            `The source ${name} will be withdrawn from the Marketplace${date === undefined ? "" : ` on ${date}`}: ` +
            "from then on machines can no longer be made from it.",
          remedy: `Name another image before that${advice}.`,
          input,
        },
      ];
    }
    default:
      return [];
  }
}

/** The publisher's advice: another offer, or another plan of the same. */
function describeAlternative(status: Json | undefined): string {
  const [type, value] = [textAt(status, "alternativeOption", "type"), textAt(status, "alternativeOption", "value")];
  return value === undefined ? "" : `; its publisher advises the ${type?.toLowerCase() ?? "offer"} ${value}`;
}

function judgeEndOfLife(version: Json, name: string, now: Date): readonly Problem[] {
  const text = textAt(version, "properties", "publishingProfile", "endOfLifeDate") ?? "";
  if (!(Date.parse(text) < now.getTime())) return [];
  return [
    {
      code: "AIB015",
      message:
        `The source ${name} is past its end of life, ${text.slice(0, 10)}. Azure goes on making machines from it, and ` +
        "`latest` goes on meaning it.",
      remedy: "Name a newer version, or set a later date where the version is still cared for.",
      input: "sourceVersion",
    },
  ];
}

/** Only generalized images without security of their own can be built from. */
export function judgeState(traits: ImageTraits | undefined, { template }: Subject): readonly Problem[] {
  const { osState, securityType } = traits ?? {};
  const faults = [
    ...(osState === "Specialized" ? ["it is Specialized, and the service builds from Generalized images only"] : []),
    ...(securityType !== undefined && isSecurityOnly(securityType)
      ? [`its SecurityType is ${securityType}, and the service takes only those that end in Supported`]
      : []),
  ];
  if (faults.length === 0) return [];
  return [
    {
      code: "AIB019",
      message: `The source ${nameSource(template.properties.source)} cannot be built from: ${faults.join("; ")}.`,
      remedy: "Build from an image that is generalized and supports, but does not demand, that security.",
      input: "sourceImage",
    },
  ];
}

/** A disk may grow, and never shrink (facts, section 1.3). */
export function judgeSize(traits: ImageTraits | undefined, { template }: Subject): readonly Problem[] {
  const { source, vmProfile } = template.properties;
  const wanted = vmProfile?.osDiskSizeGB ?? 0;
  const own = traits?.sizeGB;
  if (wanted === 0 || own === undefined || wanted >= own) return [];
  return [
    {
      code: "AIB020",
      message:
        `The system disk asked for has ${wanted} GB, and that of the source ${nameSource(source)} has ${own} GB: ` +
        "a disk may grow, and never shrink. The build VM could not be made.",
      remedy: `Set osDiskSizeGB to ${own} or more, or leave it out.`,
      input: "osDiskSizeGB",
    },
  ];
}
