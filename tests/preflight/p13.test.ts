import assert from "node:assert/strict";
import type { CheckResult } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Told, toldOf } from "./told-texts.ts";

const subscription = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const group = `${subscription}/resourceGroups/rg-images`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-imagebuilder`;
const template = (...verbs: readonly string[]): string =>
  verbs.map((verb) => `Microsoft.VirtualMachineImages/imageTemplates/${verb}`).join(", ");

function lacks(code: string, what: string, { role, scope }: { readonly role: string; readonly scope: string }): Told {
  return {
    code,
    severity: code === "AIB087" ? "warning" : "error",
    message: `The service connection lacks ${what}`,
    remedy: `Give its principal the role ${role} on ${scope}.`,
    commands: [
      `az role assignment create --assignee-object-id <object ID> --assignee-principal-type ServicePrincipal --role "${role}" --scope ${scope}`,
    ],
  };
}

const ofLog =
  "each of Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read, " +
  "Microsoft.Storage/storageAccounts/listKeys/action, Microsoft.ContainerInstance/containerGroups/containers/logs/read";
const noLog = "The build goes on without, and its log cannot be shown.";
const polling = lacks(
  "AIB085",
  "Microsoft.VirtualMachineImages/locations/operations/read on the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f. The template would be made, and the task could not see when it is ready.",
  { role: "Reader", scope: subscription },
);

describe("P13, the service connection's own permissions", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());
  beforeEach(() => stage.emulator.reset("default"));

  const check = async (world: string, inputs: Readonly<Record<string, string>> = {}): Promise<CheckResult> => {
    await stage.emulator.reset(world);
    return stage.check("P13", { inputs });
  };

  it("is content with a role that has all that is needed", async () => {
    const { status, findings, notRead } = await check("default");
    assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
  });

  it("tells what a connection that only reads lacks", async () => {
    const result = await check("preflight/connection-reads-only");
    assert.deepEqual(toldOf(result), [
      lacks(
        "AIB085",
        `${template("write", "run/action", "cancel/action", "delete")} on the resource group rg-images. The build cannot be carried out without.`,
        { role: "Contributor", scope: group },
      ),
      lacks(
        "AIB086",
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on the identity id-imagebuilder. The service refuses the template (LinkedAuthorizationFailed).",
        { role: "Managed Identity Operator", scope: identity },
      ),
    ]);
    assert.deepEqual(result.findings[1]?.right, {
      identity: "the service connection",
      actions: ["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"],
      scope: identity,
      role: "Managed Identity Operator",
    });
  });

  it("asks for no deletion where the template is to stay", async () => {
    const [first] = (await check("preflight/connection-reads-only", { cleanup: "never" })).findings;
    assert.deepEqual(first?.right?.actions, template("write", "run/action", "cancel/action").split(", "));
  });

  it("tells that the task could not see the template's state, nor the log", async () => {
    assert.deepEqual(toldOf(await check("preflight/connection-without-log")), [
      polling,
      lacks(
        "AIB087",
        `${ofLog} on the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f, where the service makes the staging group. ${noLog}`,
        { role: "Storage Blob Data Reader", scope: subscription },
      ),
    ]);
  });

  it("asks for the log in the staging group that the step names", async () => {
    const told = toldOf(await check("preflight/connection-without-log", { stagingResourceGroup: "rg-staging" }));
    const scope = `${subscription}/resourceGroups/rg-staging`;
    const expected = lacks("AIB087", `${ofLog} on the staging resource group rg-staging. ${noLog}`, {
      role: "Storage Blob Data Reader",
      scope,
    });
    assert.deepEqual(told, [polling, expected]);
  });

  it("does not ask for the log where the step wants none", async () => {
    const inputs = { verbosity: "none", attachLog: "never" };
    assert.deepEqual(toldOf(await check("preflight/connection-without-log", inputs)), [polling]);
  });

  it("tells that the template's resource group is not there", async () => {
    const inputs = { resourceGroup: "rg-none", location: "westeurope" };
    assert.deepEqual(toldOf(await check("default", inputs)), [
      {
        code: "AIB084",
        severity: "error",
        message:
          "There is no resource group rg-none in the subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f: the template has no place.",
        remedy: "Name a resource group that exists, or make this one; the task makes none.",
        commands: [
          "az group create --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --name rg-none --location westeurope",
        ],
      },
    ]);
  });

  it("takes nothing for lacking that a role under a condition may give", async () => {
    const conditional = {
      actions: ["*"],
      notActions: [],
      dataActions: ["*"],
      notDataActions: [],
      condition: "(false)",
    };
    const action = { status: 200, body: { value: [conditional] } };
    stage.emulator.addFault({ match: { path: `${identity}/providers/Microsoft.Authorization/permissions` }, action });
    const { status, findings, notRead } = await stage.check("P13");
    assert.deepEqual(
      { status, findings, notRead },
      {
        status: "notChecked",
        findings: [],
        notRead: [
          "whether the service connection has Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on the identity id-imagebuilder: roles under a condition",
        ],
      },
    );
  });

  it("finds nothing, and names the missing right, where the connection may not read its own rights", async () => {
    const match = { path: "/providers/Microsoft.Authorization/permissions" };
    stage.emulator.addFault({ match, times: 20, action: { status: 403, code: "AuthorizationFailed" } });
    const { status, findings, notRead } = await stage.check("P13");
    assert.deepEqual({ status, findings }, { status: "notChecked", findings: [] });
    assert.match(notRead[0] ?? "", /^Microsoft\.Authorization\/permissions\/read: .*AuthorizationFailed/);
  });
});
