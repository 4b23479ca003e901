/** What a run leaves in the cloud beside its image, as a person would find it there. */
import type { Emulator } from "../../tests/emulator/index.ts";
import { unfinishedBlobs } from "./seeds.ts";

/**
 * What is left and not named in the log: templates that nobody deletes, and blobs of broken uploads. What was there
 * before, by name, does not count.
 */
export async function findLeftovers(
  emulator: Emulator,
  lines: readonly string[],
  before: readonly string[] = [],
): Promise<readonly string[]> {
  const log = lines.join("\n");
  const templates = emulator.world.resources
    .list("", "Microsoft.VirtualMachineImages/imageTemplates")
    .filter(({ body }) => stateOf(body) !== "Deleting")
    .map(({ name }) => ({ what: `image template ${name}`, name }));
  const blobs = (await unfinishedBlobs(emulator)).map((name) => ({ what: `blob ${name}`, name }));
  return [...templates, ...blobs]
    .filter(({ name }) => !log.includes(name) && !before.includes(name))
    .map(({ what }) => what);
}

function stateOf(body: Record<string, unknown>): unknown {
  return (body["properties"] as { readonly provisioningState?: unknown } | undefined)?.provisioningState;
}
