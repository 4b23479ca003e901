/** Whether the source is where the template is (facts, sections 1.2, 7 and 10). Pure. */
import { regionName } from "../../values/regions.ts";
import { readResourceId } from "../../values/resource-id.ts";
import type { TemplateSource } from "../../image-template.ts";
import { listAt, objectAt, textAt } from "../json.ts";
import type { Json } from "../reads.ts";
import { nameSource, regionOf, type SourceReads } from "../source-image.ts";
import type { Problem, Subject } from "../types.ts";

/** A source that is not there, or not in the template's region (or subscription, for managed images). */
export function judgePlace({ image, version }: SourceReads, subject: Subject): readonly Problem[] {
  const { source } = subject.template.properties;
  if (source.type === "ManagedImage" && subscriptionOf(source.imageId) !== ownSubscription(subject)) {
    return [elsewhere(source.imageId, undefined, subject)];
  }
  if (image.state === "absent" || version?.state === "absent") return [absent(source, subject)];
  if (version?.state === "found" && source.type === "SharedImageVersion") {
    return judgeVersion(version.value, source.imageVersionId, subject);
  }
  if (image.state !== "found" || source.type !== "ManagedImage") return [];
  const location = textAt(image.value, "location");
  if (location === undefined || regionName(location) === regionName(subject.template.location)) return [];
  return [elsewhere(source.imageId, regionName(location), subject)];
}

function absent(source: TemplateSource, { template, plan }: Subject): Problem {
  const location = regionName(template.location);
  const told = {
    code: "AIB013",
    message: `There is no source image ${nameSource(source)} ${
      source.type === "ManagedImage" ? `(${source.imageId})` : `in ${location}`
    }. The service would refuse the template.`,
    remedy: "Name an image that is there.",
    input: "sourceImage",
  };
  switch (source.type) {
    case "PlatformImage":
      return {
        ...told,
        commands: [
          `az vm image list --subscription ${plan.template.subscriptionId} --location ${location} ` +
            `--publisher ${source.publisher} --offer ${source.offer} --sku ${source.sku} --all --output table`,
        ],
      };
    case "SharedImageVersion":
      return { ...told, commands: [listCommand(source.imageVersionId)] };
    case "ManagedImage":
      return told;
  }
}

function listCommand(versionId: string): string {
  return `az sig image-version list ${galleryFlags(versionId)} --output table`;
}

function galleryFlags(id: string): string {
  const { subscriptionId = "", resourceGroup = "", names = [] } = readResourceId(id) ?? {};
  const [gallery = "", definition = ""] = names;
  return (
    `--subscription ${subscriptionId} --resource-group ${resourceGroup} --gallery-name ${gallery} ` +
    `--gallery-image-definition ${definition}`
  );
}

function judgeVersion(version: Json, id: string, subject: Subject): readonly Problem[] {
  const location = regionName(subject.template.location);
  const name = nameSource(subject.template.properties.source);
  const state = textAt(version, "properties", "provisioningState");
  // An update of a version (more regions, tags) leaves its copies as they are.
  if (state !== undefined && state !== "Succeeded" && state !== "Updating") {
    return [
      {
        code: "AIB018",
        message: `The source ${name} is in state ${state}, and only a version in state Succeeded can be built from.`,
        remedy: state === "Creating" ? "Wait until it is complete, or name another version." : "Name another version.",
        commands: [listCommand(id)],
        input: "sourceVersion",
      },
    ];
  }
  const profile = objectAt(version, "properties", "publishingProfile");
  const regions = (listAt(profile, "targetRegions") ?? []).map((one) => regionName(textAt(one, "name") ?? ""));
  if (regions.length === 0) return [];
  if (regionOf(profile, location) === undefined) return [notReplicated(id, regions, subject)];
  return judgeCopy(version, id, subject);
}

function notReplicated(id: string, regions: readonly string[], { template }: Subject): Problem {
  const location = regionName(template.location);
  const version = readResourceId(id)?.names[2] ?? "";
  return {
    code: "AIB018",
    message:
      `The source ${nameSource(template.properties.source)} is in ${regions.join(", ")}, and the template in ${location}: ` +
      "the service takes a version only in the template's region.",
    remedy: `Replicate the version to ${location}, or build in a region that has it.`,
    commands: [
      `az sig image-version update ${galleryFlags(id)} --gallery-image-version ${version} ` +
        `--target-regions ${[...regions, location].join(" ")}`,
    ],
    input: "location",
  };
}

function judgeCopy(version: Json, id: string, { template }: Subject): readonly Problem[] {
  const location = regionName(template.location);
  const copies = listAt(version, "properties", "replicationStatus", "summary") ?? [];
  const copy = copies.find((one) => regionName(textAt(one, "region") ?? "") === location);
  const state = textAt(copy, "state");
  if (state !== "Replicating" && state !== "Failed") return [];
  return [
    {
      code: "AIB018",
      message:
        `The source ${nameSource(template.properties.source)} is not complete in ${location}: its replication there is ` +
        `in state ${state}.`,
      remedy:
        state === "Failed"
          ? `Replicate the version to ${location} anew, or build in a region that has it.`
          : "Wait until the replication is complete, or name another version.",
      commands: [
        `az sig image-version show ${galleryFlags(id)} --gallery-image-version ${readResourceId(id)?.names[2] ?? ""} ` +
          "--expand ReplicationStatus --query replicationStatus",
      ],
      input: "sourceVersion",
    },
  ];
}

function subscriptionOf(id: string): string | undefined {
  return readResourceId(id)?.subscriptionId.toLowerCase();
}

function ownSubscription({ plan }: Subject): string {
  return plan.template.subscriptionId.toLowerCase();
}

/** A managed image in `region`, or, where that is undefined, in another subscription. */
function elsewhere(imageId: string, region: string | undefined, subject: Subject): Problem {
  const [theirs, ours] =
    region === undefined
      ? [`the subscription ${subscriptionOf(imageId) ?? ""}`, ownSubscription(subject)]
      : [region, regionName(subject.template.location)];
  return {
    code: "AIB018",
    message:
      `The managed image ${readResourceId(imageId)?.names[0] ?? imageId} is in ${theirs} and the template in ${ours}: the ` +
      "service takes managed images of the template's own region and subscription only.",
    remedy: `Build in ${theirs}, or bring the image over through a gallery.`,
    input: region === undefined ? "sourceImage" : "location",
  };
}
