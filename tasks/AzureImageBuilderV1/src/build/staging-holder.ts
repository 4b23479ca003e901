/** A prepared staging resource group serves one image template at a time (facts, section 1.4): waits until it is free. */
import { ServiceError, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { ImageTemplate } from "../image-template.ts";
import type { Ports, TemplateRef, TemplateStatus } from "../ports.ts";
import { outcomeOf, phaseOf } from "./meaning.ts";
import { type BuildPorts, readPatiently } from "./ports.ts";
import { azCommand } from "../values/template-ref.ts";
import { type Look, waitPatiently } from "./wait-patiently.ts";

export type StagingPorts = BuildPorts & Pick<Ports, "arm">;

/** The longest wait for a group, in milliseconds: longer than many builds, shorter than most jobs. */
export const stagingLimit = 30 * 60_000;
const pause = 15_000;
/** Milliseconds after which a holder that is gone is taken to have left its tags behind: they go with its deletion. */
const absentLimit = 2 * 60_000;

/** The template that the service's tags on a group name. */
export interface Holder {
  readonly ref: TemplateRef;
  /** As the service shows it; undefined where it is gone, `unknown` where it may not be read. */
  readonly template: TemplateStatus | "unknown" | undefined;
}

/**
 * Who holds the staging group that `template` names; undefined where nobody does, it names none, or that cannot be read:
 * then the service says it. Throws ServiceError where a read fails for another reason than rights.
 */
export async function findHolder(template: ImageTemplate, ports: StagingPorts): Promise<Holder | undefined> {
  const group = groupOf(template);
  if (group === undefined) return undefined;
  const answer = await readable(() => ports.arm.get(group, { "api-version": "2021-04-01" }), ports);
  const { tags } = (answer ?? {}) as { readonly tags?: Readonly<Record<string, unknown>> };
  const [name, resourceGroup] = [tags?.["imageTemplateName"], tags?.["imageTemplateResourceGroupName"]];
  if (typeof name !== "string" || typeof resourceGroup !== "string") return undefined;
  // The service takes a group of the template's own subscription only.
  const ref = { subscriptionId: group.split("/")[2] ?? "", resourceGroup, name };
  const found = await readable(async () => ({ template: await ports.templates.get(ref) }), ports);
  return { ref, template: found === undefined ? "unknown" : found.template };
}

/**
 * Waits until nobody holds the staging group that `template` names, until `deadline` (milliseconds since 1970). Throws a
 * TaskError where somebody still does, or where a template that is gone has left its tags.
 */
export async function waitForStagingGroup(
  template: ImageTemplate,
  deadline: number,
  ports: StagingPorts,
): Promise<void> {
  const group = groupOf(template);
  if (group === undefined) return;
  let absentSince: number | undefined;
  let last: Holder | undefined;
  const look = async (): Promise<Look<Holder | undefined>> => {
    last = await findHolder(template, ports);
    if (last === undefined) return { over: true, value: undefined };
    const now = ports.clock.now().getTime();
    absentSince = last.template === undefined ? (absentSince ?? now) : undefined;
    if (absentSince !== undefined && now - absentSince >= absentLimit) return { over: true, value: last };
    return { over: false, why: `The staging resource group ${nameOf(group)} is in use by ${describeHolder(last)}.` };
  };
  const limitMs = Math.max(0, deadline - ports.clock.now().getTime());
  const waited = await waitPatiently({ limitMs, pauseMs: pause }, look, ports);
  if (waited.state === "over" && waited.value === undefined) return;
  if (last !== undefined) throw waited.state === "over" ? leftTags(group, last) : stillHeld(group, last);
}

function stillHeld(group: string, holder: Holder): TaskError {
  return new TaskError(
    failureCodes.stagingHeld,
    `The staging resource group ${nameOf(group)} is still in use by ${describeHolder(holder)} after ` +
      `${stagingLimit / 60_000} minutes; the service gives a group to one template at a time. No template was created.`,
    {
      next:
        "Run the job again when that template is deleted, name another stagingResourceGroup, or leave it out: then the " +
        `service makes one. See the template: ${azCommand("show", holder.ref)}`,
    },
  );
}

function leftTags(group: string, { ref }: Holder): TaskError {
  const tags = `imageTemplateName=${ref.name} imageTemplateResourceGroupName=${ref.resourceGroup}`;
  return new TaskError(
    failureCodes.stagingHeld,
    `The staging resource group ${nameOf(group)} has the tags of image template ${ref.name} of the resource group ` +
      `${ref.resourceGroup}, which is gone: the service takes it for one in use. No template was created.`,
    {
      next: `Empty the group and remove its tags: az tag update --resource-id ${group} --operation Delete --tags ${tags}`,
    },
  );
}

function describeHolder({ ref, template }: Holder): string {
  const name = `image template ${ref.name} of the resource group ${ref.resourceGroup}`;
  if (template === "unknown") return name;
  if (template === undefined) return `${name}, which is gone`;
  const { lastRun, provisioningState } = template;
  if (provisioningState?.toLowerCase() !== "succeeded") return `${name} (${provisioningState ?? "state unknown"})`;
  if (lastRun === undefined || outcomeOf(lastRun) !== undefined) return `${name}, whose build does not go on`;
  return `${name} (${phaseOf(lastRun)})`;
}

/** What may not be read is undefined, and so is what is not there. */
async function readable<T>(read: () => Promise<T>, ports: BuildPorts): Promise<T | undefined> {
  try {
    return await readPatiently(read, ports);
  } catch (error) {
    if (error instanceof ServiceError && (error.status === 403 || error.status === 401)) return undefined;
    throw error;
  }
}

function groupOf({ properties }: ImageTemplate): string | undefined {
  const group = properties.stagingResourceGroup?.replace(/\/+$/, "") ?? "";
  return group === "" ? undefined : group;
}

function nameOf(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}
