/** Reads samples/setup/*.tf, and says what they make in the words of Resource Manager (documentation of the provider azurerm 4). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@cdktf/hcl2json";
import {
  group,
  idOf,
  type Json,
  type JsonObject,
  type Made,
  principalOf,
  type Settings,
  subscription,
  textOf,
} from "./place.ts";

interface Hcl {
  readonly variable: Readonly<Record<string, readonly [JsonObject]>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, readonly [JsonObject]>>>>;
  readonly locals: readonly JsonObject[];
  readonly provider: { readonly azurerm: readonly [JsonObject] };
  readonly output: Readonly<Record<string, Json>>;
}

/** Both files as one. Throws an Error where Terraform's own parser finds a mistake. */
export async function readTerraform(folder: string): Promise<Hcl> {
  const source = ["main.tf", "variables.tf"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  return (await parse("setup.tf", source)) as unknown as Hcl;
}

/** `galleryName` as Terraform and shells write it. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

type Attributes = (name: string) => Json;

/** A resource's attributes that were asked for; the others are told by `rest`. */
function reader(
  resource: JsonObject,
  variables: ReadonlyMap<string, Json>,
): { readonly of: Attributes; readonly rest: () => readonly string[] } {
  const asked = new Set(["count", "resource_group_name", "for_each"]);
  return {
    of: (name) => {
      const [first = "", ...path] = name.split(".");
      asked.add(first);
      const found = [first, ...path].reduce<Json | undefined>((at, key) => {
        const inner = Array.isArray(at) ? (at[0] as Json) : at;
        return (inner as JsonObject | undefined)?.[key];
      }, resource);
      if (found === undefined) throw new Error(`there is no ${name}`);
      return resolve(found, variables);
    },
    rest: () => Object.keys(resource).filter((key) => !asked.has(key)),
  };
}

/** References to variables and the location are resolved; all others are left as they are written. */
function resolve(json: Json, variables: ReadonlyMap<string, Json>): Json {
  if (Array.isArray(json)) return json.map((one: Json) => resolve(one, variables));
  if (typeof json !== "string") return json;
  const whole = /^\$\{var\.(\w+)\}$/.exec(json)?.[1];
  if (whole !== undefined) return variables.get(whole) ?? json;
  return json
    .replace(/\$\{var\.(\w+)\}/g, (_, name: string) => textOf(variables.get(name)))
    .replace("${local.location}", "westeurope");
}

type Convert = (of: Attributes) => Omit<Made, "apiVersion" | "scope" | "dependsOn"> | undefined;

/** Each kind of resource as the body of its PUT; undefined: a part of another one, which is checked there. */
const kinds: Readonly<Record<string, Convert>> = {
  azurerm_user_assigned_identity: (of) =>
    made("Microsoft.ManagedIdentity/userAssignedIdentities", of("name"), { location: of("location") }),
  azurerm_shared_image_gallery: (of) =>
    made("Microsoft.Compute/galleries", of("name"), {
      location: of("location"),
      properties: { description: of("description") },
    }),
  azurerm_shared_image: (of) =>
    made("Microsoft.Compute/galleries/images", `${nameAt(of("gallery_name"))}/${textOf(of("name"))}`, {
      location: of("location"),
      properties: {
        osType: of("os_type"),
        osState: of("specialized") === false ? "Generalized" : "Specialized",
        hyperVGeneration: of("hyper_v_generation"),
        architecture: of("architecture"),
        identifier: {
          publisher: of("identifier.publisher"),
          offer: of("identifier.offer"),
          sku: of("identifier.sku"),
        },
        features:
          of("trusted_launch_supported") === true ? [{ name: "SecurityType", value: "TrustedLaunchSupported" }] : [],
      },
    }),
  azurerm_storage_account: (of) =>
    made("Microsoft.Storage/storageAccounts", of("name"), {
      location: of("location"),
      sku: { name: `${textOf(of("account_tier"))}_${textOf(of("account_replication_type"))}` },
      kind: of("account_kind"),
      properties: {
        allowBlobPublicAccess: of("allow_nested_items_to_be_public"),
        allowSharedKeyAccess: of("shared_access_key_enabled"),
        defaultToOAuthAuthentication: of("default_to_oauth_authentication"),
        minimumTlsVersion: of("min_tls_version"),
        supportsHttpsTrafficOnly: of("https_traffic_only_enabled"),
      },
    }),
  azurerm_storage_container: (of) =>
    made(
      "Microsoft.Storage/storageAccounts/blobServices/containers",
      `${nameAt(of("storage_account_id"))}/default/${textOf(of("name"))}`,
      {
        properties: { publicAccess: of("container_access_type") === "private" ? "None" : "Blob" },
      },
    ),
  azurerm_storage_management_policy: (of) =>
    made("Microsoft.Storage/storageAccounts/managementPolicies", `${nameAt(of("storage_account_id"))}/default`, {
      properties: {
        policy: {
          rules: [
            {
              name: of("rule.name"),
              enabled: of("rule.enabled"),
              type: "Lifecycle",
              definition: {
                filters: { blobTypes: of("rule.filters.blob_types"), prefixMatch: of("rule.filters.prefix_match") },
                actions: {
                  baseBlob: {
                    delete: {
                      daysAfterModificationGreaterThan: of(
                        "rule.actions.base_blob.delete_after_days_since_modification_greater_than",
                      ),
                    },
                  },
                },
              },
            },
          ],
        },
      },
    }),
  azurerm_public_ip: (of) =>
    made("Microsoft.Network/publicIPAddresses", of("name"), {
      location: of("location"),
      sku: { name: of("sku") },
      properties: { publicIPAllocationMethod: of("allocation_method") },
    }),
  azurerm_nat_gateway: (of) =>
    made("Microsoft.Network/natGateways", of("name"), { location: of("location"), sku: { name: of("sku_name") } }),
  azurerm_network_security_group: (of) =>
    made("Microsoft.Network/networkSecurityGroups", of("name"), {
      location: of("location"),
      properties: {
        securityRules: [
          {
            name: of("security_rule.name"),
            properties: {
              priority: of("security_rule.priority"),
              direction: of("security_rule.direction"),
              access: of("security_rule.access"),
              protocol: of("security_rule.protocol"),
              sourceAddressPrefix: of("security_rule.source_address_prefix"),
              sourcePortRange: of("security_rule.source_port_range"),
              destinationAddressPrefix: of("security_rule.destination_address_prefix"),
              destinationPortRange: of("security_rule.destination_port_range"),
            },
          },
        ],
      },
    }),
  azurerm_virtual_network: (of) =>
    made("Microsoft.Network/virtualNetworks", of("name"), {
      location: of("location"),
      properties: { addressSpace: { addressPrefixes: of("address_space") } },
    }),
};

function made(type: string, name: Json, body: JsonObject): ReturnType<Convert> {
  return { type, name: textOf(name), body };
}

/** Names of what other resources are part of, by the expression that leads there. */
const named = new Map([
  ["${azurerm_shared_image_gallery.gallery.name}", "galleryName"],
  ["${azurerm_storage_account.artifacts.id}", "storageAccountName"],
]);
const parents = new Map<string, string>();
const nameAt = (expression: Json): string => parents.get(textOf(expression)) ?? textOf(expression);

/** What `terraform apply` makes with these parameters: resources, subnets within their network, roles and assignments. */
export function evaluateTerraform(hcl: Hcl, given: Settings): readonly Omit<Made, "dependsOn" | "apiVersion">[] {
  const variables = new Map(
    Object.entries(hcl.variable).map(([name, [{ default: fallback }]]) => [name, fallback ?? null] as const),
  );
  for (const [name, value] of Object.entries(given)) variables.set(snake(name), value);
  for (const [expression, name] of named) parents.set(expression, textOf(variables.get(snake(name))));
  const all = Object.entries(hcl.resource).flatMap(([kind, byName]) => {
    const convert = kinds[kind];
    if (convert === undefined) return [];
    return Object.values(byName).flatMap(([resource]) => {
      if (!isCounted(resource, variables)) return [];
      const { of, rest } = reader(resource, variables);
      const found = convert(of);
      if (rest().length > 0) throw new Error(`${kind} has ${rest().join(", ")}, which the other forms lack`);
      return found === undefined ? [] : [{ ...found, scope: group }];
    });
  });
  return [...all.map((one) => withNetwork(one, hcl, variables)), ...assignmentsOf(hcl, variables)];
}

/** Kinds that have no counterpart of their own: they are read with others. */
export const partsOfOthers = [
  "azurerm_nat_gateway_public_ip_association",
  "azurerm_subnet",
  "azurerm_subnet_network_security_group_association",
  "azurerm_subnet_nat_gateway_association",
  "azurerm_role_definition",
  "azurerm_role_assignment",
];
/** All kinds that are understood. */
export const knownKinds = [...Object.keys(kinds), ...partsOfOthers];

const flags: Readonly<Record<string, (variables: ReadonlyMap<string, Json>) => boolean>> = {
  "local.has_network": (variables) => variables.get("virtual_network_name") !== "",
  "local.has_build_vm_identity": (variables) => variables.get("build_vm_identity_name") !== "",
  "local.has_lifecycle": (variables) => variables.get("lifecycle_principal_id") !== "",
  "local.may_delete": (variables) =>
    variables.get("lifecycle_principal_id") !== "" && variables.get("lifecycle_deletes") === true,
  "var.lifecycle_principal_id != var.pipeline_principal_id": (variables) =>
    variables.get("lifecycle_principal_id") !== variables.get("pipeline_principal_id"),
  "var.managed_images": (variables) => variables.get("managed_images") === true,
  "var.read_build_logs": (variables) => variables.get("read_build_logs") === true,
};

function holds(condition: Json | undefined, variables: ReadonlyMap<string, Json>): boolean {
  if (condition === undefined || typeof condition === "boolean") return condition ?? true;
  const text = textOf(condition).replace(/^\$\{|\}$/g, "");
  return text.split(" && ").every((part) => {
    const flag = flags[part];
    if (flag === undefined) throw new Error(`the condition ${part} is not known`);
    return flag(variables);
  });
}

function isCounted(resource: JsonObject, variables: ReadonlyMap<string, Json>): boolean {
  const count = resource["count"];
  if (count === undefined) return true;
  const condition = /^\$\{(.+) \? 1 : 0\}$/.exec(textOf(count))?.[1];
  return holds(`\${${condition ?? "none"}}`, variables);
}

/** A network with its subnets, and what Terraform ties together by resources of their own. */
function withNetwork<T extends { readonly type: string; readonly name: string; readonly body: JsonObject }>(
  one: T,
  hcl: Hcl,
  variables: ReadonlyMap<string, Json>,
): T {
  const network = textOf(variables.get("virtual_network_name"));
  if (one.type === "Microsoft.Network/natGateways") {
    const tied = hcl.resource["azurerm_nat_gateway_public_ip_association"]?.["way_out"] !== undefined;
    const id = idOf("Microsoft.Network/publicIPAddresses", [`pip-${network}`]);
    return { ...one, body: { ...one.body, properties: { publicIpAddresses: tied ? [{ id }] : [] } } };
  }
  if (one.type !== "Microsoft.Network/virtualNetworks") return one;
  const subnets = Object.entries(hcl.resource["azurerm_subnet"] ?? {}).map(([symbol, [resource]]) =>
    subnetOf(symbol, resource, { hcl, variables, network }),
  );
  return { ...one, body: { ...one.body, properties: { ...(one.body["properties"] as JsonObject), subnets } } };
}

function subnetOf(
  symbol: string,
  resource: JsonObject,
  {
    hcl,
    variables,
    network,
  }: { readonly hcl: Hcl; readonly variables: ReadonlyMap<string, Json>; readonly network: string },
): JsonObject {
  const { of, rest } = reader(resource, variables);
  of("virtual_network_name");
  const has = (kind: string): boolean =>
    hcl.resource[kind]?.[symbol]?.[0]["subnet_id"] === `\${azurerm_subnet.${symbol}[0].id}`;
  const properties = {
    addressPrefix: (of("address_prefixes") as readonly Json[])[0] ?? null,
    ...(resource["private_link_service_network_policies_enabled"] === undefined
      ? {}
      : {
          privateLinkServiceNetworkPolicies:
            of("private_link_service_network_policies_enabled") === true ? "Enabled" : "Disabled",
        }),
    ...(has("azurerm_subnet_nat_gateway_association")
      ? { natGateway: { id: idOf("Microsoft.Network/natGateways", [`nat-${network}`]) } }
      : {}),
    ...(has("azurerm_subnet_network_security_group_association")
      ? { networkSecurityGroup: { id: idOf("Microsoft.Network/networkSecurityGroups", [`nsg-${network}-build`]) } }
      : {}),
    serviceEndpoints: (of("service_endpoints") as readonly Json[]).map((service) => ({ service })),
    ...(resource["delegation"] === undefined
      ? {}
      : {
          delegations: [
            { name: of("delegation.name"), properties: { serviceName: of("delegation.service_delegation.name") } },
          ],
        }),
  };
  const name = of("name");
  if (rest().length > 0) throw new Error(`the subnet has ${rest().join(", ")}`);
  return { name, properties };
}

interface Assignment {
  readonly role: string;
  readonly principal: string;
  readonly scope: string;
  readonly wanted: Json;
}

/** Assignments as `{ role, principal, scope }` in `body`; roles by their files. */
function assignmentsOf(
  hcl: Hcl,
  variables: ReadonlyMap<string, Json>,
): readonly Omit<Made, "dependsOn" | "apiVersion">[] {
  const found = hcl.locals.find((one) => one["assignments"] !== undefined)?.["assignments"];
  const text = (name: string): string => textOf(variables.get(name));
  const identity = idOf("Microsoft.ManagedIdentity/userAssignedIdentities", [text("identity_name")]);
  const vm = (): string => idOf("Microsoft.ManagedIdentity/userAssignedIdentities", [text("build_vm_identity_name")]);
  const account = idOf("Microsoft.Storage/storageAccounts", [text("storage_account_name")]);
  const places: Readonly<Record<string, () => string>> = {
    "azurerm_shared_image_gallery.gallery.id": () => idOf("Microsoft.Compute/galleries", [text("gallery_name")]),
    "data.azurerm_resource_group.images.id": () => group,
    "local.virtual_network_id": () => idOf("Microsoft.Network/virtualNetworks", [text("virtual_network_name")]),
    "local.build_vm_identity_id": vm,
    "azurerm_storage_container.artifacts.id": () =>
      `${account}/blobServices/default/containers/${text("container_name")}`,
    "azurerm_storage_account.artifacts.id": () => account,
    "azurerm_user_assigned_identity.identity.id": () => identity,
    "local.subscription": () => subscription,
    "local.identity_principal_id": () => principalOf(identity),
    "local.build_vm_principal_id": () => principalOf(vm()),
    "var.pipeline_principal_id": () => text("pipeline_principal_id"),
    "var.lifecycle_principal_id": () => text("lifecycle_principal_id"),
  };
  const place = (expression: string): string => {
    const known = places[expression.replace(/^\$\{|\}$/g, "")];
    if (known === undefined) throw new Error(`${expression} is not known`);
    return known();
  };
  return Object.values(found as unknown as Readonly<Record<string, Assignment>>)
    .filter(({ wanted }) => holds(wanted, variables))
    .map(({ role, principal, scope }) => ({
      type: "Microsoft.Authorization/roleAssignments",
      name: "",
      scope: place(scope),
      body: { role, principal: place(principal) },
    }));
}
