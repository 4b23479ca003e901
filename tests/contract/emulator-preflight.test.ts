/** What checks before a build read, worlds that are wrong in one place, and that a build in such a world fails there. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { changeWorld, type WorldChange } from "../emulator/core/world-change.ts";
import { defaultWorld, readWorld, type WorldFile } from "../emulator/core/world-file.ts";
import { buildLog, lastRun, linuxBody, openSetup, type Setup } from "./virtual-machine-images-setup.ts";

interface List<T = Readonly<Record<string, unknown>>> {
  readonly value: readonly T[];
}

const SUBSCRIPTION = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const GROUP = `${SUBSCRIPTION}/resourceGroups/rg-images`;
const EVERYONE = "00000000-0000-0000-0000-000000000000";

describe("a world file that changes another", () => {
  const worlds = readdirSync(new URL("../emulator/worlds/preflight/", import.meta.url)).map((file) =>
    file.replace(/\.json$/, ""),
  );

  it("is of the form, for every world that comes with the emulator", () => {
    assert.ok(worlds.length > 3);
    for (const name of worlds) assert.ok(readWorld(`preflight/${name}`).resources.length > 0, name);
  });

  it("merges into single resources, makes new ones and removes others with what is below them", () => {
    const change: WorldChange = {
      resources: {
        "subnets/build": { properties: { addressPrefix: null, addressPrefixes: ["10.20.9.0/24"] } },
        "galleries/galimages": null,
        "{group}/providers/Microsoft.Authorization/locks/keep": { properties: { level: "ReadOnly" } },
      },
    };
    const { resources } = changeWorld(defaultWorld(), change);
    const subnet = resources.find(({ id }) => id.endsWith("/subnets/build"))?.["properties"] as object;
    assert.deepEqual(Object.keys(subnet).sort(), [
      "addressPrefixes",
      "natGateway",
      "networkSecurityGroup",
      "privateLinkServiceNetworkPolicies",
    ]);
    assert.ok(!resources.some(({ id }) => id.includes("/galleries/")));
    assert.ok(resources.some(({ id }) => id === `${GROUP}/providers/Microsoft.Authorization/locks/keep`));
  });

  const lost: readonly (readonly [string, WorldChange, RegExp])[] = [
    ["a resource", { resources: { "subnets/none": { properties: {} } } }, /names the resource 'subnets\/none'/],
    [
      "a role assignment",
      { roleAssignments: [{ principal: "pipeline", role: "Owner", remove: true }] },
      /pipeline: Owner/,
    ],
    ["a role", { roleDefinitions: { None: { add: ["x"] } } }, /custom role 'None'/],
    ["an action", { roleDefinitions: { "Image Builder pipeline": { remove: ["x"] } } }, /action 'x'/],
  ];
  for (const [what, change, message] of lost) {
    it(`refuses to change ${what} that is not there`, () => {
      assert.throws(() => changeWorld(defaultWorld(), change), message);
    });
  }
});

describe("checks before a build at the emulator", () => {
  let setup: Setup;
  before(async () => {
    setup = await openSetup();
  });
  after(() => setup.close());

  const become = async (change: WorldChange, parts: Partial<WorldFile> = {}): Promise<void> => {
    await setup.emulator.reset({ ...changeWorld(defaultWorld(), change), ...parts });
    await setup.reset();
  };
  const read = async <T>(path: string): Promise<T> => {
    const answer = await setup.send("GET", path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json<T>();
  };

  describe("in the right world", () => {
    before(() => become({}));

    const reads = [
      `${SUBSCRIPTION}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter=location eq 'westeurope'`,
      `${SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/usages?api-version=2024-07-01`,
      `${SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westeurope/usages?api-version=2023-05-01`,
      `${SUBSCRIPTION}/locations?api-version=2022-12-01`,
      `${SUBSCRIPTION}/providers?api-version=2021-04-01`,
      `${GROUP}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`,
      `${GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-build/usages?api-version=2024-05-01`,
    ];
    for (const path of reads) {
      it(`answers ${path.replace(SUBSCRIPTION, "…").split("?")[0]} with a list that is not empty`, async () => {
        assert.ok((await read<List>(encodeURI(path))).value.length > 0);
      });
    }

    const none = [
      "denyAssignments?api-version=2022-04-01",
      "locks?api-version=2020-05-01",
      "policyAssignments?api-version=2023-04-01",
    ];
    for (const path of none) {
      it(`has no ${path.split("?")[0]}`, async () => {
        assert.deepEqual(await read<List>(`${GROUP}/providers/Microsoft.Authorization/${path}`), { value: [] });
      });
    }

    it("tells generation, architecture and family of a size", async () => {
      const filter = encodeURIComponent("location eq 'westeurope'");
      const { value } = await read<List>(
        `${SUBSCRIPTION}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter=${filter}`,
      );
      const size = value.find(({ name }) => name === "Standard_D2ds_v5") ?? assert.fail("no such size");
      const capabilities = size["capabilities"] as readonly { readonly name: string; readonly value: string }[];
      const named = (wanted: string): string | undefined => capabilities.find(({ name }) => name === wanted)?.value;
      assert.deepEqual(
        [
          size["family"],
          size["restrictions"],
          named("HyperVGenerations"),
          named("CpuArchitectureType"),
          named("vCPUs"),
        ],
        ["standardDDSv5Family", [], "V1,V2", "x64", "2"],
      );
    });

    it("adds the six default rules to a security group, and 251 addresses to a /24", async () => {
      const network = `${GROUP}/providers/Microsoft.Network`;
      const { properties } = await read<{ readonly properties: Readonly<Record<string, readonly object[]>> }>(
        `${network}/networkSecurityGroups/nsg-build?api-version=2024-05-01`,
      );
      const { value } = await read<List>(`${network}/virtualNetworks/vnet-build/usages?api-version=2024-05-01`);
      assert.equal(properties["defaultSecurityRules"]?.length, 6);
      assert.deepEqual(
        value.map(({ limit }) => limit),
        [251, 251],
      );
    });

    it("has accepted the terms of one plan and not those of another", async () => {
      const terms = (publisher: string, offer: string, plan: string): Promise<{ properties: { accepted: boolean } }> =>
        read(
          `${SUBSCRIPTION}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/${publisher}/offers/${offer}/plans/${plan}/agreements/current?api-version=2021-01-01`,
        );
      const own = await terms("resf", "rockylinux-x86_64", "9-base");
      const other = await terms("center-for-internet-security-inc", "cis-ubuntu", "cis-ubuntulinux2204-l1-gen2");
      assert.deepEqual([own.properties.accepted, other.properties.accepted], [true, false]);
    });
  });

  describe("that ask what policies say", () => {
    const assigned = (rule: object): WorldChange => ({
      resources: {
        "{subscription}/providers/Microsoft.Authorization/policyDefinitions/d": { properties: { policyRule: rule } },
        "{subscription}/providers/Microsoft.Authorization/policyAssignments/a": {
          properties: {
            displayName: "House rule",
            policyDefinitionId: "{subscription}/providers/Microsoft.Authorization/policyDefinitions/d",
          },
        },
      },
    });
    const ask = async (resourceContent: object): Promise<Readonly<Record<string, unknown>>> => {
      const path = `${GROUP}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions?api-version=2024-10-01`;
      const body = { resourceDetails: { resourceContent }, pendingFields: [{ field: "name" }, { field: "tags" }] };
      const answer = await setup.send("POST", path, body);
      assert.equal(answer.status, 200, answer.text);
      return answer.json();
    };

    it("hear that a type is denied, and nothing of other types", async () => {
      const isVault = { field: "type", equals: "Microsoft.KeyVault/vaults" };
      await become(assigned({ if: isVault, then: { effect: "deny" } }));
      const vault = await ask({ type: "Microsoft.KeyVault/vaults", location: "westeurope" });
      const machine = await ask({ type: "Microsoft.Compute/virtualMachines", location: "westeurope" });
      const evaluations = (vault["contentEvaluationResult"] as { policyEvaluations: readonly object[] })
        .policyEvaluations;
      assert.equal(evaluations.length, 1);
      assert.deepEqual(machine, { fieldRestrictions: [], contentEvaluationResult: { policyEvaluations: [] } });
    });

    it("hear that a tag is required", async () => {
      const isBare = { field: "tags['costCenter']", exists: "false" };
      await become(assigned({ if: isBare, then: { effect: "deny" } }));
      const bare = await ask({ type: "Microsoft.Compute/virtualMachines", location: "westeurope" });
      const tagged = await ask({ type: "Microsoft.Compute/virtualMachines", tags: { costCenter: "1" } });
      const fields = (bare["fieldRestrictions"] as readonly { field: string }[]).map(({ field }) => field);
      assert.deepEqual([fields, tagged["fieldRestrictions"]], [["tags.costCenter"], []]);
    });

    it("see the same policy refuse a PUT", async () => {
      const isTemplate = { field: "type", equals: "Microsoft.VirtualMachineImages/imageTemplates" };
      await become(assigned({ if: isTemplate, then: { effect: "deny" } }));
      const put = await setup.send("PUT", `${setup.path("t")}?api-version=2025-10-01`, linuxBody(setup));
      assert.equal(put.status, 403);
      assert.match(put.text, /RequestDisallowedByPolicy.*'t' was disallowed by policy.*House rule/);
    });

    it("see it fail a run where it denies the build machine", async () => {
      const isMachine = { field: "type", equals: "Microsoft.Compute/virtualMachines" };
      await become(assigned({ if: isMachine, then: { effect: "deny" } }));
      assert.equal(await setup.create("t", linuxBody(setup)), "Succeeded");
      assert.equal(await setup.run("t"), "Failed");
      assert.match(await buildLog(setup, "t"), /RequestDisallowedByPolicy/);
    });
  });

  it("take rights of a group into account, and a deny assignment against them", async () => {
    const assignment = { principal: "builders", role: "Network Contributor", scope: GROUP };
    const builders = { name: "builders", objectId: "11111111-0000-4000-8000-000000000001", members: ["operator"] };
    const denial = "{group}/providers/Microsoft.Authorization/denyAssignments/11111111-0000-4000-8000-000000000002";
    const world = { ...defaultWorld(), groups: [builders] };
    const properties = {
      denyAssignmentName: "no joins",
      permissions: [{ actions: ["Microsoft.Network/*/join/action"] }],
      principals: [{ id: EVERYONE, type: "SystemDefined" }],
    };
    await setup.emulator.reset(
      changeWorld(world, { roleAssignments: [assignment], resources: { [denial]: { properties } } }),
    );
    const { permissions } = setup.emulator.world;
    const who = "e2f4a6b8-0000-4000-8000-7c9d0e1f2a3b";
    assert.equal(permissions.allows(who, "Microsoft.Network/virtualNetworks/write", GROUP), true);
    assert.equal(permissions.allows(who, "Microsoft.Network/virtualNetworks/subnets/join/action", GROUP), false);
    const list = (filter: string): Promise<List> =>
      read(`${GROUP}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${filter}`);
    const byRole = [
      await list(encodeURIComponent(`assignedTo('${who}')`)),
      await list(encodeURIComponent(`principalId eq '${who}'`)),
    ];
    assert.deepEqual(
      byRole.map(({ value }) => value.length),
      [2, 1],
    );
  });

  it("see a read-only lock refuse a PUT in its group", async () => {
    await become({
      resources: { "{group}/providers/Microsoft.Authorization/locks/keep": { properties: { level: "ReadOnly" } } },
    });
    const put = await setup.send("PUT", `${setup.path("t")}?api-version=2025-10-01`, linuxBody(setup));
    assert.equal(put.status, 409);
    assert.match(put.text, /ScopeLocked/);
  });

  describe("a build in a wrong world", () => {
    const inMessage: readonly (readonly [string, WorldChange, Partial<WorldFile>, RegExp])[] = [
      [
        "a provider is not registered",
        { registered: { "Microsoft.ContainerInstance": false } },
        {},
        /Container Instances provider not registered/,
      ],
      [
        "the container quota is used up",
        {},
        { catalogue: { containerQuotas: { ContainerGroups: { currentValue: 100 } } } },
        /Container Instances quota exceeded/,
      ],
      [
        "the definition is of another generation",
        { resources: { "images/ubuntu-web": { properties: { hyperVGeneration: "V1" } } } },
        {},
        /different Hypervisor generation/,
      ],
      [
        "the definition is of another architecture",
        { resources: { "images/ubuntu-web": { properties: { architecture: "Arm64" } } } },
        {},
        /different architecture/,
      ],
      [
        "the gallery is locked",
        {
          resources: {
            "{group}/providers/Microsoft.Compute/galleries/galimages/providers/Microsoft.Authorization/locks/keep": {
              properties: { level: "ReadOnly" },
            },
          },
        },
        {},
        /are locked/,
      ],
    ];
    for (const [what, change, parts, message] of inMessage) {
      it(`fails when ${what}`, async () => {
        await become(change, parts);
        await setup.create("t", linuxBody(setup));
        assert.equal(await setup.run("t"), "Failed");
        assert.match(lastRun(setup, "t").message, message);
      });
    }

    const restricted = { restrictions: [{ type: "Location", reasonCode: "NotAvailableForSubscription" }] } as const;
    const inLog: readonly (readonly [string, Partial<WorldFile>, RegExp])[] = [
      [
        "the size is not offered",
        { catalogue: { sizes: { Standard_D2ds_v4: null } } },
        /provided for the VM size is not valid/,
      ],
      ["the size is restricted", { catalogue: { sizes: { Standard_D2ds_v4: restricted } } }, /SkuNotAvailable/],
      [
        "the size cannot boot the image",
        { catalogue: { sizes: { Standard_D2ds_v4: { generations: "V1" } } } },
        /cannot boot Hypervisor Generation '2'/,
      ],
      [
        "the family's quota is used up",
        { catalogue: { quotas: { standardDDSv4Family: { currentValue: 99 } } } },
        /exceeding approved standardDDSv4Family Cores quota/,
      ],
      [
        "the region's quota is used up",
        { catalogue: { quotas: { cores: { currentValue: 100 } } } },
        /exceeding approved Total Regional Cores quota/,
      ],
      [
        "the image is withdrawn",
        { catalogue: { images: { "Canonical:ubuntu-24_04-lts:server": { state: "Deprecated" } } } },
        /is deprecated/,
      ],
    ];
    for (const [what, parts, line] of inLog) {
      it(`fails when ${what}`, async () => {
        await become({}, parts);
        await setup.create("t", linuxBody(setup));
        assert.equal(await setup.run("t"), "Failed");
        assert.match(await buildLog(setup, "t"), line);
      });
    }
  });
});
