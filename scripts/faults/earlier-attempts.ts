/** What an earlier attempt of the step has left behind: its template, as the task has made it, in several states. */
import { putTemplateAt } from "../../tests/e2e/template-at.ts";
import { pipelineToken, send } from "../../tests/emulator/core/testing.ts";
import type { Emulator } from "../../tests/emulator/index.ts";
import { configureImageBuilder } from "../../tests/emulator/services/virtual-machine-images/index.ts";
import { failing } from "./builders.ts";

interface Template {
  readonly name: string;
  readonly body: {
    readonly properties: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
}

const type = "Microsoft.VirtualMachineImages/imageTemplates";
const apiVersion = "api-version=2024-02-01";

/** The template of the build that all scenarios of earlier attempts ask for, by emulator. */
const made = new WeakMap<Emulator, Template>();

/** Keeps the template of the run that has just ended, as it was asked for. */
export async function keepMade(emulator: Emulator): Promise<void> {
  const [found] = emulator.world.resources.list("", type);
  if (made.has(emulator) || found === undefined) return;
  const answer = await send(emulator, { url: `${found.id}?${apiVersion}`, token: await pipelineToken(emulator) });
  const { location, tags, identity, properties } = answer.json<Template["body"]>();
  const own = Object.keys((identity as { readonly userAssignedIdentities: object }).userAssignedIdentities);
  const given = { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(own.map((id) => [id, {}])) };
  made.set(emulator, { name: found.name, body: { location, tags, identity: given, properties: asAsked(properties) } });
}

const found = new Set(["provisioningState", "lastRunStatus", "exactStagingResourceGroup", "exactVersion"]);

/** Beside what was asked for, the service shows what it has found, and as null what nobody has asked for; it takes neither. */
function asAsked(properties: Template["body"]["properties"]): Template["body"]["properties"] {
  const text = JSON.stringify(properties, (name, value: unknown) =>
    value === null || found.has(name) ? undefined : value,
  );
  return JSON.parse(text) as Template["body"]["properties"];
}

/** Its build goes on. */
export async function seedGoingOn(emulator: Emulator): Promise<void> {
  const { name, body } = templateOf(emulator);
  await putTemplateAt(emulator, name, body);
  await change(emulator, "POST", "/run");
}

/** Its build has made the image. */
export async function seedSucceeded(emulator: Emulator): Promise<void> {
  await seedGoingOn(emulator);
  await until(emulator, (state) => state === "Succeeded");
}

/** Its build has failed; the next one will not. */
export async function seedFailed(emulator: Emulator): Promise<void> {
  configureImageBuilder(emulator.world, failing);
  await seedGoingOn(emulator);
  await until(emulator, (state) => state === "Failed");
  configureImageBuilder(emulator.world, { simulatedSteps: [] });
}

/** Its build has made the image, and the template is gone. */
export async function seedImage(emulator: Emulator): Promise<void> {
  await seedSucceeded(emulator);
  await change(emulator, "DELETE", "");
  await until(emulator, (state) => state === undefined);
}

function templateOf(emulator: Emulator): Template {
  const template = made.get(emulator);
  if (template === undefined) throw new Error("No run has made the template yet.");
  return template;
}

async function change(emulator: Emulator, method: string, path: string): Promise<void> {
  const { resourceGroup } = emulator.description.resources;
  const url = `${resourceGroup}/providers/${type}/${templateOf(emulator).name}${path}?${apiVersion}`;
  const { status, text } = await send(emulator, { method, url, token: await pipelineToken(emulator) });
  if (status !== 202) throw new Error(`${method} ${url}: ${status} ${text}`);
}

/** Waits until the last run of the template is in a state, an emulated hour at most. */
async function until({ world }: Emulator, isSo: (state: string | undefined) => boolean): Promise<void> {
  for (let looks = 0; looks < 1_800; looks += 1) {
    const [template] = world.resources.list("", type);
    const { lastRunStatus } = (template?.body["properties"] ?? {}) as {
      readonly lastRunStatus?: { readonly runState?: string };
    };
    if (isSo(template === undefined ? undefined : (lastRunStatus?.runState ?? ""))) return;
    await world.clock.sleep(2_000);
  }
  throw new Error("The earlier attempt's template does not come to the state that is wanted.");
}
