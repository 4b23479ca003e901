/** An emulator in which everything was made by samples/setup, and nothing else: whoever acts has those roles alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { shortBuild } from "../e2e/short-build.ts";
import { defaultWorld, type WorldFile } from "../emulator/core/world-file.ts";
import type { RoleDefinition } from "../emulator/core/types.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { evaluateArm, evaluateOutputs } from "./arm.ts";
import { guid, type JsonObject, type Made, madeId, principalOf, type Settings } from "./place.ts";

const root = resolve(import.meta.dirname, "../..");
export const setupFolder = join(root, "samples/setup");

/** Reads a JSON file of the setup. */
export function readSetup<T>(name: string): T {
  return JSON.parse(readFileSync(join(setupFolder, name), "utf8")) as T;
}

/** The tested form. */
export const armTemplate = readSetup<Parameters<typeof evaluateArm>[0]>("azuredeploy.json");

/** A role of samples/setup/roles. */
export interface RoleFile {
  readonly Name: string;
  readonly Description: string;
  readonly Actions: readonly string[];
  readonly DataActions: readonly string[];
}

const care = { clientId: "0c1d2e3f-0000-4000-8000-51ab6e7dca5e", objectId: "9a8b7c6d-0000-4000-8000-5e4f3a2bca5e" };

/** Everything the setup can make. */
export const everything: Settings = {
  pipelinePrincipalId: "9a8b7c6d-0000-4000-8000-5e4f3a2b1c0d",
  lifecyclePrincipalId: care.objectId,
  storageAccountName: "stimages",
  buildVmIdentityName: "id-build-vm",
  virtualNetworkName: "vnet-build",
  managedImages: true,
  lifecycleDeletes: true,
};

/** The world after a deployment with these parameters. */
export function worldOf(settings: Settings = everything): WorldFile {
  const world = defaultWorld();
  const made = evaluateArm(armTemplate, settings);
  const outputs = evaluateOutputs(armTemplate, settings) as Readonly<Record<string, string>>;
  const group = world.resources.filter(({ id }) => id === world.defaults.resourceGroup);
  return {
    tenantId: world.tenantId,
    subscriptions: world.subscriptions,
    devops: world.devops,
    applications: [
      ...world.applications,
      { name: "care", ...care, federatedCredentials: [{ name: "images-care", connection: "images-care" }] },
    ],
    roleDefinitions: made.filter(isRole).map(definitionOf),
    roleAssignments: made.filter(isAssignment).map(assignmentOf),
    resources: [...group, ...made.filter((one) => !isRole(one) && !isAssignment(one)).flatMap(resourcesOf)],
    connections: [
      ...world.connections.filter(({ scheme }) => scheme === "WorkloadIdentityFederation"),
      { name: "images-care", id: guid("care"), scheme: "WorkloadIdentityFederation", application: "care" },
    ],
    defaults: {
      location: "westeurope",
      resourceGroup: world.defaults.resourceGroup,
      identity: outputs["managedIdentity"] ?? "",
      gallery: outputs["galleryImage"]?.split("/images/")[0] ?? "",
      definition: outputs["galleryImage"] ?? "",
      storageAccount: outputs["storageAccount"] ?? "",
      subnet: outputs["subnet"] || `${outputs["galleryImage"] ?? ""}/no-subnet`,
    },
  };
}

const isRole = ({ type }: Made): boolean => type === "Microsoft.Authorization/roleDefinitions";
export const isAssignment = ({ type }: Made): boolean => type === "Microsoft.Authorization/roleAssignments";

function definitionOf({ name, body }: Made): NonNullable<WorldFile["roleDefinitions"]>[number] {
  const { roleName: own, permissions } = body["properties"] as {
    readonly roleName: string;
    readonly permissions: readonly [{ readonly actions: readonly string[]; readonly dataActions: readonly string[] }];
  };
  const [{ actions, dataActions }] = permissions;
  return { name, roleName: own, actions: [...actions], dataActions: [...dataActions] };
}

