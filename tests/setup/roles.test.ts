/** The actions of samples/setup's roles are those that the documents list and that the tasks look for: no more, no less. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { identityNeeds } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p01-needs.ts";
import type { Subject } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { covers } from "../../tasks/AzureImageBuilderV1/src/values/permissions.ts";
import { group } from "./place.ts";
import { readSetup, type RoleFile, setupFolder } from "./stage.ts";

const root = resolve(import.meta.dirname, "../..");
const keys = readdirSync(join(setupFolder, "roles")).map((name) => name.replace(/\.json$/, ""));
const actionsOf = (wanted: (key: string) => boolean): readonly string[] => [
  ...new Set(
    keys.filter(wanted).flatMap((key) => {
      const { Actions, DataActions } = readSetup<RoleFile>(`roles/${key}.json`);
      return [...Actions, ...DataActions];
    }),
  ),
];
const all = actionsOf(() => true);

/** Documented and left out on purpose, with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  "Microsoft.Storage/storageAccounts/listKeys/action": "a key opens everything",
};

/** Actions that a document names in a section: in full, or by `…/end` after one of the same provider. */
function documented(page: string, heading: string): readonly RegExp[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  assert.notEqual(section, "", heading);
  const found: RegExp[] = [];
  for (const row of section.split("\n").filter((line) => line.startsWith("|"))) {
    // A row that begins with `…/end` does not say whose it is.
    let provider = "*";
    for (const [, word = ""] of row.matchAll(/`([^`]+)`/g)) {
      if (!/^(?:Microsoft\.|…?\/|read$|write$|delete$)/.test(word) || !/(?:read|write|delete|action|\*)$/.test(word))
        continue;
      if (word.startsWith("Microsoft.")) provider = word.split("/")[0] ?? "";
      const pattern = word.startsWith("Microsoft.") ? word : `${provider}/…/${word.replace(/^…?\//, "")}`;
      found.push(
        new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replace("/…/", "/(?:.*/)?")}$`, "i"),
      );
    }
  }
  return found;
}

const pages = [
  ["permissions.md", "The service connection's principal", (key: string): boolean => key.startsWith("connection-") || key === "identity-assign"], // prettier-ignore
  ["permissions.md", "The template's identity", (key: string): boolean => key.startsWith("identity-") || key === "artifact-reader"], // prettier-ignore
  ["lifecycle.md", "Permissions of the connection", (key: string): boolean => key.startsWith("lifecycle-")],
] as const;

/** What stands in a built-in role that a document names, and not in the document itself. */
const ofBuiltInRoles = [
  "Microsoft.Storage/storageAccounts/blobServices/containers/read",
  "Microsoft.Storage/storageAccounts/blobServices/containers/write",
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
];

describe("the role files of samples/setup", () => {
  it("name each action in full, and none that hands out keys", () => {
    for (const action of all) assert.match(action, /^Microsoft\.\w+(?:\/\w+)+\/(?:read|write|delete|action)$/);
    assert.deepEqual(
      all.filter((action) => /listKeys|roleAssignments\/write|\*/i.test(action)),
      [],
    );
  });

  for (const [page, heading, isMeant] of pages) {
    it(`hold what docs/${page} lists under "${heading}", and nothing else`, () => {
      const words = documented(page, heading);
      const own = actionsOf(isMeant);
      const unlisted = own.filter(
        (action) => !words.some((word) => word.test(action)) && !ofBuiltInRoles.includes(action),
      );
      assert.deepEqual(unlisted, []);
      const unheld = words.filter((word) => !all.some((action) => word.test(action)));
      assert.deepEqual(
        unheld.map(String),
        unheld.filter((word) => Object.keys(leftOut).some((one) => word.test(one))).map(String),
      );
      assert.ok(words.length >= 5);
    });
  }

  it("give the identity what the check P1 derives from a template with everything in it, and nothing else", () => {
    const gallery = `${group}/providers/Microsoft.Compute/galleries/g/images/i`;
    const vnet = `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets`;
    const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one`;
    const subject = {
      plan: { template: { subscriptionId: "s", resourceGroup: "rg", name: "t" } },
      template: {
        identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
        properties: {
          source: { type: "SharedImageVersion", imageVersionId: `${gallery}/versions/1.0.0` },
          distribute: [
            { type: "SharedImage", galleryImageId: gallery, runOutputName: "a" },
            { type: "ManagedImage", imageId: `${group}/providers/Microsoft.Compute/images/m`, runOutputName: "b" },
          ],
          vmProfile: {
            userAssignedIdentities: [`${identity}-other`],
            vnetConfig: { subnetId: `${vnet}/build`, containerInstanceSubnetId: `${vnet}/containers` },
          },
        },
      },
    } as unknown as Subject;
    const needed = new Set(
      identityNeeds(subject, identity).flatMap(({ rights }) => rights.map(({ action }) => action)),
    );
    assert.deepEqual([...needed].sort(), [...actionsOf((key) => key.startsWith("identity-"))].sort());
  });

  /** Actions that the tasks' sources name and no role gives, with the reason. */
  const unneeded: Readonly<Record<string, string>> = {
    ...leftOut,
    "Microsoft.Compute/disks/write": "a resource that policies are asked about",
    "Microsoft.Compute/virtualMachines/write": "an existing staging group: Contributor",
    "Microsoft.ContainerInstance/containerGroups/write": "an existing staging group: Contributor",
    "Microsoft.Network/networkInterfaces/write": "an existing staging group: Contributor",
    "Microsoft.Storage/storageAccounts/write": "an existing staging group: Contributor",
    "Microsoft.Network/ddosProtectionPlans/join/action": "a DDoS protection plan, which the setup does not make",
  };

  it("give every right that the tasks ask for by name", () => {
    const sources = ["AzureImageBuilderV1", "AzureImageLifecycleV1"].flatMap((task) =>
      readdirSync(join(root, "tasks", task, "src"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(join(root, "tasks", task, "src", name), "utf8")),
    );
    const named = new Set(
      sources.flatMap((text) => text.match(/(?<=")Microsoft\.\w+(?:\/\w+)+\/(?:read|write|delete|action)(?=")/g) ?? []),
    );
    assert.ok(named.size > 25);
    const lacking = [...named].filter((action) => !all.some((one) => covers(one, action)));
    assert.deepEqual(lacking.sort(), Object.keys(unneeded).sort());
  });
});
