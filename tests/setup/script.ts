/** Runs samples/setup/setup.sh with a stand-in for `az` that writes down what it is asked, and says what that makes. */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  group,
  idOf,
  type JsonObject,
  type Made,
  principalOf,
  type Settings,
  subscription,
  subscriptionId,
} from "./place.ts";
import { snake } from "./terraform.ts";

/** Each call is a line of its words, each followed by a unit separator; a line feed within a word is a record separator. */
const standIn = `#!/usr/bin/env bash
for word in "$@"; do printf '%s\\037' "\${word//$'\\n'/$'\\036'}"; done >>"$AZ_CALLS"
printf '\\n' >>"$AZ_CALLS"
case "$1 $2" in
  "account show") echo ${subscriptionId} ;;
  "group show") echo westeurope ;;
  "identity show") for word in "$@"; do case $last in --name) echo "principal of $word" ;; esac; last=$word; done ;;
  "role definition") [ "$3" = list ] && [ -n "$AZ_KNOWN" ] && echo known ;;
esac
exit 0
`;

/** A call of `az`: its words before the first option, and its options. */
export interface Call {
  readonly command: string;
  readonly options: ReadonlyMap<string, string>;
}

export interface ScriptRun {
  readonly code: number;
  readonly output: string;
  readonly calls: readonly Call[];
}

/** Runs the script with these parameters; `known`: every role is there already. */
export async function runScript(file: string, settings: Settings, known = false): Promise<ScriptRun> {
  const options = Object.entries({ resourceGroup: "rg-images", ...settings }).flatMap(([name, value]) => [
    `--${snake(name).replaceAll("_", "-")}`,
    String(value),
  ]);
  return runWith(file, options, known);
}

