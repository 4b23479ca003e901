/** What lies in the cloud before a run. */
import { createTemplateAt } from "../../tests/e2e/template-at.ts";
import { send } from "../../tests/emulator/core/testing.ts";
import type { Emulator } from "../../tests/emulator/index.ts";

const account = "stimages";
const container = "imagebuilder";

interface Kept {
  readonly name: string;
  readonly content: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the task has stored of the artifact of all runs, by emulator; known as soon as one run has stored it. */
const stored = new WeakMap<Emulator, Kept>();

/** Keeps the artifact's blob of the run that has just ended. */
export async function keepStored(emulator: Emulator): Promise<void> {
  if (stored.has(emulator)) return;
  const { blobs } = emulator.world;
  for (const { name, metadata } of await blobs.list(account, container)) {
    const content = name.startsWith("v1/") ? await blobs.read(account, container, name) : undefined;
    if (content !== undefined) stored.set(emulator, { name, content, metadata });
  }
}

/** The artifact is there already. Throws an Error where no run has stored it yet. */
export async function seedStored(emulator: Emulator): Promise<void> {
  const blob = stored.get(emulator);
  if (blob === undefined) throw new Error("No run has stored the artifact yet.");
  await put(emulator, blob);
}

/** Blobs of the task that nobody has used for a long time: one that is whole, and one of a broken upload. */
export async function seedOldBlobs(emulator: Emulator): Promise<void> {
  const metadata = { aibtask: "1", content: "0".repeat(64), size: "3", lastused: "2020-01-01T00:00:00.000Z" };
  for (const name of [`v1/${"0".repeat(64)}.tar.gz`, "incoming/0123456789abcdef"]) {
    await put(emulator, { name, content: Buffer.from("old"), metadata });
  }
}

/** The template `kept`, which somebody else has made. */
export async function seedTemplate(emulator: Emulator): Promise<void> {
  await createTemplateAt(emulator, "kept");
}

/** The template `kept`, and a run of it. */
export async function seedRun(emulator: Emulator): Promise<void> {
  await createTemplateAt(emulator, "kept");
  const token = await emulator.tokenOf("operator");
  const path = `${emulator.description.resources.resourceGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/kept`;
  await send(emulator, { method: "POST", url: `${path}/run?api-version=2024-02-01`, token });
}

/** Version 1.0.0 of the definition. */
export async function seedVersion(emulator: Emulator): Promise<void> {
  emulator.world.resources.put({
    id: `${emulator.description.resources.definition}/versions/1.0.0`,
    name: "1.0.0",
    type: "Microsoft.Compute/galleries/images/versions",
    location: "westeurope",
    body: {
      properties: {
        provisioningState: "Succeeded",
        publishingProfile: {
          targetRegions: [{ name: "West Europe", regionalReplicaCount: 1 }],
          excludeFromLatest: false,
        },
        storageProfile: { osDiskImage: { hostCaching: "ReadWrite" } },
      },
    },
  });
}

/** Names of blobs that broken uploads have left. */
export async function unfinishedBlobs(emulator: Emulator): Promise<readonly string[]> {
  const all = await emulator.world.blobs.list(account, container);
  return all.map(({ name }) => name).filter((name) => name.startsWith("incoming/"));
}

async function put({ world }: Emulator, { name, content, metadata }: Kept): Promise<void> {
  await world.blobs.write(account, container, name, content);
  await world.blobs.mark(account, container, name, metadata);
}
