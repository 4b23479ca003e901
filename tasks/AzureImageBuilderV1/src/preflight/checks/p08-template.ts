/** P8: the template's name is free, no run is active, and the version numbers are free (facts, sections 2, 7 and 10). */
import { readResourceId } from "../../values/resource-id.ts";
import { compareVersions, isGalleryVersion, newestVersion } from "../../values/version.ts";
import { booleanAt, textAt } from "../json.ts";
import type { Json, Read } from "../reads.ts";
import { readVersions } from "../source-image.ts";
import type { Check, Problem, Subject } from "../types.ts";

interface Found {
  readonly template: Read<Json>;
  readonly versions: readonly FoundVersions[];
}

interface Numbered {
  readonly definitionId: string;
  /** As the template names it. */
  readonly version: string;
  readonly excludeFromLatest: boolean;
}

interface FoundVersions extends Numbered {
  readonly all: Read<readonly Json[]>;
}

/** The template's name, and the numbers of gallery versions that the template names. */
export const namesFree: Check<Found> = {
  id: "P8",
  title: "Template name and version numbers are free",
  inFast: "whole",
  kinds: {
    AIB042: {
      severity: "error",
      basis: "documented",
      meaning: "There is a template of that name already, maybe a failed one; the service does not replace templates.",
    },
    AIB043: {
      severity: "error",
      basis: "documented",
      meaning: "A template of that name is being created, changed or deleted.",
    },
    AIB044: { severity: "error", basis: "documented", meaning: "A template of that name is running." },
    AIB045: { severity: "error", basis: "documented", meaning: "The gallery version exists already." },
    AIB046: {
      severity: "warning",
      basis: "documented",
      meaning: "The version number is lower than the newest one, so that latest does not come to mean it.",
    },
  },
  applies: () => true,
  gather: async (subject, reads) => {
    const [template, versions] = await Promise.all([
      reads.get(templateId(subject), {
        apiVersion: "2024-02-01",
        permission: "Microsoft.VirtualMachineImages/imageTemplates/read",
      }),
      Promise.all(numbered(subject).map(async (one) => ({ ...one, all: await readVersions(one.definitionId, reads) }))),
    ]);
    return { template, versions };
  },
  judge: ({ template, versions }, subject) => [
    ...(template.state === "found" ? judgeTemplate(template.value, subject) : []),
    ...versions.flatMap(judgeVersion),
  ],
};

function templateId({ plan: { template } }: Subject): string {
  return (
    `/subscriptions/${template.subscriptionId}/resourceGroups/${template.resourceGroup}` +
    `/providers/Microsoft.VirtualMachineImages/imageTemplates/${template.name}`
  );
}

function numbered({ template }: Subject): readonly Numbered[] {
  return template.properties.distribute.flatMap((one) => {
    if (one.type !== "SharedImage") return [];
    const [definitionId = "", version] = one.galleryImageId.split(/\/versions\//i);
    if (version === undefined || !isGalleryVersion(version)) return [];
    return [{ definitionId, version, excludeFromLatest: one.excludeFromLatest ?? false }];
  });
}

const changing: readonly string[] = ["Creating", "Updating", "Deleting"];
const running: readonly string[] = ["Running", "Canceling"];

function judgeTemplate(template: Json, { plan: { template: ref } }: Subject): readonly Problem[] {
  const state = textAt(template, "properties", "provisioningState");
  const run = textAt(template, "properties", "lastRunStatus", "runState");
  const command = (verb: string): string =>
    `az image builder ${verb} --subscription ${ref.subscriptionId} --resource-group ${ref.resourceGroup} --name ${ref.name}`;
  const there = `There is already an image template ${ref.name} in the resource group ${ref.resourceGroup}`;
  const otherName = "choose another templateName, or leave it out: the task then makes up a name of its own";
  const input = "templateName";
  if (state !== undefined && changing.includes(state)) {
    return [
      {
        code: "AIB043",
        message: `${there}, in state ${state}. Until that has ended, the service refuses every change of it.`,
        remedy: `Wait until it has ended, then delete the template if it is still there; or ${otherName}.`,
        commands: [command("show"), command("delete")],
        input,
      },
    ];
  }
  if (run !== undefined && running.includes(run)) {
    return [
      {
        code: "AIB044",
        message: `${there}, and its run is in state ${run}. The service neither replaces nor deletes it before the run has ended.`,
        remedy: `Wait for the run or cancel it, then delete the template; or ${otherName}.`,
        commands: [...(run === "Running" ? [command("cancel")] : []), command("delete")],
        input,
      },
    ];
  }
  return [
    {
      code: "AIB042",
      message: `${there}${state === undefined ? "" : `, in state ${state}`}. The service does not replace templates: it would refuse this one.`,
      remedy: `Delete that template, and with it what lies in its staging group; or ${otherName}.`,
      commands: [command("delete")],
      input,
    },
  ];
}

function judgeVersion({ definitionId, version, excludeFromLatest, all }: FoundVersions): readonly Problem[] {
  if (all.state !== "found") return [];
  const name = readResourceId(definitionId)?.names[1] ?? definitionId;
  const nameOf = (one: Json): string => textAt(one, "name") ?? "";
  const next = followerOf(newestVersion(all.value.map(nameOf).filter(isGalleryVersion)) ?? version);
  const same = all.value.find((one) => isGalleryVersion(nameOf(one)) && compareVersions(nameOf(one), version) === 0);
  const input = "galleryVersion";
  if (same !== undefined) {
    const state = textAt(same, "properties", "provisioningState");
    return [
      {
        code: "AIB045",
        message:
          `The image definition ${name} has a version ${nameOf(same)} already${state === undefined ? "" : `, in state ${state}`}, ` +
          "and a version's content never changes. The build would fail when it distributes the image, after all its steps.",
        remedy:
          next === undefined ? "Name a free number." : `Name a free number, e.g. ${next}, or leave it to the service.`,
        input,
      },
    ];
  }
  const newest = newestVersion(all.value.filter(countsForLatest).map(nameOf).filter(isGalleryVersion));
  if (excludeFromLatest || newest === undefined || compareVersions(version, newest) > 0) return [];
  return [
    {
      code: "AIB046",
      message: `The version ${version} is lower than ${newest}, the newest of the image definition ${name}: \`latest\` will go on meaning ${newest}.`,
      remedy: `If that is not wanted, name a higher number${next === undefined ? "" : `, e.g. ${next}`}.`,
      input,
    },
  ];
}

function countsForLatest(version: Json): boolean {
  return (
    textAt(version, "properties", "provisioningState") === "Succeeded" &&
    booleanAt(version, "properties", "publishingProfile", "excludeFromLatest") !== true
  );
}

/** The number after a version's; undefined at the end of the numbers. */
function followerOf(version: string): string | undefined {
  const [major = "0", minor = "0", patch = "0"] = version.split(".");
  const next = `${Number(major)}.${Number(minor)}.${Number(patch) + 1}`;
  return isGalleryVersion(next) ? next : undefined;
}
