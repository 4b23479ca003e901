/** A template in the emulator that no step of the task has made. */
import { pipelineToken, send } from "../emulator/core/testing.ts";
import type { Emulator } from "../emulator/index.ts";

/** Creates a template of one shell step to the world's gallery as the pipeline's principal; resolves when it is ready. */
export function createTemplateAt(emulator: Emulator, name: string): Promise<void> {
  return putTemplateAt(emulator, name, bodyFor(emulator.description.resources));
}

/** Creates a template with that body as the pipeline's principal; resolves when it is ready. */
export async function putTemplateAt(emulator: Emulator, name: string, body: unknown): Promise<void> {
  const group = `/subscriptions/${emulator.description.subscriptionId}/resourceGroups/rg-images`;
  const url = `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}?api-version=2024-02-01`;
  const token = await pipelineToken(emulator);
  const answer = await send(emulator, { method: "PUT", url, token, body });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  for (;;) {
    const read = await send(emulator, { url, token });
    const state = read.json<{ properties: { provisioningState: string } }>().properties.provisioningState;
    if (state === "Succeeded") return;
    if (state !== "Creating") throw new Error(read.text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function bodyFor(resources: Emulator["description"]["resources"]): unknown {
  const { location, identity: identityId, definition: definitionId } = resources;
  const image = { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" };
  return {
    location,
    identity: { type: "UserAssigned", userAssignedIdentities: { [identityId]: {} } },
    properties: {
      source: { type: "PlatformImage", ...image },
      customize: [{ type: "Shell", name: "touch", inline: ["touch /tmp/touched"] }],
      distribute: [
        {
          type: "SharedImage",
          runOutputName: "gallery",
          galleryImageId: definitionId,
          targetRegions: [{ name: location }],
        },
      ],
    },
  };
}
