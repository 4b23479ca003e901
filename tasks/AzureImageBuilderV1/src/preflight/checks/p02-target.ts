/** P2: what the image is distributed to exists, and takes an image of this source (facts, sections 5, 7 and 10). */
import type { TemplateDistributor } from "../../image-template.ts";
import { regionName } from "../../values/regions.ts";
import { fitDefinition } from "../definition-fit.ts";
import { type ImageTraits, traitsOfSource } from "../image-traits.ts";
import { textAt } from "../json.ts";
import type { Json, Read, Reads } from "../reads.ts";
import { nameSource, readDefinition, readGallery, readSource, type SourceReads } from "../source-image.ts";
import type { Check, Problem, Subject } from "../types.ts";
import { absentDefinition, absentGroup, nameOf } from "./p02-absent.ts";

interface Found {
  readonly source: SourceReads;
  readonly definitions: readonly FoundDefinition[];
  readonly groups: readonly FoundGroup[];
}

interface FoundDefinition {
  /** Without a version. */
  readonly id: string;
  readonly definition: Read<Json>;
  /** Read only where the definition is not there. */
  readonly gallery?: Read<Json>;
}

interface FoundGroup {
  readonly imageId: string;
  readonly group: Read<Json>;
}

/** Definitions and resource groups that the template's targets lie in, against the source. */
export const targetFits: Check<Found> = {
  id: "P2",
  title: "The target exists and fits the source",
  inFast: "whole",
  kinds: {
    AIB006: {
      severity: "error",
      basis: "documented",
      meaning: "The image definition, its gallery, or the resource group of a managed image does not exist.",
    },
    AIB007: {
      severity: "error",
      basis: "documented",
      meaning: "Operating system, generation, architecture or state of the definition is not the source's.",
    },
    AIB008: {
      severity: "error",
      basis: "documented",
      meaning: "The purchase plan of the definition is not the source's.",
    },
    AIB009: {
      severity: "error",
      basis: "documented",
      meaning: "The definition's SecurityType asks for what the source does not support, or admits no built image.",
    },
    AIB010: {
      severity: "warning",
      basis: "contradicted",
      meaning: "A gallery source supports a SecurityType that the definition does not name.",
    },
    AIB011: {
      severity: "warning",
      basis: "documented",
      meaning: "The definition is in another region than the template, which costs a copy between regions.",
    },
    AIB012: {
      severity: "error",
      basis: "documented",
      meaning: "A managed image cannot hold an image of this source's architecture.",
    },
  },
  applies: ({ template }) => template.properties.distribute.some(({ type }) => type !== "VHD"),
  gather: async (subject, reads) => {
    const { distribute } = subject.template.properties;
    const [source, definitions, groups] = await Promise.all([
      readSource(subject, reads),
      Promise.all(definitionIds(distribute).map((id) => lookAtDefinition(id, reads))),
      Promise.all(managedImages(distribute).map((imageId) => lookAtGroup(imageId, reads))),
    ]);
    return { source, definitions, groups };
  },
  judge: ({ source, definitions, groups }, subject) => {
    const traits = traitsOfSource(subject.template.properties.source, source);
    return [
      ...definitions.flatMap((one) => judgeDefinition(one, traits, subject)),
      ...groups.flatMap(({ group, imageId }) => (group.state === "absent" ? [absentGroup(imageId, subject)] : [])),
      ...judgeManagedImages(subject, traits),
    ];
  },
};

/** Each definition once, however many versions go to it. */
function definitionIds(distribute: readonly TemplateDistributor[]): readonly string[] {
  const ids = distribute.flatMap((one) =>
    one.type === "SharedImage" ? [one.galleryImageId.replace(/\/versions\/[^/]*$/i, "")] : [],
  );
  return [...new Map(ids.map((id) => [id.toLowerCase(), id])).values()];
}

function managedImages(distribute: readonly TemplateDistributor[]): readonly string[] {
  return distribute.flatMap((one) => (one.type === "ManagedImage" ? [one.imageId] : []));
}

async function lookAtDefinition(id: string, reads: Reads): Promise<FoundDefinition> {
  const definition = await readDefinition(id, reads);
  if (definition.state !== "absent") return { id, definition };
  return { id, definition, gallery: await readGallery(id.split("/").slice(0, -2).join("/"), reads) };
}

async function lookAtGroup(imageId: string, reads: Reads): Promise<FoundGroup> {
  const id = imageId.split("/").slice(0, 5).join("/");
  const permission = "Microsoft.Resources/subscriptions/resourceGroups/read";
  return { imageId, group: await reads.get(id, { apiVersion: "2021-04-01", permission }) };
}

function judgeDefinition(
  { id, definition, gallery }: FoundDefinition,
  source: ImageTraits | undefined,
  subject: Subject,
): readonly Problem[] {
  const { location } = subject.template;
  if (definition.state === "unknown") return [];
  if (definition.state === "absent") return [absentDefinition(id, gallery?.state === "absent", { source, location })];
  const home = textAt(definition.value, "location");
  return [
    ...fitDefinition({ id, definition: definition.value, source, subject }),
    ...(home === undefined || regionName(home) === regionName(location)
      ? []
      : [
          {
            code: "AIB011",
            message:
              `The image definition ${nameOf(id)} is in ${regionName(home)} and the template in ${regionName(location)}: ` +
              "every version is copied between the regions, which takes time and costs traffic.",
            remedy: `Build in ${regionName(home)}, or distribute to a definition in ${regionName(location)}.`,
            input: "location",
          },
        ]),
  ];
}

function judgeManagedImages({ template }: Subject, source: ImageTraits | undefined): readonly Problem[] {
  if (source?.architecture?.toLowerCase() !== "arm64") return [];
  return managedImages(template.properties.distribute).map((imageId) => ({
    code: "AIB012",
    message:
      `The source ${nameSource(template.properties.source)} is Arm64, and the managed image ${nameOf(imageId)} can only ` +
      "be x64. The build would fail when it distributes the image, after all its steps.",
    remedy: "Distribute to a gallery whose image definition has the architecture Arm64.",
    input: "galleryImage",
  }));
}
