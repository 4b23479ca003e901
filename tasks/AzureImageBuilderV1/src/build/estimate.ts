/** How long a build may take, from what builds of the same image took; each version bears it as a tag. */
import { ServiceError } from "../errors.ts";
import { tagNames } from "../values/tag-names.ts";
import type { GalleryVersionFacts, RunOutput } from "../ports.ts";
import { compareVersions, isVersionNumber } from "../values/version.ts";
import { type BuildPorts, messageOf } from "./ports.ts";

/** Versions that count: those longer ago were perhaps another image. */
const latest = 5;

/** The median duration of the latest versions that tell theirs, in milliseconds; undefined where none does. */
export function estimateDuration(versions: readonly GalleryVersionFacts[]): number | undefined {
  const told = versions
    .filter(({ name }) => isVersionNumber(name))
    .sort((a, b) => compareVersions(b.name, a.name))
    .flatMap(({ tags }) => readDuration(tags[tagNames.duration]) ?? [])
    .slice(0, latest)
    .sort((a, b) => a - b);
  return told[Math.floor(told.length / 2)];
}

/**
 * Notes on each image how long its build took, for the next one's estimate. Needs a right to write tags, which few
 * connections have and none needs: without it nothing is noted, and nobody is told.
 */
export async function noteDuration(
  outputs: readonly RunOutput[],
  ms: number,
  { agent, images }: Pick<BuildPorts, "agent" | "images">,
): Promise<void> {
  const tags = { [tagNames.duration]: `PT${Math.round(ms / 1000)}S` };
  for (const { artifactId } of outputs) {
    if (artifactId === undefined) continue;
    try {
      await images.addTags(artifactId, tags);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      agent.debug(`The build's duration is not noted on ${artifactId}: ${messageOf(error)}`);
    }
  }
}

function readDuration(text: string | undefined): number | undefined {
  const seconds = /^PT(\d{1,6})S$/.exec(text ?? "")?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
