import assert from "node:assert/strict";
import { gatherFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import type { ArtifactAccessFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import type { FactReader } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { agentOf, group, identity, problemsOf, step, type StepInputs, subscription } from "../inputs/step.ts";
import { broken, forbidden, grantOf, portsOf } from "./world.ts";

const vmIdentity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm`;
const account = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages`;
const artifact = { artifactPath: "web", storageAccount: "stimages" };
const readers = { grants: [grantOf({ dataActions: ["*/blobs/read"] })], complete: true };
const missing = async (): Promise<undefined> => undefined;

async function gather(
  changes: StepInputs,
  reader: Partial<FactReader> = {},
  reads: string[] = [],
): Promise<ArtifactAccessFacts | undefined> {
  const inputs = parseInputs(agentOf(step({ ...artifact, ...changes })));
  return (await gatherFacts(inputs, portsOf({ reader }, reads))).artifactAccess;
}

const ofRoles = (read: string): boolean => ["identity", "permissionsOf", "ownPermissions"].includes(read);

describe("who may read the artifact", () => {
  const all = { artifactAccess: "auto", buildVmIdentities: vmIdentity };
  const oneIdentity = ["identity", "ownPermissions", "permissionsOf"];
  const needed: readonly (readonly [title: string, changes: StepInputs, reads: readonly string[]])[] = [
    ["without an artifact", { artifactPath: "" }, []],
    ["for delegationSas", { ...all, artifactAccess: "delegationSas" }, ["ownPermissions", "ownPermissions"]],
    ["for accountKey", { ...all, artifactAccess: "accountKey" }, ["ownPermissions"]],
    ["for templateIdentity", { ...all, artifactAccess: "templateIdentity" }, oneIdentity],
    ["for vmIdentity", { ...all, artifactAccess: "vmIdentity" }, oneIdentity],
    ["for auto", { artifactAccess: "" }, ["identity", "ownPermissions", "ownPermissions", "permissionsOf"]],
    [
      "for auto with two identities",
      all,
      ["identity", "identity", "ownPermissions", "ownPermissions", "permissionsOf", "permissionsOf"],
    ],
  ];
  for (const [title, changes, expected] of needed) {
    it(`takes no more reads than it needs ${title}`, async () => {
      const reads: string[] = [];
      await gather(changes, {}, reads);
      assert.deepEqual(reads.filter(ofRoles).sort(), expected);
    });
  }

  it("comes from the roles at the container", async () => {
    const asked: string[] = [];
    const facts = await gather(all, {
      permissionsOf: async (principal, scope) => {
        asked.push(scope);
        return principal === "principal-of-vm" ? readers : { grants: [], complete: true };
      },
    });
    assert.deepEqual(facts, {
      vmIdentities: [{ id: vmIdentity, state: "reads" }],
      templateIdentity: { id: identity, state: "noRole", principalId: "principal-of-builder" },
      connection: { upload: "yes", delegation: "yes", keys: "yes" },
    });
    assert.deepEqual(new Set(asked), new Set([`${account}/blobServices/default/containers/imagebuilder`]));
  });

  it("comes from the roles at the account while there is no container", async () => {
    const permissionsOf: FactReader["permissionsOf"] = async (_, scope) => (scope === account ? readers : undefined);
    assert.equal((await gather({}, { permissionsOf }))?.templateIdentity?.state, "reads");
  });

  it("finds an identity that is given by its name", async () => {
    assert.equal((await gather({ managedIdentity: "builder" }))?.templateIdentity?.id, identity);
  });

  const unknown: readonly (readonly [title: string, reader: Partial<FactReader>, facts: object])[] = [
    [
      "an identity that may not be read",
      { identity: forbidden },
      { id: identity, state: "unknown", unread: "identity" },
    ],
    ["an identity that is gone", { identity: missing }, { id: identity, state: "absent" }],
    ["roles that may not be read", { permissionsOf: forbidden }, { id: identity, state: "unknown", unread: "roles" }],
    ["roles while the service is down", { permissionsOf: broken }, { id: identity, state: "unknown", unread: "roles" }],
    [
      "roles of which some are missing",
      { permissionsOf: async () => ({ grants: [], complete: false }) },
      { id: identity, state: "unknown", unread: "allRoles" },
    ],
  ];
  for (const [title, reader, expected] of unknown) {
    it(`is told apart: ${title}`, async () => {
      assert.deepEqual((await gather({}, reader))?.templateIdentity, expected);
    });
  }

  const container = `${account}/blobServices/default/containers/imagebuilder`;
  const own: readonly (readonly [title: string, FactReader["ownPermissions"], readonly string[]])[] = [
    ["nothing without roles", async () => ({ grants: [], complete: true }), ["no", "no"]],
    ["nothing certain where it may not look", forbidden, ["unknown", "unknown"]],
    ["nothing certain where there is no such scope", missing, ["unknown", "unknown"]],
    [
      "signing by a role on actions, which is none on data",
      async () => ({ grants: [grantOf({ actions: ["Microsoft.Storage/*"] })], complete: true }),
      ["no", "yes"],
    ],
    [
      "uploading by a role at the container alone",
      async (scope) => ({
        grants: scope === container ? [grantOf({ dataActions: ["*"], actions: ["*"] })] : [],
        complete: true,
      }),
      ["yes", "no"],
    ],
    [
      "uploading by a role at the account while there is no container",
      async (scope) =>
        scope === container ? undefined : { grants: [grantOf({ dataActions: ["*/blobs/write"] })], complete: true },
      ["yes", "no"],
    ],
  ];
  for (const [title, ownPermissions, expected] of own) {
    it(`includes what the connection may do: ${title}`, async () => {
      const { upload, delegation } = (await gather({}, { ownPermissions }))?.connection ?? {};
      assert.deepEqual([upload, delegation], expected);
    });
  }

  it("includes whether the connection may read keys, where one is asked for", async () => {
    const ownPermissions = async () => ({ grants: [grantOf({ actions: ["*/listKeys/action"] })], complete: true });
    const facts = await gather({ artifactAccess: "accountKey" }, { ownPermissions });
    assert.deepEqual(facts?.connection, { upload: "unknown", delegation: "no", keys: "yes" });
  });

  it("hides no defect of the task", async () => {
    const defect = async (): Promise<never> => {
      throw new TypeError("defect");
    };
    await assert.rejects(gather({}, { identity: defect }), TypeError);
  });

  it("cannot be an identity of the build VM where it has none", () => {
    assert.deepEqual(problemsOf(step({ ...artifact, artifactAccess: "vmIdentity" })), ["buildVmIdentities AIB101"]);
  });
});
