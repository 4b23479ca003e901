/** A template as the task has asked for it, to be put back later with its run in several states. */
import { putTemplateAt } from "../../tests/e2e/template-at.ts";
import { pipelineToken, send } from "../../tests/emulator/core/testing.ts";
import type { Emulator } from "../../tests/emulator/index.ts";

export interface AskedTemplate {
  readonly name: string;
  readonly body: {
    readonly properties: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
}

/** What a template's run has come to; undefined where the template is gone, empty where it has none. */
type RunState = string | undefined;

const type = "Microsoft.VirtualMachineImages/imageTemplates";
const apiVersion = "api-version=2024-02-01";

/** The one template that is there, as it was asked for; undefined where there is none. */
export async function readAsked(emulator: Emulator): Promise<AskedTemplate | undefined> {
  const [found] = emulator.world.resources.list("", type);
  if (found === undefined) return undefined;
  const answer = await send(emulator, { url: `${found.id}?${apiVersion}`, token: await pipelineToken(emulator) });
  const { location, tags, identity, properties } = answer.json<AskedTemplate["body"]>();
  const own = Object.keys((identity as { readonly userAssignedIdentities: object }).userAssignedIdentities);
  const given = { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(own.map((id) => [id, {}])) };
  return { name: found.name, body: { location, tags, identity: given, properties: asAsked(properties) } };
}

const found = new Set(["provisioningState", "lastRunStatus", "exactStagingResourceGroup", "exactVersion"]);

/** Beside what was asked for, the service shows what it has found, and as null what nobody has asked for; it takes neither. */
function asAsked(properties: AskedTemplate["body"]["properties"]): AskedTemplate["body"]["properties"] {
  const text = JSON.stringify(properties, (name, value: unknown) =>
    value === null || found.has(name) ? undefined : value,
  );
  return JSON.parse(text) as AskedTemplate["body"]["properties"];
}

/** Creates it again, and starts its run. */
export async function putAndRun(emulator: Emulator, { name, body }: AskedTemplate): Promise<void> {
  await putTemplateAt(emulator, name, body);
  await change(emulator, "POST", `${name}/run`);
}

/** Deletes it; resolves when it is gone. */
export async function removeTemplate(emulator: Emulator, { name }: AskedTemplate): Promise<void> {
  await change(emulator, "DELETE", name);
  await untilRun(emulator, (state) => state === undefined);
}

async function change(emulator: Emulator, method: string, path: string): Promise<void> {
  const { resourceGroup } = emulator.description.resources;
  const url = `${resourceGroup}/providers/${type}/${path}?${apiVersion}`;
  const { status, text } = await send(emulator, { method, url, token: await pipelineToken(emulator) });
  if (status !== 202) throw new Error(`${method} ${url}: ${status} ${text}`);
}

/** Waits until the last run of the one template is in a state, an emulated hour at most. */
export async function untilRun({ world }: Emulator, isSo: (state: RunState) => boolean): Promise<void> {
  for (let looks = 0; looks < 1_800; looks += 1) {
    const [template] = world.resources.list("", type);
    const { lastRunStatus } = (template?.body["properties"] ?? {}) as {
      readonly lastRunStatus?: { readonly runState?: string };
    };
    if (isSo(template === undefined ? undefined : (lastRunStatus?.runState ?? ""))) return;
    await world.clock.sleep(2_000);
  }
  throw new Error("The template does not come to the state that is wanted.");
}