/** Runs the script with these words. */
export async function runWith(file: string, words: readonly string[], known = false): Promise<ScriptRun> {
  const folder = mkdtempSync(join(tmpdir(), "setup-script-"));
  try {
    writeFileSync(join(folder, "az"), standIn);
    writeFileSync(join(folder, "calls"), "");
    chmodSync(join(folder, "az"), 0o755);
    const environment = {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      AZ_CALLS: join(folder, "calls"),
      AZ_KNOWN: known ? "1" : "",
    };
    const ended = await promisify(execFile)("bash", [file, ...words], { env: environment }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { readonly code: number; readonly stderr: string }) => ({ code: error.code, output: error.stderr }),
    );
    return { ...ended, calls: readCalls(readFileSync(join(folder, "calls"), "utf8")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCalls(text: string): readonly Call[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const words = line
      .split("\u001f")
      .slice(0, -1)
      .map((word) => word.replaceAll("\u001e", "\n"));
    const first = words.findIndex((word) => word.startsWith("--"));
    const options = new Map<string, string>();
    for (let at = first; at < words.length; at += 1) {
      const next = words[at + 1];
      const isFlag = next === undefined || next.startsWith("--");
      options.set(words[at] ?? "", isFlag ? "" : next);
      if (!isFlag) at += 1;
    }
    return { command: words.slice(0, first).join(" "), options };
  });
}

type Convert = (option: (name: string) => string) => Pick<Made, "type" | "name" | "body">;

/** Each command that makes a resource, as the body of its PUT (reference of the Azure CLI). */
const commands: Readonly<Record<string, Convert>> = {
  "identity create": (option) => ({
    type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    name: option("name"),
    body: { location: option("location") },
  }),
  "sig create": (option) => ({
    type: "Microsoft.Compute/galleries",
    name: option("gallery-name"),
    body: { location: option("location"), properties: { description: option("description") } },
  }),
  "sig image-definition create": (option) => {
    const [name = "", value = ""] = option("features").split("=");
    return {
      type: "Microsoft.Compute/galleries/images",
      name: `${option("gallery-name")}/${option("gallery-image-definition")}`,
      body: {
        location: option("location"),
        properties: {
          osType: option("os-type"),
          osState: option("os-state"),
          hyperVGeneration: option("hyper-v-generation"),
          architecture: option("architecture"),
          identifier: { publisher: option("publisher"), offer: option("offer"), sku: option("sku") },
          features: [{ name, value }],
        },
      },
    };
  },
  "storage account create": (option) => ({
    type: "Microsoft.Storage/storageAccounts",
    name: option("name"),
    body: {
      location: option("location"),
      sku: { name: option("sku") },
      kind: option("kind"),
      properties: {
        allowBlobPublicAccess: option("allow-blob-public-access") === "true",
        allowSharedKeyAccess: option("allow-shared-key-access") === "true",
        minimumTlsVersion: option("min-tls-version"),
        supportsHttpsTrafficOnly: option("https-only") === "true",
      },
    },
  }),
  "storage container-rm create": (option) => ({
    type: "Microsoft.Storage/storageAccounts/blobServices/containers",
    name: `${option("storage-account")}/default/${option("name")}`,
    body: { properties: { publicAccess: option("public-access") === "off" ? "None" : "Blob" } },
  }),
  "storage account management-policy create": (option) => ({
    type: "Microsoft.Storage/storageAccounts/managementPolicies",
    name: `${option("account-name")}/default`,
    body: { properties: { policy: JSON.parse(option("policy")) as JsonObject } },
  }),
  "network public-ip create": (option) => ({
    type: "Microsoft.Network/publicIPAddresses",
    name: option("name"),
    body: {
      location: option("location"),
      sku: { name: option("sku") },
      properties: { publicIPAllocationMethod: option("allocation-method") },
    },
  }),
  "network nat gateway create": (option) => ({
    type: "Microsoft.Network/natGateways",
    name: option("name"),
    // The only SKU that the command knows by default.
    body: {
      location: option("location"),
      sku: { name: "Standard" },
      properties: {
        publicIpAddresses: [{ id: idOf("Microsoft.Network/publicIPAddresses", [option("public-ip-addresses")]) }],
      },
    },
  }),
  "network nsg create": (option) => ({
    type: "Microsoft.Network/networkSecurityGroups",
    name: option("name"),
    body: { location: option("location"), properties: {} },
  }),
  "network vnet create": (option) => ({
    type: "Microsoft.Network/virtualNetworks",
    name: option("name"),
    body: {
      location: option("location"),
      properties: { addressSpace: { addressPrefixes: [option("address-prefixes")] } },
    },
  }),
};

/** What the calls make, in the words of Resource Manager; role assignments as `{ role, principal }`, roles as their JSON. */
export function madeBy(calls: readonly Call[]): readonly Omit<Made, "dependsOn" | "apiVersion">[] {
  const options =
    (call: Call) =>
    (name: string): string => {
      const found = call.options.get(`--${name}`);
      if (found === undefined) throw new Error(`${call.command} has no --${name}`);
      return found;
    };
  const made = calls.flatMap((call) => {
    const convert = commands[call.command];
    return convert === undefined ? [] : [{ ...convert(options(call)), scope: group }];
  });
  const assigned = calls
    .filter(({ command }) => command === "role assignment create")
    .map((call) => ({
      type: "Microsoft.Authorization/roleAssignments",
      name: "",
      scope: options(call)("scope"),
      body: { role: options(call)("role"), principal: objectIdOf(options(call)("assignee-object-id")) },
    }));
  return [...made.map((one) => completed(one, calls, options)), ...assigned];
}

/** The stand-in names an identity where Azure gives its object ID. */
function objectIdOf(principal: string): string {
  const name = /^principal of (.*)$/.exec(principal)?.[1];
  return name === undefined ? principal : principalOf(idOf("Microsoft.ManagedIdentity/userAssignedIdentities", [name]));
}

type Options = (call: Call) => (name: string) => string;

/** A resource with what later commands add to it. */
function completed<T extends Pick<Made, "type" | "name" | "body">>(
  one: T,
  calls: readonly Call[],
  options: Options,
): T {
  const properties = one.body["properties"] as JsonObject;
  const later = (command: string): readonly Call[] => calls.filter((call) => call.command === command);
  const having = (more: JsonObject): T => ({ ...one, body: { ...one.body, properties: { ...properties, ...more } } });
  switch (one.type) {
    case "Microsoft.Storage/storageAccounts": {
      const set = later("resource update").map((call) =>
        options(call)("set")
          .replace(/^properties\./, "")
          .split("="),
      );
      return having(Object.fromEntries(set.map(([key = "", value]) => [key, value === "true"])));
    }
    case "Microsoft.Network/networkSecurityGroups":
      return having({ securityRules: later("network nsg rule create").map((call) => ruleOf(options(call))) });
    case "Microsoft.Network/virtualNetworks":
      return having({ subnets: later("network vnet subnet create").map((call) => subnetOf(call, options(call))) });
    default:
      return one;
  }
}

const ruleOf = (option: (name: string) => string): JsonObject => ({
  name: option("name"),
  properties: {
    priority: Number(option("priority")),
    direction: option("direction"),
    access: option("access"),
    protocol: option("protocol"),
    sourceAddressPrefix: option("source-address-prefixes"),
    sourcePortRange: option("source-port-ranges"),
    destinationAddressPrefix: option("destination-address-prefixes"),
    destinationPortRange: option("destination-port-ranges"),
  },
});

function subnetOf({ options }: Call, option: (name: string) => string): JsonObject {
  const where = (name: string, of: (value: string) => JsonObject): JsonObject =>
    options.has(`--${name}`) ? of(option(name)) : {};
  return {
    name: option("name"),
    properties: {
      addressPrefix: option("address-prefixes"),
      ...where("private-link-service-network-policies", (value) => ({ privateLinkServiceNetworkPolicies: value })),
      ...where("nat-gateway", (name) => ({ natGateway: { id: idOf("Microsoft.Network/natGateways", [name]) } })),
      ...where("network-security-group", (name) => ({
        networkSecurityGroup: { id: idOf("Microsoft.Network/networkSecurityGroups", [name]) },
      })),
      ...where("service-endpoints", (service) => ({ serviceEndpoints: [{ service }] })),
      ...where("delegations", (serviceName) => ({
        delegations: [{ name: option("name"), properties: { serviceName } }],
      })),
    },
  };
}

/** Roles that the calls make or change, with the command's verb. */
export function rolesBy(calls: readonly Call[]): readonly { readonly verb: string; readonly role: JsonObject }[] {
  return calls
    .filter(({ command }) => /^role definition (?:create|update)$/.test(command))
    .map(({ command, options }) => ({
      verb: command.split(" ").at(-1) ?? "",
      role: JSON.parse(options.get("--role-definition") ?? "{}") as JsonObject,
    }));
}

/** Scope that all roles may be assigned in. */
export const assignableScope = subscription;
