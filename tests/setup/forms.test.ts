/** The four forms of samples/setup make the same: azuredeploy.json is evaluated, and the others are held against it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ComputeManagementClient } from "@azure/arm-compute";
import { StorageManagementClient } from "@azure/arm-storage";
import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import { evaluateArm, evaluateOutputs } from "./arm.ts";
import { bicepOutputs, defaultOf, evaluateBicep, readBicep } from "./bicep.ts";
import { group, type Json, type JsonObject, type Made, madeId, type Settings, subscription, textOf } from "./place.ts";
import { madeBy, rolesBy, runScript, runWith } from "./script.ts";
import { armTemplate, everything, isAssignment, readSetup, type RoleFile, setupFolder } from "./stage.ts";
import { evaluateTerraform, knownKinds, readTerraform, snake } from "./terraform.ts";

const run = promisify(execFile);
const least = { pipelinePrincipalId: "11111111-0000-4000-8000-000000000001", storageAccountName: "stimages" };
/** Examples that turn every condition on and off. */
const examples: Readonly<Record<string, Settings>> = {
  everything,
  "the least": least,
  "a network of another name, and no logs": {
    ...least,
    virtualNetworkName: "vnet-other",
    addressPrefix: "10.9.0.0/16",
    buildSubnetPrefix: "10.9.1.0/24",
    containerSubnetPrefix: "10.9.2.0/24",
    readBuildLogs: false,
  },
  "one connection for both tasks": {
    ...least,
    lifecyclePrincipalId: least.pipelinePrincipalId,
    lifecycleDeletes: true,
    containerName: "artifacts",
    blobRetentionDays: 9,
    roleNameSuffix: " (web)",
  },
  "a connection that promotes, and Windows": {
    ...least,
    lifecyclePrincipalId: "11111111-0000-4000-8000-000000000002",
    osType: "Windows",
    imageDefinitionName: "windows-11",
    galleryName: "galother",
    identityName: "id-other",
    buildVmIdentityName: "id-vm",
    managedImages: true,
  },
};

const roleFiles = readdirSync(join(setupFolder, "roles")).map((name) => name.replace(/\.json$/, ""));
const file = (name: string): string => join(setupFolder, name);
const bicep = readBicep(file("main.bicep"));
const sorted = <T>(all: readonly T[]): readonly T[] =>
  [...all].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
const isRole = ({ type }: Pick<Made, "type">): boolean => type === "Microsoft.Authorization/roleDefinitions";

/** Without what a form says in its own way: api-version and order of making. */
const bare = ({ type, name, scope, body }: Omit<Made, "apiVersion" | "dependsOn">): JsonObject => ({
  type,
  name,
  scope,
  body,
});

/** Resources as they are; assignments by the name of their role. */
function essence(made: readonly Made[]): readonly JsonObject[] {
  const nameOf = new Map(
    made.filter(isRole).map((role) => [madeId(role), (role.body["properties"] as JsonObject)["roleName"] ?? ""]),
  );
  return sorted(
    made
      .filter((one) => !isRole(one))
      .map((one) => {
        if (!isAssignment(one)) return bare(one);
        const { roleDefinitionId, principalId } = one.body["properties"] as Readonly<Record<string, string>>;
        const role = nameOf.get(roleDefinitionId ?? "");
        assert.ok(role !== undefined, `${roleDefinitionId ?? ""} is not made`);
        return { type: one.type, name: "", scope: one.scope, body: { role, principal: principalId ?? "" } };
      }),
  );
}

