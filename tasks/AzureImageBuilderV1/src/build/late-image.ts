/**
 * A build that fails in distribution may have made its image version all the same: replication goes on after a time out
 * (wire notes, section 5). Then nobody should build again.
 */
import { ServiceError } from "../errors.ts";
import type { RunOutput, TemplateRef } from "../ports.ts";
import type { BuildPorts } from "./ports.ts";

/** An image version that exists although the build failed. */
export interface LateImage {
  readonly id: string;
  /** Its provisioning state, e.g. `Updating`, or that it cannot be told. */
  readonly state: string;
  readonly output: RunOutput;
}

const versionId = /^(.+\/galleries\/[^/]+\/images\/[^/]+)\/versions\/([^/]+)$/i;

/** Versions among the outputs of a failed run; none where they cannot be read. */
export async function findLateImages(
  ref: TemplateRef,
  { templates, facts }: BuildPorts,
): Promise<readonly LateImage[]> {
  const images: LateImage[] = [];
  for (const output of await orNone(templates.runOutputs(ref))) {
    const [id, definition, name] = versionId.exec(output.artifactId ?? "") ?? [];
    if (id === undefined || definition === undefined) continue;
    const version = (await orNone(facts.galleryVersions(definition))).find((one) => one.name === name);
    // A version that has failed is no image that anyone can use.
    if (version === undefined || version.provisioningState?.toLowerCase() === "failed") continue;
    images.push({ id, state: version.provisioningState ?? "state unknown", output });
  }
  return images;
}

async function orNone<T>(reading: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ServiceError) return [];
    throw error;
  }
}
