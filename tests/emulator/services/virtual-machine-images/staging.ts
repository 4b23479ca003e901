/** The staging group of a template and the storage account in it (wire notes, section 7). */
import { lockedMessage, lockedScopes } from "../../core/locks.ts";
import { isExtension } from "../../core/resources.ts";
import type { World } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import { ProvisioningFailure, unauthorized } from "./errors.ts";
import { stagingGroupName } from "./ids.ts";
import { objectOf, textOf } from "./json.ts";
import type { Rights } from "./source.ts";
import { stateOf, type Template } from "./state.ts";

const GROUP_TYPE = "Microsoft.Resources/resourceGroups";
const OWNER_TAGS = ["imageTemplateName", "imageTemplateResourceGroupName"] as const;
const ACCOUNT_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

function ownTags(template: Template): Record<string, string> {
  return {
    ...managedTags(template),
    createdBy: "AzureVMImageBuilder",
    imageTemplateName: template.name,
    imageTemplateResourceGroupName: template.group,
  };
}

/** Tags the template wants on every resource made for it. */
export function managedTags(template: Template): Record<string, string> {
  return objectOf(template.properties["managedResourceTags"]) as Record<string, string>;
}

/** Makes or takes the staging group; the template knows it afterwards, also where something fails later. */
export function prepareStagingGroup(world: World, template: Template, rights: Rights): void {
  const asked = textOf(template.properties["stagingResourceGroup"]);
  const name = stagingGroupName(template.group, template.name, world.newGuid());
  const id =
    asked === "" ? `/subscriptions/${template.subscription}/resourceGroups/${name}` : `/${asked.replace(/^\//, "")}`;
  const existing = asked === "" ? undefined : world.resources.get(id);
  template.exactStagingResourceGroup = id;
  if (existing === undefined) {
    template.ownsStagingGroup = true;
    const body = { properties: { provisioningState: "Succeeded" } };
    const groupName = id.slice(id.lastIndexOf("/") + 1);
    world.resources.put({
      id,
      name: groupName,
      type: GROUP_TYPE,
      location: template.location,
      tags: ownTags(template),
      body,
    });
    return;
  }
  checkGivenGroup(world, template, { id, rights });
  existing.tags = { ...existing.tags, ...ownTags(template) };
}

/** A group that exists must be empty, in the template's region and nobody else's (facts, section 1.4); the words that refuse it are inferred. */
function checkGivenGroup(
  world: World,
  template: Template,
  given: { readonly id: string; readonly rights: Rights },
): void {
  const { id, rights } = given;
  const group = world.resources.get(id);
  const bad = (why: string): ProvisioningFailure =>
    new ProvisioningFailure(
      "InternalOperationError",
      "BadStagingResourceGroup",
      `Staging resource group '${id}' ${why}`,
    );
  if (normaliseRegion(group?.location ?? "") !== normaliseRegion(template.location)) {
    throw bad(`is in location '${group?.location}', not in the location of the image template '${template.location}'.`);
  }
  if (OWNER_TAGS.some((tag) => group?.tags?.[tag] !== undefined))
    throw bad("is already associated with another image template.");
  const inside = world.resources.list(id).filter(({ type }) => !isExtension(type));
  if (inside.some((resource) => resource.id.toLowerCase() !== id.toLowerCase())) throw bad("is not empty.");
  const locked = lockedScopes(world.resources, id, "write");
  if (locked.length > 0) throw bad(`cannot be used: ${lockedMessage(id, "write", locked)}`);
  const needed = ["Microsoft.Storage/storageAccounts/write", "Microsoft.Compute/virtualMachines/write"];
  if (!needed.every((action) => rights(action, id))) throw unauthorized(id);
}

/** Makes the staging storage account: 24 random letters and digits. */
export async function createStagingAccount(world: World, template: Template): Promise<void> {
  const { chance, settings } = stateOf(world);
  const name = `${chance.word(1, ACCOUNT_LETTERS.slice(0, 26))}${chance.word(23, ACCOUNT_LETTERS)}`;
  template.stagingAccount = name;
  world.resources.put({
    id: stagingAccountId(template),
    name,
    type: "Microsoft.Storage/storageAccounts",
    location: template.location,
    tags: { ...managedTags(template), createdby: "azureimagebuilder" },
    body: {
      sku: { name: "Standard_LRS", tier: "Standard" },
      kind: "StorageV2",
      properties: {
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: settings.stagingSharedKeyAccess,
        minimumTlsVersion: "TLS1_2",
      },
    },
  });
  await world.blobs.ensureAccount(name);
}

/** Resource id of the staging account. */
export function stagingAccountId(template: Template): string {
  return `${template.exactStagingResourceGroup}/providers/Microsoft.Storage/storageAccounts/${template.stagingAccount ?? ""}`;
}

/** Removes what is in the staging group, and the group where the service made it. */
export function removeStaging(world: World, template: Template): void {
  const id = template.exactStagingResourceGroup;
  if (id === "") return;
  // What is locked stays (facts, section 2: locks break clean-up; that deleting the template goes on is inferred).
  if (lockedScopes(world.resources, id, "delete").length > 0) return;
  for (const resource of world.resources.list(id)) {
    const isInside = resource.id.toLowerCase() !== id.toLowerCase() && !isExtension(resource.type);
    if (isInside) world.resources.delete(resource.id);
  }
  if (template.ownsStagingGroup) {
    world.resources.delete(id);
    return;
  }
  const group = world.resources.get(id);
  if (group === undefined) return;
  const taken = new Set(Object.keys(ownTags(template)));
  group.tags = Object.fromEntries(Object.entries(group.tags ?? {}).filter(([tag]) => !taken.has(tag)));
}