describe("azuredeploy.json of samples/setup", () => {
  it("has the roles of the folder roles, each with a name of its own", () => {
    const { variables } = readSetup<{ readonly variables: { readonly roles: JsonObject } }>("azuredeploy.json");
    const expected = Object.fromEntries(roleFiles.map((key) => [key, readSetup<RoleFile>(`roles/${key}.json`)]));
    assert.deepEqual(variables.roles, expected);
    const names = Object.values(expected).map(({ Name }) => Name);
    assert.equal(new Set(names).size, names.length);
  });

  for (const [title, settings] of Object.entries(examples)) {
    it(`makes nothing before what it stands on, and nothing twice: ${title}`, () => {
      const made = evaluateArm(armTemplate, settings);
      const ids = made.map(madeId).map((id) => id.toLowerCase());
      assert.equal(new Set(ids).size, ids.length);
      for (const { dependsOn, scope, type, body } of made.filter(({ type }) => !isRole({ type }))) {
        for (const id of dependsOn.filter((one) => one.startsWith("/") && !one.includes("/deployments/")))
          assert.ok(ids.includes(id.toLowerCase()), `${type} waits for ${id}, which is not made`);
        const names = [scope, ...(JSON.stringify(body).match(/\/subscriptions\/[^"]*/g) ?? [])];
        const ours = names.filter((id) => ids.includes(id.toLowerCase()) && !id.includes("roleDefinitions"));
        assert.deepEqual(
          ours.filter((id) => !dependsOn.includes(id)),
          [],
          `${type} does not wait`,
        );
      }
    });
  }

  it("assigns every role, and none of them more widely than its description says", () => {
    const made = evaluateArm(armTemplate, everything);
    const assigned = essence(made).filter(({ type }) => textOf(type).endsWith("roleAssignments"));
    const wide = assigned.filter(({ scope }) => scope === subscription).map(({ body }) => (body as JsonObject)["role"]);
    for (const key of roleFiles) {
      const { Name, Description } = readSetup<RoleFile>(`roles/${key}.json`);
      assert.ok(
        assigned.some(({ body }) => (body as JsonObject)["role"] === Name),
        `${Name} is never assigned`,
      );
      assert.equal(wide.includes(Name), /Scope: (?:the|each) subscription/.test(Description), Name);
    }
  });

  it("lets nobody into the account by key or without signing in, and makes what Trusted Launch and both subnets need", () => {
    const made = evaluateArm(armTemplate, everything);
    const properties = (type: string): Readonly<Record<string, Json>> =>
      made.find((one) => one.type === type)?.body["properties"] as JsonObject;
    const account = properties("Microsoft.Storage/storageAccounts");
    assert.deepEqual([account["allowSharedKeyAccess"], account["allowBlobPublicAccess"]], [false, false]);
    const definition = properties("Microsoft.Compute/galleries/images");
    assert.deepEqual([definition["hyperVGeneration"], definition["features"]], ["V2", [{ name: "SecurityType", value: "TrustedLaunchSupported" }]]); // prettier-ignore
    const [build, containers] = properties("Microsoft.Network/virtualNetworks")["subnets"] as unknown as readonly [
      { readonly properties: JsonObject },
      { readonly properties: JsonObject },
    ];
    assert.equal(build.properties["privateLinkServiceNetworkPolicies"], "Disabled");
    assert.equal(build.properties["delegations"], undefined);
    assert.match(
      JSON.stringify(containers.properties["delegations"]),
      /"Microsoft.ContainerInstance\/containerGroups"/,
    );
  });

  it("sends nothing of galleries and storage that their clients do not know", async () => {
    for (const one of evaluateArm(armTemplate, everything)) {
      const send = sends[one.type];
      if (send === undefined) continue;
      assert.deepEqual(await sentBy(send, one), one.body, one.type);
    }
  });
});

type Send = (
  clients: { readonly compute: ComputeManagementClient; readonly storage: StorageManagementClient },
  one: Made,
) => PromiseLike<unknown>;
const part = ({ name }: Made, at: number): string => name.split("/").at(at) ?? "";
/** A client drops what its service's specification does not have. */
const flat = ({ body: { properties, ...rest } }: Made): never => ({ ...rest, ...(properties as JsonObject) }) as never;
const sends: Readonly<Record<string, Send>> = {
  "Microsoft.Compute/galleries": ({ compute }, one) => compute.galleries.createOrUpdate("rg", one.name, flat(one)),
  "Microsoft.Compute/galleries/images": ({ compute }, one) =>
    compute.galleryImages.createOrUpdate("rg", part(one, 0), part(one, 1), flat(one)),
  "Microsoft.Storage/storageAccounts": ({ storage }, one) =>
    storage.storageAccounts.create("rg", one.name, renamed(flat(one))),
  "Microsoft.Storage/storageAccounts/blobServices/containers": ({ storage }, one) =>
    storage.blobContainers.create("rg", part(one, 0), part(one, 2), flat(one)),
  "Microsoft.Storage/storageAccounts/managementPolicies": ({ storage }, one) =>
    storage.managementPolicies.createOrUpdate("rg", part(one, 0), "default", flat(one)),
};
const renamed = ({ supportsHttpsTrafficOnly, ...rest }: JsonObject): never =>
  ({ ...rest, enableHttpsTrafficOnly: supportsHttpsTrafficOnly }) as never;

/** The body that a client sends. */
async function sentBy(send: Send, one: Made): Promise<unknown> {
  let body: unknown;
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      body = JSON.parse(request.body as string);
      return {
        request,
        status: 200,
        headers: createHttpHeaders({ "content-type": "application/json" }),
        bodyAsText: "{}",
      };
    },
  };
  const credential = { getToken: async () => ({ token: "none", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  const clients = {
    compute: new ComputeManagementClient(credential, "sub", { httpClient }),
    storage: new StorageManagementClient(credential, "sub", { httpClient }),
  };
  await send(clients, one);
  return body;
}

describe("main.bicep of samples/setup", () => {
  it("has the parameters of azuredeploy.json, with types, defaults, limits and words", () => {
    const { parameters } = readSetup<{ readonly parameters: Readonly<Record<string, JsonObject>> }>("azuredeploy.json");
    const found = bicep.parameters.map((one) => {
      const { description, allowed, ...limits } = one.decorators;
      const fallback = defaultOf(one);
      const said = {
        ...limits,
        ...(allowed === undefined ? {} : { allowedValues: allowed }),
        metadata: { description },
      };
      return [one.name, { type: one.type, ...(fallback === undefined ? {} : { defaultValue: fallback }), ...said }];
    });
    const { location, ...others } = Object.fromEntries(found) as typeof parameters;
    assert.equal(location?.["defaultValue"], "westeurope", "the group's");
    assert.deepEqual(others, Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== "location")));
  });

  for (const [title, settings] of Object.entries(examples)) {
    it(`makes the same resources, roles and assignments with the same api-versions: ${title}`, () => {
      const whole = ({ apiVersion, ...one }: Made): JsonObject => ({ ...bare(one), apiVersion });
      assert.deepEqual(
        sorted(evaluateBicep(bicep, settings).map(whole)),
        sorted(evaluateArm(armTemplate, settings).map(whole)),
      );
      assert.deepEqual(bicepOutputs(bicep, settings), evaluateOutputs(armTemplate, settings));
    });
  }
});

describe("main.tf of samples/setup", () => {
  it("has the parameters of azuredeploy.json, and subscription and group besides", async () => {
    const { parameters } = readSetup<{ readonly parameters: Readonly<Record<string, JsonObject>> }>("azuredeploy.json");
    const { variable } = await readTerraform(setupFolder);
    const types: Readonly<Record<string, string>> = { string: "string", int: "number", bool: "bool" };
    const expected = Object.entries(parameters).map(([name, { type, defaultValue, metadata }]) => [
      snake(name),
      types[textOf(type)],
      (metadata as JsonObject)["description"],
      name === "location" ? null : defaultValue,
    ]);
    const found = Object.entries(variable).map(([name, [one]]) => [
      name,
      textOf(one["type"]).replace(/\W/g, ""),
      one["description"],
      one["default"],
    ]);
    assert.deepEqual(
      sorted(found.filter(([name]) => name !== "subscription_id" && name !== "resource_group_name")),
      sorted(expected),
    );
  });

  it("has no kind of resource that the other forms lack, and the outputs they have", async () => {
    const { resource, output } = await readTerraform(setupFolder);
    assert.deepEqual(
      Object.keys(resource).filter((kind) => !knownKinds.includes(kind)),
      [],
    );
    assert.deepEqual(Object.keys(output).sort(), Object.keys(evaluateOutputs(armTemplate, least)).sort());
  });

  for (const [title, settings] of Object.entries(examples)) {
    it(`makes the same resources and assignments: ${title}`, async () => {
      const hcl = await readTerraform(setupFolder);
      const suffix = textOf(settings["roleNameSuffix"] ?? "");
      const made = evaluateTerraform(hcl, settings).map((one) => {
        const { role, ...rest } = one.body;
        if (typeof role !== "string") return bare(one);
        return bare({ ...one, body: { role: `${readSetup<RoleFile>(`roles/${role}.json`).Name}${suffix}`, ...rest } });
      });
      assert.deepEqual(sorted(made), essence(evaluateArm(armTemplate, settings)));
    });
  }
});

describe("setup.sh of samples/setup", function () {
  this.timeout(60_000);

  for (const [title, settings] of Object.entries(examples)) {
    it(`makes the same resources, roles and assignments: ${title}`, async () => {
      const { code, output, calls } = await runScript(file("setup.sh"), settings);
      assert.equal(code, 0, output);
      const expected = evaluateArm(armTemplate, settings);
      assert.deepEqual(sorted(madeBy(calls).map(bare)), essence(expected));
      const roles = rolesBy(calls).map(({ role }) => role);
      const names = expected.filter(isRole).map(({ body }) => (body["properties"] as JsonObject)["roleName"]);
      assert.deepEqual(sorted(roles.map(({ Name }) => Name)), sorted(names));
      for (const role of roles) {
        assert.deepEqual(role["AssignableScopes"], [subscription]);
        const key = roleFiles.find((one) =>
          textOf(role["Name"]).startsWith(readSetup<RoleFile>(`roles/${one}.json`).Name),
        );
        const { Name: _n, ...same } = readSetup<RoleFile & JsonObject>(`roles/${key ?? ""}.json`);
        assert.deepEqual({ ...role, Name: undefined }, { ...same, Name: undefined, AssignableScopes: [subscription] });
      }
      for (const [name, value] of Object.entries(evaluateOutputs(armTemplate, settings)))
        assert.ok(output.includes(`${name}: ${textOf(value)}\n`), `${name} of ${output}`);
    });
  }

  it("changes roles that are there, and takes the group's region and the signed-in subscription", async () => {
    const { calls } = await runScript(file("setup.sh"), least, true);
    assert.deepEqual([...new Set(rolesBy(calls).map(({ verb }) => verb))], ["update"]);
    assert.ok(calls.every(({ options }) => (options.get("--location") ?? "westeurope") === "westeurope"));
    assert.ok(
      madeBy(calls).every(({ scope }) => scope === group || scope.startsWith(`${group}/`) || scope === subscription),
    );
  });

  const wrong: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "an option it does not have": ["there is no option --galery-name", ["--galery-name", "x"]],
    "an option without a value": ["--location needs a value", ["--location"]],
    "no account": ["--storage-account-name is missing", ["--resource-group", "a", "--pipeline-principal-id", "b"]],
    "a truth that is none": [
      "--managed-images is true or false",
      [
        "--resource-group",
        "a",
        "--pipeline-principal-id",
        "b",
        "--storage-account-name",
        "c",
        "--managed-images",
        "yes",
      ],
    ],
  };
  for (const [title, [message, words]] of Object.entries(wrong)) {
    it(`refuses ${title} before it does anything`, async () => {
      const { code, output, calls } = await runWith(file("setup.sh"), words);
      assert.deepEqual([code, output, calls], [2, `setup.sh: ${message}\n`, []]);
    });
  }

  it("has its parameters' defaults from azuredeploy.json", async () => {
    const { parameters } = readSetup<{ readonly parameters: Readonly<Record<string, JsonObject>> }>("azuredeploy.json");
    const lines = readFileSync(file("setup.sh"), "utf8").match(/^[a-z_]+="[^"\n]*"(?= *(?:#.*)?$)/gm) ?? [];
    const found = new Map(lines.map((line) => [line.split("=")[0] ?? "", line.split('"')[1] ?? ""]));
    for (const [name, { defaultValue }] of Object.entries(parameters)) {
      const expected = name === "location" ? "" : textOf(defaultValue ?? "");
      assert.equal(found.get(snake(name)), expected, name);
    }
    await run("bash", ["-n", file("setup.sh")]);
  });
});

describe("the resource providers that samples/setup registers", () => {
  it("are the same in Terraform and the script, and those that the checks before a build look for", async () => {
    const { provider } = await readTerraform(setupFolder);
    const inTerraform = provider.azurerm[0]["resource_providers_to_register"] as readonly string[];
    const { calls } = await runScript(file("setup.sh"), least);
    const inScript = calls
      .filter(({ command }) => command === "provider register")
      .map(({ options }) => options.get("--namespace"));
    assert.deepEqual(inScript, inTerraform);
    const source = readFileSync(
      join(import.meta.dirname, "../../tasks/AzureImageBuilderV1/src/preflight/checks/p04-providers.ts"),
      "utf8",
    );
    const looked = new Set(source.match(/Microsoft\.[A-Za-z]+(?=")/g));
    assert.ok(looked.size >= 7);
    assert.deepEqual(
      [...looked].filter((namespace) => !inTerraform.includes(namespace)),
      [],
    );
  });
});
