/** docs/setup.md and docs/networking.md say what the setup, the checks and docs/hosts.md say. UPDATE_GOLDEN=1 writes the tables anew. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format } from "prettier";
import { evaluateArm } from "./arm.ts";
import { group, type JsonObject, principalOf, subscription } from "./place.ts";
import { armTemplate, everything, isAssignment, readSetup, type RoleFile, setupFolder } from "./stage.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");

function parameterTable(): string {
  const { parameters } = readSetup<{ readonly parameters: Readonly<Record<string, JsonObject>> }>("azuredeploy.json");
  const rows = Object.entries(parameters).map(([name, { defaultValue, metadata }]) => {
    const fallback =
      name === "location"
        ? "the group's"
        : defaultValue === undefined
          ? "required"
          : `\`${JSON.stringify(defaultValue)}\``;
    return `| \`${name}\` | ${fallback} | ${String((metadata as Readonly<Record<string, string>>)["description"])} |`;
  });
  return ["| parameter | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Who holds a role, by object ID. */
const holders: Readonly<Record<string, string>> = {
  [principalOf(`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-image-builder`)]:
    "the template's identity",
  [principalOf(`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-build-vm`)]:
    "the build VM's identity",
  [String(everything["pipelinePrincipalId"])]: "the connection that builds",
  [String(everything["lifecyclePrincipalId"])]: "the connection that looks after images",
};

function placeOf(scope: string): string {
  if (scope === subscription) return "the subscription";
  if (scope === group) return "the resource group";
  const words = { galleries: "the gallery", storageAccounts: "the storage account", containers: "the container", virtualNetworks: "the network", userAssignedIdentities: scope.endsWith("id-build-vm") ? "the build VM's identity" : "the template's identity" }; // prettier-ignore
  return words[scope.split("/").at(-2) as keyof typeof words];
}

function roleTable(): string {
  const made = evaluateArm(armTemplate, everything);
  const keys = readdirSync(join(setupFolder, "roles")).map((name) => name.replace(/\.json$/, ""));
  const rows = keys.flatMap((key) => {
    const { Name } = readSetup<RoleFile>(`roles/${key}.json`);
    const id =
      made.find(({ body }) => (body["properties"] as JsonObject | undefined)?.["roleName"] === Name)?.name ?? "none";
    const held = made.filter(isAssignment).filter(({ body }) => JSON.stringify(body).includes(id));
    return held.map(({ body, scope }) => {
      const { principalId } = body["properties"] as Readonly<Record<string, string>>;
      return `| [${key}](../samples/setup/roles/${key}.json) | ${holders[principalId ?? ""] ?? "?"} | ${placeOf(scope)} |`;
    });
  });
  return ["| role | held by | on |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The part of a page between two marks, and the page with another one there. */
function between(page: string, mark: string): { readonly found: string; with(text: string): string } {
  const [begin, end] = [`<!-- ${mark}:begin -->`, `<!-- ${mark}:end -->`];
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  assert.ok(from >= begin.length && to >= from, mark);
  return { found: page.slice(from, to), with: (text) => `${page.slice(0, from)}\n\n${text}\n\n${page.slice(to)}` };
}

describe("docs/setup.md", () => {
  it("lists the parameters, and who holds which role where", async () => {
    const path = "docs/setup.md";
    const page = read(path);
    const withParameters = between(page, "parameters").with(parameterTable());
    const whole = await format(between(withParameters, "roles").with(roleTable()), {
      parser: "markdown",
      printWidth: 120,
    });
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(join(root, path), whole);
    assert.equal(read(path), whole);
    assert.doesNotMatch(whole, /\| (?:\?|undefined) \|/);
  });

  it("counts the roles, and registers what a deployment does not", () => {
    const page = read("docs/setup.md");
    assert.equal(readdirSync(join(setupFolder, "roles")).length, 16);
    assert.match(page, /sixteen custom roles/);
    const [, named = ""] = /for namespace in ([^;]*);/.exec(page) ?? [];
    const script = read("samples/setup/setup.sh");
    assert.ok(named.split(" ").every((namespace) => script.includes(namespace)));
  });
});

describe("docs/networking.md", () => {
  const page = read("docs/networking.md");

  it("names the hosts of docs/hosts.md for the public cloud, and no others", () => {
    const hosts = read("docs/hosts.md");
    const clouds = (hosts.split("\n## Of the clouds\n")[1] ?? "").split("\n## ")[0] ?? "";
    const devops = (hosts.split("\n## Of Azure DevOps\n")[1] ?? "").split("\n## ")[0] ?? "";
    const column = (text: string, at: number): readonly string[] =>
      text
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .flatMap((line) => /`([^`]+\.[^`]+)`/.exec(line.split("|")[at] ?? "")?.[1] ?? []);
    const expected = new Set([...column(clouds, 2), ...column(devops, 2)]);
    const named = [...between(page, "hosts").found.matchAll(/^- `(.+)`$/gm)].map(([, host = ""]) => host);
    assert.ok(named.length >= 5);
    assert.deepEqual([...named].sort(), [...expected].sort());
  });

  it("names the ports, the delegation and the property that the check P9 looks for", () => {
    const folder = join(root, "tasks/AzureImageBuilderV1/src/preflight/checks/p09");
    const source = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
    for (const word of [
      "60000-60001",
      "5986",
      "443",
      "445",
      "privateLinkServiceNetworkPolicies",
      "Microsoft.ContainerInstance/containerGroups",
      "AzureLoadBalancer",
    ]) {
      assert.ok(page.includes(word), `the page lacks ${word}`);
      assert.ok(source.includes(word), `P9 does not know ${word}`);
    }
  });
});
