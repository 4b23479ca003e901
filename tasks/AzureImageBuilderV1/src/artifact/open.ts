/** Opens what an artifact is made from, and tells its content digest where nothing is uploaded. */
import type { ArtifactPlan, BuildPlan } from "../plan/types.ts";
import type { Ports } from "../ports.ts";
import type { Material } from "./material.ts";
import type { Workers } from "./workers.ts";

type OpenPorts = Pick<Ports, "artifacts" | "cancelled">;

/** The material of an artifact. Throws a TaskError where there is nothing at its path. */
export async function openArtifact(
  { source, format }: ArtifactPlan,
  workers: Workers,
  { artifacts, cancelled: signal }: OpenPorts,
): Promise<Material> {
  if (source.kind === "pipeline") {
    const { openPipelineMaterial } = await import("./pipeline-material.ts");
    return openPipelineMaterial(source.artifact, { artifacts, signal });
  }
  const { openMaterial } = await import("./material.ts");
  const modes = process.platform === "win32" ? "derived" : "agent";
  return openMaterial({ source, format }, { workers, modes, signal });
}

/**
 * The content digest of the plan's artifact (lower-case hex), undefined where it has none. Reads the files, and downloads
 * an artifact of a run whose digest Azure DevOps does not tell. Throws a TaskError that names what cannot be read.
 */
export async function readContentDigest(
  { artifact }: BuildPlan,
  ports: OpenPorts & Pick<Ports, "agent" | "clock">,
): Promise<string | undefined> {
  if (artifact === undefined) return undefined;
  const { startWorkers } = await import("./workers.ts");
  const workers = startWorkers();
  try {
    const material = await openArtifact(artifact, workers, ports);
    const told = await material.digest();
    if (told !== undefined) return told;
    const { withDownloads } = await import("./pipeline-material.ts");
    const { content } = await withDownloads(() => material.make(() => Promise.resolve()), ports);
    return content;
  } finally {
    await workers.close();
  }
}
