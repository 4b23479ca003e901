/** An image template as commands and other resources name it. */
import type { TemplateRef } from "../ports.ts";

/** The id the template has, or will have. */
export function templateIdOf({ subscriptionId, resourceGroup, name }: TemplateRef): string {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  return `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
}

/** An `az image builder` command for the template. */
export function azCommand(verb: "show" | "cancel" | "delete", ref: TemplateRef): string {
  return (
    `az image builder ${verb} --subscription ${ref.subscriptionId} ` +
    `--resource-group ${ref.resourceGroup} --name ${ref.name}`
  );
}
