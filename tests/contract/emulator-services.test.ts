/** Identities, roles and networks of the emulator, request by request. */
import assert from "node:assert/strict";
import { covers } from "../emulator/core/permissions.ts";
import { type PlainAnswer, type PlainRequest, pipelineToken, send } from "../emulator/core/testing.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";

interface Named {
  readonly id: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface List {
  readonly value: readonly Named[];
}

describe("the neighbours of the image builder at the emulator", () => {
  let emulator: Emulator;
  let token: string;
  before(async () => {
    emulator = await createEmulator();
  });
  after(() => emulator.close());
  beforeEach(async () => {
    await emulator.reset();
    const owner = emulator.world.roleDefinitions.find(({ roleName }) => roleName === "Owner")?.name ?? "";
    emulator.world.roleAssignments.push({
      id: `${subscription()}/providers/Microsoft.Authorization/roleAssignments/${emulator.world.newGuid()}`,
      principalId: emulator.world.roleAssignments[0]?.principalId ?? "",
      roleDefinitionId: `${subscription()}/providers/Microsoft.Authorization/roleDefinitions/${owner}`,
      scope: subscription(),
    });
    token = await pipelineToken(emulator);
  });

  const subscription = (): string => `/subscriptions/${emulator.description.subscriptionId}`;
  const group = (): string => emulator.description.resources.resourceGroup;
  const call = (asked: PlainRequest): Promise<PlainAnswer> => send(emulator, { token, ...asked });
  const codeOf = (answer: PlainAnswer): readonly [number, string] => [
    answer.status,
    answer.json<{ error: { code: string } }>().error.code,
  ];
  const identity = (name: string): string =>
    `${group()}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}?api-version=2023-01-31`;
  const assign = (properties: Record<string, unknown>, name = emulator.world.newGuid()) =>
    call({
      method: "PUT",
      url: `${group()}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`,
      body: { properties },
    });
  const contributor = (): string =>
    `${subscription()}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;

  it("make an identity at once, with a relative address and ids in the service's spelling", async () => {
    const made = await call({ method: "PUT", url: identity("id-new"), body: { location: "westus" } });
    const body = made.json<Named & { location: string; tags: object }>();
    assert.equal(made.status, 201);
    assert.equal(made.headers.location, body.id);
    assert.ok(body.id.includes("/resourcegroups/"), body.id);
    assert.deepEqual(Object.keys(body.properties), ["tenantId", "principalId", "clientId"]);
    assert.deepEqual([body.location, body.tags], ["westus", {}]);
    const again = await call({
      method: "PUT",
      url: identity("id-new"),
      body: { location: "westus", tags: { a: "b" } },
    });
    assert.equal(again.status, 200);
    assert.equal(again.json<Named>().properties["principalId"], body.properties["principalId"]);
    const listed = await call({ url: identity("").replace("/?", "?") });
    assert.deepEqual(
      listed.json<List>().value.map(({ name }) => name),
      ["id-imagebuilder", "id-agent", "id-new"],
    );
    assert.equal((await call({ method: "DELETE", url: identity("id-new") })).status, 200);
    assert.deepEqual(codeOf(await call({ url: identity("id-new") })), [404, "ResourceNotFound"]);
  });

  it("refuse a region that does not exist, and a body without one", async () => {
    const nowhere = await call({ method: "PUT", url: identity("id-new"), body: { location: "atlantis" } });
    assert.deepEqual(codeOf(nowhere), [400, "LocationNotAvailableForResourceType"]);
    const without = await call({ method: "PUT", url: identity("id-new"), body: {} });
    assert.deepEqual(codeOf(without), [400, "LocationRequired"]);
    const broken = await call({ method: "PUT", url: identity("id-new"), body: "{" });
    assert.deepEqual(codeOf(broken), [400, "InvalidRequestContent"]);
  });

  it("assign a role once, and say so when it is there already", async () => {
    const principalId = "27e3fe0a-0000-4000-8000-4666831b100b";
    const made = await assign({ roleDefinitionId: contributor(), principalId });
    assert.equal(made.status, 201);
    assert.equal(made.json<Named>().properties["scope"], group());
    assert.deepEqual(codeOf(await assign({ roleDefinitionId: contributor(), principalId })), [
      409,
      "RoleAssignmentExists",
    ]);
    const other = await assign(
      { roleDefinitionId: contributor(), principalId: "9a8b7c6d-0000-4000-8000-5e4f3a2b1c0d" },
      made.json<Named>().name,
    );
    assert.deepEqual(codeOf(other), [409, "RoleAssignmentUpdateNotPermitted"]);
  });

  it("do not know a new identity for a while, unless told its kind", async () => {
    const made = await call({ method: "PUT", url: identity("id-new"), body: { location: "westus" } });
    const principalId = made.json<Named>().properties["principalId"];
    const early = await assign({ roleDefinitionId: contributor(), principalId });
    assert.deepEqual(codeOf(early), [400, "PrincipalNotFound"]);
    assert.ok(early.text.includes(`Principal ${String(principalId).replaceAll("-", "")} does not exist`));
    assert.equal(
      (await assign({ roleDefinitionId: contributor(), principalId, principalType: "ServicePrincipal" })).status,
      201,
    );
  });

  it("know a new identity after a while", async () => {
    const made = await call({ method: "PUT", url: identity("id-new"), body: { location: "westus" } });
    await emulator.adjustClock({ advanceMs: 31_000 });
    const principalId = made.json<Named>().properties["principalId"];
    assert.equal((await assign({ roleDefinitionId: contributor(), principalId })).status, 201);
  });

  it("refuse a role that does not exist", async () => {
    const roleDefinitionId = contributor().replace(/.{4}$/, "0000");
    const answer = await assign({ roleDefinitionId, principalId: "27e3fe0a-0000-4000-8000-4666831b100b" });
    assert.deepEqual(codeOf(answer), [400, "RoleDefinitionDoesNotExist"]);
  });

  it("list role assignments by scope and by principal as the specification words the filters", async () => {
    const list = async (scope: string, filter?: string): Promise<readonly unknown[]> => {
      const query = filter === undefined ? "" : `&$filter=${encodeURIComponent(filter)}`;
      const answer = await call({
        url: `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01${query}`,
      });
      return answer.json<List>().value.map(({ properties }) => properties["scope"]);
    };
    const account = emulator.description.resources.storageAccount;
    assert.deepEqual(await list(group(), "atScope()"), [
      subscription(),
      group(),
      group(),
      subscription(),
      subscription(),
    ]);
    assert.deepEqual(await list(group()), [
      subscription(),
      account,
      group(),
      group(),
      subscription(),
      account,
      subscription(),
    ]);
    const identityId = "27e3fe0a-0000-4000-8000-4666831b100b";
    assert.deepEqual(await list(account, `assignedTo('${identityId}')`), [group()]);
    assert.deepEqual(await list(subscription(), `principalId eq '${identityId}'`), [group()]);
  });

  it("tell the caller's permissions at a scope, and what a role means", async () => {
    const permissions = await call({
      url: `${group()}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`,
    });
    const actions = permissions.json<{ value: { actions: string[] }[] }>().value.map((one) => one.actions);
    assert.equal(actions.length, 2);
    assert.deepEqual(actions[1], ["*"]);
    const filter = encodeURIComponent("roleName eq 'Storage Blob Data Reader'");
    const roles = await call({
      url: `${subscription()}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=${filter}`,
    });
    assert.deepEqual(
      roles.json<List>().value.map(({ name }) => name),
      ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"],
    );
    const one = await call({ url: `${contributor()}?api-version=2022-04-01` });
    assert.equal(one.json<Named>().properties["roleName"], "Contributor");
  });

  it("take a right away with the assignment that gave it", async () => {
    const owner = emulator.world.roleAssignments[emulator.world.roleAssignments.length - 1];
    const removed = await call({ method: "DELETE", url: `${owner?.id ?? ""}?api-version=2022-04-01` });
    assert.equal(removed.status, 200);
    assert.deepEqual(codeOf(await call({ method: "PUT", url: identity("x"), body: { location: "westus" } })), [
      403,
      "AuthorizationFailed",
    ]);
  });

  it("show a network with its subnets, policies and delegations", async () => {
    const network = emulator.description.resources.subnet.replace(/\/subnets\/.*$/, "");
    const answer = await call({ url: `${network}?api-version=2024-05-01` });
    const { subnets } = answer.json<{ properties: { subnets: Named[] } }>().properties;
    assert.deepEqual(
      subnets.map(({ name, properties }) => [name, properties["privateLinkServiceNetworkPolicies"]]),
      [
        ["build", "Disabled"],
        ["containers", "Enabled"],
      ],
    );
    const delegated = await call({ url: `${network}/subnets/containers?api-version=2024-05-01` });
    assert.ok(delegated.text.includes("Microsoft.ContainerInstance/containerGroups"));
    assert.deepEqual(codeOf(await call({ url: `${network}/subnets/absent?api-version=2024-05-01` })), [
      404,
      "NotFound",
    ]);
    assert.deepEqual(codeOf(await call({ url: `${network}x/subnets/build?api-version=2024-05-01` })), [
      404,
      "ResourceNotFound",
    ]);
  });

  it("show the subscription and the tenant's subscriptions", async () => {
    const one = await call({ url: `${subscription()}?api-version=2022-12-01` });
    const all = await call({ url: "/subscriptions?api-version=2022-12-01" });
    assert.equal(one.json<{ displayName: string }>().displayName, "Images");
    assert.equal(all.json<{ value: unknown[] }>().value.length, 1);
  });
});

describe("role patterns", () => {
  for (const [pattern, action, isCovered] of [
    ["*", "Microsoft.Compute/images/read", true],
    ["*/read", "Microsoft.Compute/galleries/images/versions/read", true],
    ["*/read", "Microsoft.Compute/images/write", false],
    [
      "Microsoft.VirtualMachineImages/imageTemplates/*",
      "microsoft.virtualmachineimages/imagetemplates/run/action",
      true,
    ],
    ["Microsoft.VirtualMachineImages/imageTemplates/*", "Microsoft.VirtualMachineImages/imageTemplates", false],
    ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write", true],
    [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
      true,
    ],
    ["Microsoft.Compute/images/read", "Microsoft.Compute/images/read/action", false],
    [
      "Microsoft.Compute/locations/publishers/*/read",
      "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read",
      true,
    ],
  ] as const) {
    it(`${pattern} ${isCovered ? "covers" : "does not cover"} ${action}`, () => {
      assert.equal(covers(pattern, action), isCovered);
    });
  }
});
