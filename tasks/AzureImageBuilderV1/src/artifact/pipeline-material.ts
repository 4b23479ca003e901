/** The archive that Azure DevOps makes of a pipeline artifact, handed over as it comes and looked at on its way. */
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { PipelineArtifact } from "../ports.ts";
import type { Ports } from "../ports.ts";
import type { Material } from "./material.ts";
import { beginZipCheck } from "./zip-check.ts";

/** How often a download is begun, and the pause before the second, in milliseconds; each further one is twice as long. */
const tries = 4;
const firstPause = 1_000;

/**
 * The material of a pipeline artifact. Its digest is known before the download where the artifact has a manifest; `make`
 * throws a TaskError AIB407 where the download breaks off, and writes nothing that a second `make` could continue.
 */
export function openPipelineMaterial(
  artifact: PipelineArtifact,
  { artifacts, signal }: { readonly artifacts: Ports["artifacts"]; readonly signal: AbortSignal },
): Material {
  return {
    digest: () => Promise.resolve(artifact.content),
    make: async (write) => {
      const check = beginZipCheck(artifact);
      for await (const bytes of artifacts.open(artifact, signal)) {
        signal.throwIfAborted();
        check.add(bytes);
        await write(bytes);
      }
      const { content, files, bytes } = check.end();
      return { content: artifact.content ?? content, files, size: bytes, madeExecutable: 0 };
    },
  };
}

/** Whether an error is a download that broke off, so that the same may succeed from its beginning. */
export function isBrokenDownload(error: unknown): boolean {
  return error instanceof TaskError && error.code === failureCodes.artifactDownload;
}

/**
 * Runs `attempt`, which downloads and stores from the beginning each time, until a download does not break off. Nothing
 * is resumed in the middle: Azure DevOps makes the archive anew each time, and its bytes may differ.
 */
export async function withDownloads<T>(
  attempt: () => Promise<T>,
  { agent, clock, cancelled }: Pick<Ports, "agent" | "clock" | "cancelled">,
): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBrokenDownload(error) || count === tries) throw error;
      agent.info(`${error instanceof Error ? error.message : String(error)} It is begun again.`);
      await clock.sleep(firstPause * 2 ** (count - 1), cancelled);
    }
  }
}
