/** What the template's identity needs for one template (facts, section 3.1). Pure. */
import type { TemplateDistributor } from "../../image-template.ts";
import { nameOf } from "../../plan/blob-rights.ts";
import { readResourceId } from "../../values/resource-id.ts";
import { type BlobPlace, containerId } from "../blob-accounts.ts";
import type { Need } from "../needs.ts";
import type { Subject } from "../types.ts";

const galleries = "Microsoft.Compute/galleries";
const refused = "the service checks this when it makes the template, and refuses it";

/** A need, and whether a document says so or we only conclude it. */
export type IdentityNeed = Need & { readonly isInferred?: true };

/** Needs that follow from the template alone; those on the staging group only count where the group is there. */
export function identityNeeds({ template, plan }: Subject, identityId: string): readonly IdentityNeed[] {
  const { source, distribute, vmProfile } = template.properties;
  const vmIdentities = (vmProfile?.userAssignedIdentities ?? []).filter((id) => !isSame(id, identityId));
  const network = vmProfile?.vnetConfig;
  const subnets = [network?.subnetId, network?.containerInstanceSubnetId].filter((id) => id !== undefined);
  return [
    ...(source.type === "ManagedImage" ? [imageNeed(source.imageId)] : []),
    ...(source.type === "SharedImageVersion" ? gallerySourceNeed(source.imageVersionId) : []),
    ...distribute.flatMap((target) => targetNeeds(target, plan.template.subscriptionId)),
    ...networkNeeds(subnets),
    ...vmIdentities.map(assignNeed),
  ].filter((need, index, all) => all.findIndex((other) => isSameNeed(need, other)) === index);
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isSameNeed(one: Need, other: Need): boolean {
  return isSame(JSON.stringify(one), JSON.stringify(other));
}

/** An action at a place whose roles are read there. */
function action(name: string, place: string, readAt = place): Need["rights"][number] {
  return { kind: "actions", action: name, place, readAt };
}

function imageNeed(id: string): IdentityNeed {
  return {
    rights: [action("Microsoft.Compute/images/read", id)],
    what: `the source image ${nameOf(id)}`,
    consequence: refused,
    role: "Reader",
    scope: id,
  };
}

/** Roles are read at the definition, which shows those of the gallery as well. */
function galleryRights(definition: string, verbs: readonly string[]): Need["rights"] {
  const gallery = above(definition);
  return [
    action(`${galleries}/read`, gallery, definition),
    action(`${galleries}/images/read`, definition),
    ...verbs.map((verb) => action(`${galleries}/images/versions/${verb}`, definition)),
  ];
}

function gallerySourceNeed(versionId: string): readonly IdentityNeed[] {
  const definition = above(versionId);
  return [
    {
      rights: galleryRights(definition, ["read"]),
      what: `the source ${galleryText(definition)}`,
      consequence: refused,
      role: "Reader",
      scope: above(definition),
    },
  ];
}

function targetNeeds(target: TemplateDistributor, subscriptionId: string): readonly IdentityNeed[] {
  switch (target.type) {
    case "SharedImage": {
      const id = target.galleryImageId;
      const definition = /\/versions\/[^/]+$/i.test(id) ? above(id) : id;
      return [
        {
          rights: galleryRights(definition, ["read", "write"]),
          what: `the ${galleryText(definition)}`,
          consequence: refused,
          role: "Contributor",
          scope: above(definition),
        },
      ];
    }
    case "ManagedImage": {
      const { resourceGroup, subscriptionId: of } = readResourceId(target.imageId) ?? { resourceGroup: undefined };
      if (resourceGroup === undefined) return [];
      const group = `/subscriptions/${of ?? subscriptionId}/resourceGroups/${resourceGroup}`;
      return [
        {
          rights: ["read", "write", "delete"].map((verb) => action(`Microsoft.Compute/images/${verb}`, group)),
          what: `the resource group ${resourceGroup}, where the image ${nameOf(target.imageId)} is to be`,
          consequence: refused,
          role: "Contributor",
          scope: group,
        },
      ];
    }
    case "VHD":
      return [];
  }
}

function galleryText(definition: string): string {
  return `image definition ${nameOf(definition)} of the gallery ${nameOf(above(definition))}`;
}

/** The ID two parts up: of a version its definition, of a definition its gallery, of a subnet its network. */
function above(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}

function networkNeeds(subnets: readonly string[]): readonly IdentityNeed[] {
  const networks = [...new Set(subnets.map(above))];
  return networks.map((network) => {
    const own = subnets.filter((subnet) => isSame(above(subnet), network));
    return {
      rights: [
        action("Microsoft.Network/virtualNetworks/read", network, own[0]),
        ...own.map((subnet) => action("Microsoft.Network/virtualNetworks/subnets/join/action", subnet)),
      ],
      what: `the virtual network ${nameOf(network)}, ${own.length === 1 ? "subnet" : "subnets"} ${own.map(nameOf).join(" and ")}`,
      consequence: refused,
      role: "Network Contributor",
      scope: network,
    };
  });
}

function assignNeed(id: string): IdentityNeed {
  return {
    rights: [action("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", id)],
    what: `the identity ${nameOf(id)}, which the build VM is to have`,
    consequence: refused,
    role: "Managed Identity Operator",
    scope: id,
  };
}

/** For a staging group that is there: what the service makes in it, one action for each provider (facts, section 1.4). */
export function stagingNeed(group: string): IdentityNeed {
  const made = [
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Network/networkInterfaces/write",
    "Microsoft.ContainerInstance/containerGroups/write",
  ];
  return {
    rights: made.map((name) => action(name, group)),
    what: `the staging resource group ${nameOf(group)}`,
    consequence: refused,
    role: "Contributor",
    scope: group,
  };
}

/** For a VHD with an address of its own: no document names the right, and nothing else writes a blob. */
export function vhdNeed(place: BlobPlace): IdentityNeed {
  const container = containerId(place);
  const write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
  return {
    rights: [{ kind: "dataActions", action: write, place: container, readAt: container }],
    what: `the container ${place.container} of ${place.account.name}, where the VHD is to be`,
    consequence: "the run would fail at its end, when the VHD is copied",
    role: "Storage Blob Data Contributor",
    scope: container,
    isInferred: true,
  };
}

/** For a network under a DDoS protection plan. */
export function ddosNeed(plan: string): IdentityNeed {
  return {
    rights: [action("Microsoft.Network/ddosProtectionPlans/join/action", plan)],
    what: `the DDoS protection plan ${nameOf(plan)} of the virtual network`,
    consequence: "the run fails when its first network interface is made",
    role: "Network Contributor",
    scope: plan,
  };
}
