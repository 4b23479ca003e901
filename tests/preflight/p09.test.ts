import assert from "node:assert/strict";
import { openStage, type Stage } from "./stage.ts";
import { told, type Told } from "./told.ts";

const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;
const subnet = (network: string, name: string): string =>
  `${group}/providers/Microsoft.Network/virtualNetworks/${network}/subnets/${name}`;
const faulty = (name: string): string => subnet("vnet-faults", name);
const hub =
  "/subscriptions/b7d1f0a4-0000-4000-8000-2c9e5d8a7b61/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets";
const windows = {
  sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2",
  inlineScript: "dir",
  galleryImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
};
/** Overrides that name the container's subnet. */
const containersBy = (id: string): string =>
  JSON.stringify({ properties: { vmProfile: { vnetConfig: { containerInstanceSubnetId: id } } } });

type Row = readonly [title: string, inputs: Readonly<Record<string, string>>, findings: readonly Told[]];

const wrong: readonly Row[] = [
  [
    "that there is no such network",
    { subnet: subnet("vnet-gone", "build") },
    [
      {
        code: "AIB048",
        message: `There is no virtual network vnet-gone in the resource group rg-images of subscription ${subscription}; the template would be refused.`,
        remedy: "Name a subnet of a network that is there.",
        commands: [`az network vnet list --subscription ${subscription} --output table`],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the network has no such subnet",
    { subnet: faulty("gone") },
    [
      {
        code: "AIB048",
        message: "The virtual network vnet-faults has no subnet gone; the template would be refused.",
        remedy: "Name a subnet that is there, or have it made.",
        commands: [
          `az network vnet subnet list --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --output table`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the network is in another region",
    { subnet: subnet("vnet-north", "build") },
    [
      {
        code: "AIB049",
        message:
          "The virtual network vnet-north is in northeurope, and the template is in westeurope; the run would fail when the service puts its machines into the network.",
        remedy: "Use a network in westeurope, or build in northeurope.",
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the network is in another subscription",
    { subnet: `${hub}/build`, containerInstanceSubnet: `${hub}/containers` },
    [
      {
        code: "AIB050",
        message: `The subnet vnet-hub/build (for the build VM) is in subscription b7d1f0a4-0000-4000-8000-2c9e5d8a7b61, and the template is in ${subscription}; the service may not be able to join it.`,
        remedy: "Use a network of the template's subscription.",
        input: "subnet",
        severity: "warning",
      },
      {
        code: "AIB050",
        message: `The subnet vnet-hub/containers (for the build's container) is in subscription b7d1f0a4-0000-4000-8000-2c9e5d8a7b61, and the template is in ${subscription}; a container group can only join a network of its own subscription.`,
        remedy: "Use a network of the template's subscription.",
        input: "containerInstanceSubnet",
        severity: "warning",
      },
    ],
  ],
  [
    "that no address is free",
    { subnet: faulty("full") },
    [
      {
        code: "AIB051",
        message:
          "The subnet vnet-faults/full (for the build VM) has no free address; the run would fail when the service puts its machines into it.",
        remedy: "Use a larger subnet, or remove what is not used from this one.",
        commands: [
          `az rest --method get --url ${group}/providers/Microsoft.Network/virtualNetworks/vnet-faults/usages?api-version=2024-05-01`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that few addresses are free",
    { subnet: faulty("narrow") },
    [
      {
        code: "AIB052",
        message:
          "The subnet vnet-faults/narrow (for the build VM) has 2 free addresses; builds that run side by side may not find one.",
        remedy: "Use a larger subnet, or remove what is not used from this one.",
        commands: [
          `az rest --method get --url ${group}/providers/Microsoft.Network/virtualNetworks/vnet-faults/usages?api-version=2024-05-01`,
        ],
        input: "subnet",
        severity: "warning",
      },
    ],
  ],
  [
    "that a private subnet has no way out",
    { subnet: faulty("private") },
    [
      {
        code: "AIB053",
        message:
          "The subnet vnet-faults/private (for the build VM) is private (defaultOutboundAccess is false) and has neither a NAT gateway nor a route table; nothing can be downloaded in the build VM, and the run would fail.",
        remedy: "Give the subnet a NAT gateway, or a route to a firewall.",
        commands: [
          `az network public-ip create --subscription ${subscription} --resource-group rg-images --name vnet-faults-nat --sku Standard`,
          `az network nat gateway create --subscription ${subscription} --resource-group rg-images --name vnet-faults-nat --public-ip-addresses vnet-faults-nat`,
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name private --nat-gateway vnet-faults-nat`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "where the default route leads",
    { subnet: faulty("routed") },
    [
      {
        code: "AIB055",
        message:
          "The route table rt-firewall sends what leaves the subnet vnet-faults/routed (for the build VM) to 10.30.255.4; what that does not let through fails, or hangs until the build's time is over.",
        remedy:
          "See that it lets through: TCP 443 to Azure (Resource Manager, storage), and to all that the scripts download from.",
        input: "subnet",
        severity: "warning",
      },
    ],
  ],
  [
    "that a rule denies HTTPS to the Internet",
    { subnet: faulty("no-internet") },
    [
      {
        code: "AIB057",
        message:
          "In the network security group nsg-no-internet the rule NoInternet (priority 200) keeps TCP 443 to Internet from leaving the subnet vnet-faults/no-internet (for the build VM); the build VM could not reach Azure or download anything, and the run would fail.",
        remedy: "Allow TCP 443 to Internet ahead of that rule.",
        commands: [
          `az network nsg rule create --subscription ${subscription} --resource-group rg-images --nsg-name nsg-no-internet --name AzureImageBuilderOut443 --priority 199 --direction Outbound --access Allow --protocol Tcp --source-address-prefixes VirtualNetwork --destination-address-prefixes Internet --destination-port-ranges 443`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the build VM's subnet is delegated",
    { subnet: faulty("delegated") },
    [
      {
        code: "AIB061",
        message:
          "The subnet vnet-faults/delegated (for the build VM) is delegated to Microsoft.Web/serverFarms and takes no VM; the run would fail when the service makes it.",
        remedy: "Name a subnet that is not delegated, or take the delegation off.",
        commands: [
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name delegated --remove delegations`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that policies for private links are on",
    { subnet: faulty("policies-on") },
    [
      {
        code: "AIB058",
        message:
          "The subnet vnet-faults/policies-on (for the build VM) has privateLinkServiceNetworkPolicies Enabled, and must have them Disabled: the service puts a private link into it. The run would fail after some minutes.",
        remedy:
          "Turn them off (the portal has no switch for it), or name a subnet for the container too, which needs no private link.",
        commands: [
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name policies-on --private-link-service-network-policies Disabled`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that a rule denies the load balancer's probes",
    { subnet: faulty("no-probes") },
    [
      {
        code: "AIB059",
        message:
          "In the network security group nsg-no-probes the rule DenyAll (priority 300) keeps TCP 60000 of Azure's load balancer from the subnet vnet-faults/no-probes (for the build VM); the service could not reach the build VM, and the run would fail.",
        remedy: "Allow TCP 60000-60001 from AzureLoadBalancer to VirtualNetwork, ahead of that rule.",
        commands: [
          `az network nsg rule create --subscription ${subscription} --resource-group rg-images --nsg-name nsg-no-probes --name AzureImageBuilder --priority 299 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes AzureLoadBalancer --destination-address-prefixes VirtualNetwork --destination-port-ranges 60000-60001`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the container's subnet is not delegated",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-undelegated") },
    [
      {
        code: "AIB060",
        message:
          "The subnet vnet-faults/containers-undelegated (for the build's container) is not delegated, and must be delegated to Microsoft.ContainerInstance/containerGroups; the run would fail when the service makes the container.",
        remedy: "Delegate it.",
        commands: [
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name containers-undelegated --delegations Microsoft.ContainerInstance/containerGroups`,
        ],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the container's subnet is delegated to another service",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-of-others") },
    [
      {
        code: "AIB060",
        message:
          "The subnet vnet-faults/containers-of-others (for the build's container) is delegated to Microsoft.Web/serverFarms, and must be delegated to Microsoft.ContainerInstance/containerGroups; the run would fail when the service makes the container.",
        remedy: "Delegate it.",
        commands: [
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name containers-of-others --delegations Microsoft.ContainerInstance/containerGroups`,
        ],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the container's subnet has no NAT gateway, as a warning",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-without-gateway") },
    [
      {
        code: "AIB054",
        message:
          "The subnet vnet-faults/containers-without-gateway (for the build's container) has no NAT gateway. The documents disagree on whether a container gets out without one; if it does not, the run fails before the build VM is made.",
        remedy: "Give the subnet a NAT gateway.",
        commands: [
          `az network public-ip create --subscription ${subscription} --resource-group rg-images --name vnet-faults-nat --sku Standard`,
          `az network nat gateway create --subscription ${subscription} --resource-group rg-images --name vnet-faults-nat --public-ip-addresses vnet-faults-nat`,
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name containers-without-gateway --nat-gateway vnet-faults-nat`,
        ],
        input: "containerInstanceSubnet",
        severity: "warning",
      },
    ],
  ],
  [
    "that the container's subnet is private and has no way out",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-private") },
    [
      {
        code: "AIB053",
        message:
          "The subnet vnet-faults/containers-private (for the build's container) is private (defaultOutboundAccess is false) and has neither a NAT gateway nor a route table; the container cannot get its image or reach storage, and the run would fail.",
        remedy: "Give the subnet a NAT gateway, or a route to a firewall.",
        commands: [
          `az network public-ip create --subscription ${subscription} --resource-group rg-images --name vnet-faults-nat --sku Standard`,
          `az network nat gateway create --subscription ${subscription} --resource-group rg-images --name vnet-faults-nat --public-ip-addresses vnet-faults-nat`,
          `az network vnet subnet update --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --name containers-private --nat-gateway vnet-faults-nat`,
        ],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "what a firewall must let the container through to",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-routed") },
    [
      {
        code: "AIB055",
        message:
          "The route table rt-firewall sends what leaves the subnet vnet-faults/containers-routed (for the build's container) to 10.30.255.4; what that does not let through fails, or hangs until the build's time is over.",
        remedy:
          "See that it lets through: TCP 443 to the Internet (the container's image), TCP 443 and 445 to storage, and TCP 22 to the build VM's subnet.",
        input: "containerInstanceSubnet",
        severity: "warning",
      },
    ],
  ],
  [
    "the ports of Windows",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-routed"), ...windows },
    [
      {
        code: "AIB055",
        message:
          "The route table rt-firewall sends what leaves the subnet vnet-faults/containers-routed (for the build's container) to 10.30.255.4; what that does not let through fails, or hangs until the build's time is over.",
        remedy:
          "See that it lets through: TCP 443 to the Internet (the container's image), TCP 443 and 445 to storage, and TCP 5986 to the build VM's subnet.",
        input: "containerInstanceSubnet",
        severity: "warning",
      },
    ],
  ],
  [
    "that a rule denies the storage share",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-no-shares") },
    [
      {
        code: "AIB057",
        message:
          "In the network security group nsg-no-shares the rule NoShares (priority 200) keeps TCP 445 to Storage from leaving the subnet vnet-faults/containers-no-shares (for the build's container); the container could not start, and the run would fail.",
        remedy: "Allow TCP 445 to Storage ahead of that rule.",
        commands: [
          `az network nsg rule create --subscription ${subscription} --resource-group rg-images --nsg-name nsg-no-shares --name AzureImageBuilderOut445 --priority 199 --direction Outbound --access Allow --protocol Tcp --source-address-prefixes VirtualNetwork --destination-address-prefixes Storage --destination-port-ranges 445`,
        ],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that a rule denies SSH out of the container's subnet",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-no-ssh") },
    [
      {
        code: "AIB063",
        message:
          "In the network security group nsg-no-ssh the rule NoSsh (priority 150) keeps TCP 22 (SSH) of the subnet vnet-faults/containers-no-ssh (for the build's container) from the subnet vnet-faults/build (for the build VM); the service could not reach the build VM, and the run would fail when it has waited long enough.",
        remedy: "Allow TCP 22 from 10.30.21.0/24 to 10.30.1.0/24 ahead of that rule.",
        commands: [
          `az network nsg rule create --subscription ${subscription} --resource-group rg-images --nsg-name nsg-no-ssh --name AzureImageBuilderOutbound22 --priority 149 --direction Outbound --access Allow --protocol Tcp --source-address-prefixes 10.30.21.0/24 --destination-address-prefixes 10.30.1.0/24 --destination-port-ranges 22`,
        ],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that a rule denies SSH into the build VM's subnet",
    { subnet: faulty("no-neighbours"), containerInstanceSubnet: faulty("containers") },
    [
      {
        code: "AIB063",
        message:
          "In the network security group nsg-no-neighbours the rule NoNeighbours (priority 4000) keeps TCP 22 (SSH) of the subnet vnet-faults/containers (for the build's container) from the subnet vnet-faults/no-neighbours (for the build VM); the service could not reach the build VM, and the run would fail when it has waited long enough.",
        remedy: "Allow TCP 22 from 10.30.2.0/24 to 10.30.14.0/24 ahead of that rule.",
        commands: [
          `az network nsg rule create --subscription ${subscription} --resource-group rg-images --nsg-name nsg-no-neighbours --name AzureImageBuilderInbound22 --priority 400 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes 10.30.2.0/24 --destination-address-prefixes 10.30.14.0/24 --destination-port-ranges 22`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "that a rule denies WinRM into the build VM's subnet",
    { subnet: faulty("no-neighbours"), containerInstanceSubnet: faulty("containers"), ...windows },
    [
      {
        code: "AIB063",
        message:
          "In the network security group nsg-no-neighbours the rule NoNeighbours (priority 4000) keeps TCP 5986 (WinRM) of the subnet vnet-faults/containers (for the build's container) from the subnet vnet-faults/no-neighbours (for the build VM); the service could not reach the build VM, and the run would fail when it has waited long enough.",
        remedy: "Allow TCP 5986 from 10.30.2.0/24 to 10.30.14.0/24 ahead of that rule.",
        commands: [
          `az network nsg rule create --subscription ${subscription} --resource-group rg-images --nsg-name nsg-no-neighbours --name AzureImageBuilderInbound5986 --priority 400 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes 10.30.2.0/24 --destination-address-prefixes 10.30.14.0/24 --destination-port-ranges 5986`,
        ],
        input: "subnet",
        severity: "error",
      },
    ],
  ],
  [
    "what else is in the container's subnet",
    { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-occupied") },
    [
      {
        code: "AIB056",
        message:
          "The subnet vnet-faults/containers-occupied (for the build's container) holds other things than container groups: Microsoft.Web/serverfarms, nic-1. The run would fail when the service makes the container.",
        remedy: "Use a subnet that holds container groups alone.",
        commands: [
          `az network vnet subnet list --subscription ${subscription} --resource-group rg-images --vnet-name vnet-faults --output table`,
        ],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that overrides name one subnet twice",
    { subnet: faulty("build"), templateOverrides: containersBy(faulty("build")) },
    [
      {
        code: "AIB062",
        message:
          "The template's subnetId and containerInstanceSubnetId are the same subnet vnet-faults/build; a subnet for containers takes no VM. The template would be refused, or the run would fail.",
        remedy: "Name two different subnets of one virtual network.",
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that overrides name subnets of two networks",
    { subnet: faulty("build"), templateOverrides: containersBy(subnet("vnet-build", "containers")) },
    [
      {
        code: "AIB062",
        message:
          "The template's subnetId is in the virtual network vnet-faults, and containerInstanceSubnetId in vnet-build; the container must reach the build VM inside one network. The template would be refused, or the run would fail.",
        remedy: "Name two different subnets of one virtual network.",
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
];

describe("P9 in the right world", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage()));
  after(() => stage.close());
  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["one subnet", { subnet: subnet("vnet-build", "build") }],
    [
      "two subnets",
      { subnet: subnet("vnet-build", "build"), containerInstanceSubnet: subnet("vnet-build", "containers") },
    ],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P9", { inputs });
      assert.deepEqual([result.status, result.findings, result.notRead], ["ok", [], []]);
    });
  }
});

describe("P9 where networks are wrong", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/networks" })));
  after(() => stage.close());

  for (const [title, inputs, findings] of wrong) {
    it(`says ${title}`, async () => {
      assert.deepEqual(told(await stage.check("P9", { inputs })), findings);
    });
  }

  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["a subnet without anything attached", { subnet: faulty("build") }],
    ["a private subnet with a NAT gateway", { subnet: faulty("private-with-gateway") }],
    ["a rule for probes ahead of a denial", { subnet: faulty("probes-first") }],
    ["a denial behind a rule that may let the way out pass", { subnet: faulty("some-internet") }],
    [
      "a denial of SSH where WinRM is used",
      { subnet: faulty("build"), containerInstanceSubnet: faulty("containers-no-ssh"), ...windows },
    ],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P9", { inputs });
      assert.deepEqual([result.status, result.findings], ["ok", []]);
    });
  }
});

describe("P9 where reading is forbidden", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/network-rules-unread" })));
  after(() => stage.close());

  it("names the missing permission, and finds nothing", async () => {
    const { status, findings, notRead } = await stage.check("P9", {
      inputs: { subnet: subnet("vnet-build", "build") },
    });
    assert.deepEqual([status, findings], ["notChecked", []]);
    assert.deepEqual([...new Set(notRead.map((why) => why.split(":")[0]))].sort(), [
      "Microsoft.Network/networkSecurityGroups/read",
      "Microsoft.Network/virtualNetworks/usages/read",
    ]);
    for (const why of notRead) assert.match(why, /HTTP 403\. AuthorizationFailed/);
  });
});