/** Name of a role by its file. */
export const roleName = (key: string): string => readSetup<RoleFile>(`roles/${key}.json`).Name;

function assignmentOf({ body, scope }: Made): NonNullable<WorldFile["roleAssignments"]>[number] {
  const { principalId, roleDefinitionId } = body["properties"] as Readonly<
    Record<"principalId" | "roleDefinitionId", string>
  >;
  return { principal: principalId, role: roleDefinitionId.split("/").at(-1) ?? "", scope };
}

/** As a GET shows it; subnets stand beside their network. */
function resourcesOf(made: Made): readonly WorldFile["resources"][number][] {
  if (/\/(?:containers|managementPolicies)$|publicIPAddresses$/.test(made.type)) return [];
  const id = madeId(made);
  const { properties = {}, ...rest } = made.body as { readonly properties?: JsonObject };
  const identity = made.type.endsWith("userAssignedIdentities")
    ? { principalId: principalOf(id), clientId: guid("client", id) }
    : {};
  const { subnets = [], ...own } = properties as {
    readonly subnets?: readonly { name: string; properties: JsonObject }[];
  };
  return [
    { id, ...rest, properties: { ...own, ...identity, provisioningState: "Succeeded" } },
    ...subnets.map((subnet) => ({ id: `${id}/subnets/${subnet.name}`, properties: subnet.properties })),
  ] as readonly WorldFile["resources"][number][];
}

export interface SetupRun {
  readonly report: JsonReport;
  readonly log: string;
  readonly codes: readonly (string | null)[];
  /** `POST service path` of what was refused with 403. */
  readonly refused: readonly string[];
}

export interface SetupStage {
  readonly emulator: Emulator;
  run(pipeline: string, variables?: Readonly<Record<string, string>>): Promise<SetupRun>;
  /** Runs it while the role of that file lacks an action. Throws an Error where the role has none of that name. */
  runWithout(role: string, action: string, pipeline: string): Promise<SetupRun>;
  close(): Promise<void>;
}

/** Opens the emulator; builds are simulated and take seconds. */
export async function openSetupStage(world = worldOf()): Promise<SetupStage> {
  const extension = await preparePackage(root, () => undefined);
  const emulator = await createEmulator({
    world,
    scale: 150,
    warm: true,
    imageBuilder: { buildVm: "simulated", durations: shortBuild, logBlobDelay: 20_000 },
  });
  const folder = mkdtempSync(join(tmpdir(), "setup-"));
  const run: SetupStage["run"] = async (text, variables = {}) => {
    const before = emulator.requests().length;
    const pipeline = join(mkdtempSync(join(folder, "run-")), "azure-pipelines.yml");
    writeFileSync(pipeline, text);
    const lines: string[] = [];
    const report = await runSession(emulator, {
      pipeline,
      extension,
      // By its ID: a name would be looked for in the whole subscription, which the roles do not show.
      variables: {
        ...sampleVariables(emulator.description),
        storageAccount: world.defaults.storageAccount,
        ...variables,
      },
      sink: (line) => lines.push(line),
    });
    return {
      report,
      log: lines.join("\n"),
      codes: report.steps.flatMap(({ issues }) => issues.map(({ code }) => code)),
      refused: emulator
        .requests()
        .slice(before)
        .filter(({ status }) => status === 403)
        .map(({ method, url }) => `${method} ${decodeURIComponent(new URL(url).pathname)}`),
    };
  };
  return {
    emulator,
    run,
    runWithout: async (role, action, text) => {
      // The roles are looked up in this list at each request.
      const all = emulator.world.roleDefinitions as RoleDefinition[];
      const at = all.findIndex((one) => one.roleName === roleName(role));
      const whole = all[at];
      if (whole?.actions.includes(action) !== true) throw new Error(`the role ${role} has no ${action}`);
      all[at] = { ...whole, actions: whole.actions.filter((one) => one !== action) };
      try {
        return await run(text);
      } finally {
        all[at] = whole;
      }
    },
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await emulator.close();
    },
  };
}
