/** Known failures of the virtual network that a build is put into. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `net-*`. */
export const networkFailures: readonly KnownFailure[] = [
  {
    id: "net-pls-policy",
    patterns: [/PrivateLinkService\s+Network\s+Policy\s+is\s+not\s+disabled\s+for\s+the\s+given\s+subnet/],
    where: resourceManager,
    cause:
      "Network policies for private link services are on in the build's subnet, and the service must put such a link there.",
    remedy: "Turn them off for that subnet. The portal has no switch for it.",
    command:
      "az network vnet subnet update --resource-group <group> --vnet-name <network> --name <subnet> --private-link-service-network-policies Disabled",
    link: "https://learn.microsoft.com/azure/virtual-desktop/troubleshoot-custom-image-templates#privatelinkservice-network-policy-is-not-disabled-for-the-given-subnet",
    weight: "cause",
    retryable: false,
  },
  {
    id: "net-pls-policy-nrp",
    patterns: [/PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled/],
    where: resourceManager,
    cause:
      "The network provider refuses the service's private link: the subnet has network policies for such links on.",
    remedy: "Turn them off for that subnet.",
    command:
      "az network vnet subnet update --resource-group <group> --vnet-name <network> --name <subnet> --private-link-service-network-policies Disabled",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-vnet#disable-private-service-policy-on-the-subnet",
    weight: "cause",
    retryable: false,
  },
  {
    id: "net-subnet-join",
    patterns: [
      /does\s+not\s+have\s+(?:permission|authorization)\s+to\s+perform\s+action(?:\(s\))?\s+'Microsoft\.Network\/virtualNetworks\/subnets\/join\/action'/i,
    ],
    where: resourceManager,
    cause: "The caller may not put anything into the subnet of the build VM or of the build's container.",
    remedy:
      "Give the template's identity Microsoft.Network/virtualNetworks/read and .../subnets/join/action on the virtual " +
      "network, for instance with Network Contributor.",
    command:
      'az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role "Network Contributor" --scope <virtual-network-id>',
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli#permission-to-customize-images-on-your-virtual-networks",
    weight: "cause",
    retryable: false,
  },
  {
    id: "net-subnet-delegation",
    patterns: [/SubnetMissingRequiredDelegation/, /Subnet\s+missing\s+required\s+delegation/],
    where: resourceManager,
    cause:
      "The subnet given for the build's container (containerInstanceSubnetId) is not delegated to container groups.",
    remedy: "Delegate that subnet, and only that one, to Microsoft.ContainerInstance/containerGroups.",
    command:
      "az network vnet subnet update --resource-group <group> --vnet-name <network> --name <subnet> --delegations Microsoft.ContainerInstance/containerGroups",
    link: "https://github.com/Azure/dev-box-images/issues/8",
    weight: "cause",
    retryable: false,
  },
  {
    id: "net-subnet-delegated",
    patterns: [/since\s+it\s+has\s+delegation\(s\)\s+\[/],
    where: resourceManager,
    cause:
      "The subnet is delegated to another kind of resource, so the build VM and its network parts cannot be put into it.",
    remedy: "Use a subnet without delegation for the build VM (subnetId); the container's subnet is another one.",
    command:
      "az network vnet subnet show --resource-group <group> --vnet-name <network> --name <subnet> --query delegations",
    link: "https://github.com/MicrosoftDocs/azure-docs/issues/18010",
    weight: "cause",
    retryable: false,
  },
  {
    id: "net-pls-nic",
    patterns: [/networkInterfaces\/aibpls[^'"]{0,200}'[\s\S]{0,300}?was\s+not\s+found/],
    where: resourceManager,
    cause:
      "The service could not use the interface of its own private link, mostly because it lacks rights on the virtual network.",
    remedy: "Give the template's identity read on the virtual network and join on its subnets, then run again.",
    command:
      'az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role "Network Contributor" --scope <virtual-network-id>',
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#resource-is-not-found",
    weight: "cause",
    retryable: false,
  },
  {
    id: "net-pipeline",
    patterns: [/Error\s+setting\s+up\s+networking\s+pipeline\s+for\s+communication\s+with\s+build\s+VM/],
    where: resourceManager,
    cause:
      "The service could not lay its network path to the build VM. With an own staging group and network, its own " +
      "principal mostly lacks Contributor on that group.",
    remedy:
      "Give the principal of the service (Azure Virtual Machine Image Builder) Contributor on the staging resource group.",
    command:
      "az role assignment create --assignee cf32a0cc-373c-47c9-9156-0db11f6a6dfc --role Contributor --resource-group <staging-group>",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#authorization-error-occurs-with-creating-a-disk",
    weight: "cause",
    retryable: false,
  },
];
