/** What can be wrong with a staging resource group, in words (facts, section 1.4). Pure. */
import { azCommand, templateIdOf } from "../../values/template-ref.ts";
import { nameOf } from "../../plan/blob-rights.ts";
import { regionName } from "../../values/regions.ts";
import { textAt } from "../json.ts";
import type { Json } from "../reads.ts";
import type { Problem, Subject } from "../types.ts";

/** Application ID of the service's own principal. */
export const serviceApplication = "cf32a0cc-373c-47c9-9156-0db11f6a6dfc";

/** The group that the template names. */
export interface Staging {
  readonly id: string;
  readonly name: string;
  readonly subscriptionId?: string;
}

/** Its ID taken apart. */
export function stagingOf({ template }: Subject): Staging {
  const id = (template.properties.stagingResourceGroup ?? "").replace(/\/+$/, "");
  const subscriptionId = /^\/subscriptions\/([^/]+)\//i.exec(id)?.[1];
  return { id, name: nameOf(id), ...(subscriptionId === undefined ? {} : { subscriptionId }) };
}

/** It is in another place than the template: `fact` says which, as a sentence without its end. */
export function elsewhere(subject: Subject, fact: string): Problem {
  const { plan } = subject;
  const { name } = stagingOf(subject);
  return {
    code: "AIB070",
    message: `${fact}: the service takes one of the same place only.`,
    remedy: "Leave stagingResourceGroup out, and the service makes one; or name an empty group of the same place.",
    commands: [
      `az group create --subscription ${plan.template.subscriptionId} --name ${name}-${regionName(plan.location)} ` +
        `--location ${regionName(plan.location)}`,
    ],
    input: "stagingResourceGroup",
  };
}

/** It is in another region. */
export function wrongRegion(group: Json, subject: Subject): readonly Problem[] {
  const location = textAt(group, "location");
  const wanted = regionName(subject.template.location);
  if (location === undefined || regionName(location) === wanted) return [];
  const { name } = stagingOf(subject);
  return [
    elsewhere(
      subject,
      `The staging resource group ${name} is in the region ${regionName(location)}, the template in ${wanted}`,
    ),
  ];
}

/** ID of the template that the group's tags name; the service takes groups of the template's subscription only. */
export function holderOf(group: Json, { plan }: Subject): string | undefined {
  const [template, of] = [
    textAt(group, "tags", "imageTemplateName"),
    textAt(group, "tags", "imageTemplateResourceGroupName"),
  ];
  if (template === undefined || of === undefined) return undefined;
  return templateIdOf({ subscriptionId: plan.template.subscriptionId, resourceGroup: of, name: template });
}

/** A template that is there, or may be, uses it now. */
export function held(group: Json, subject: Subject): readonly Problem[] {
  const { name } = stagingOf(subject);
  const ref = {
    subscriptionId: subject.plan.template.subscriptionId,
    resourceGroup: textAt(group, "tags", "imageTemplateResourceGroupName") ?? "",
    name: textAt(group, "tags", "imageTemplateName") ?? "",
  };
  return [
    {
      code: "AIB069",
      message:
        `The staging resource group ${name} is in use by the image template ${ref.name} of the resource group ` +
        `${ref.resourceGroup}: the build waits until that template is deleted, half an hour at most, and then fails.`,
      remedy: "Name another group for builds at the same time, or leave stagingResourceGroup out.",
      commands: [azCommand("show", ref)],
      input: "stagingResourceGroup",
    },
  ];
}

/** The service marks a group with the template that uses it. That one is gone. */
export function foreign(group: Json, subject: Subject): readonly Problem[] {
  const tag = (name: string): string | undefined => textAt(group, "tags", name);
  const [template, of] = [tag("imageTemplateName"), tag("imageTemplateResourceGroupName")];
  if (template === undefined && of === undefined) return [];
  const { name, id } = stagingOf(subject);
  const owner = `${template ?? "without a name"} of the resource group ${of ?? "without a name"}`;
  return [
    {
      code: "AIB071",
      message:
        `The staging resource group ${name} belongs to the image template ${owner}, as its tags imageTemplateName and ` +
        "imageTemplateResourceGroupName say: the service refuses it, or leaves the template in Creating.",
      remedy:
        "Name another group, or delete that template first. Where it is gone, empty the group and remove its tags.",
      commands: [
        `az image builder delete --subscription ${subject.plan.template.subscriptionId} --resource-group ${of ?? "<group>"} --name ${template ?? "<template>"}`,
        `az tag update --resource-id ${id} --operation Delete --tags imageTemplateName=${template ?? ""} imageTemplateResourceGroupName=${of ?? ""}`,
      ],
      input: "stagingResourceGroup",
    },
  ];
}

/** Something is in it. */
export function notEmpty(resources: readonly unknown[], subject: Subject): readonly Problem[] {
  if (resources.length === 0) return [];
  const { id, name } = stagingOf(subject);
  const first = resources.slice(0, 3).map((one) => `${textAt(one, "name") ?? "?"} (${textAt(one, "type") ?? "?"})`);
  const more = resources.length > first.length ? ", and more" : "";
  return [
    {
      code: "AIB072",
      message:
        `The staging resource group ${name} is not empty: ${first.join(", ")}${more}. The service takes an empty group ` +
        "only, and deletes what is in it with the template.",
      remedy: "Name an empty group, or leave stagingResourceGroup out.",
      commands: [`az resource list --subscription ${id.split("/")[2] ?? ""} --resource-group ${name} --output table`],
      input: "stagingResourceGroup",
    },
  ];
}

/** The service has no right to make its proxy VM there. */
export function noService(subject: Subject): Problem {
  const { id, name } = stagingOf(subject);
  return {
    code: "AIB073",
    message:
      `Nobody but people and the template's identity may write disks in the staging resource group ${name}, and the ` +
      `service's own principal (application ${serviceApplication}) has to: it makes the proxy VM of a Windows build in a ` +
      "subnet. The run would fail after some minutes.",
    remedy: `Give it the role Contributor on ${id}, or give containerInstanceSubnet as well, which needs no proxy VM.`,
    commands: [`az role assignment create --assignee ${serviceApplication} --role Contributor --scope ${id}`],
    right: {
      identity: `the service's own principal (application ${serviceApplication})`,
      actions: ["Microsoft.Compute/disks/write"],
      scope: id,
      role: "Contributor",
    },
  };
}

/** A lock covers it. */
export function locked(lock: Json, subject: Subject): readonly Problem[] {
  const level = textAt(lock, "properties", "level");
  const [lockId, lockName] = [textAt(lock, "id") ?? "", textAt(lock, "name") ?? ""];
  const place = lockId.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, "");
  const { name } = stagingOf(subject);
  const remedy = {
    remedy: "Remove the lock, or leave stagingResourceGroup out.",
    commands: [`az lock delete --ids ${lockId}`],
  };
  const where = `The lock ${lockName} on ${place} covers the staging resource group ${name}`;
  if (level === "ReadOnly") {
    const message = `${where} and lets nothing be made there (ReadOnly): the service refuses the template.`;
    return [{ code: "AIB074", message, ...remedy }];
  }
  if (level !== "CanNotDelete") return [];
  const message = `${where} (CanNotDelete): the build works, and what it leaves there is not cleaned up.`;
  return [{ code: "AIB075", message, ...remedy }];
}
