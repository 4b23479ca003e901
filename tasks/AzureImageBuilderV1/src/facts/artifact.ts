/** What lies at the artifact's path on the agent. */
import { problemCodes } from "../codes.ts";
import type { Inputs } from "../inputs/types.ts";
import { archiveFormatOf, headSize } from "../values/archive-kind.ts";
import { lastSegment, resolvePath } from "../values/path.ts";
import type { FileReads } from "./list-files.ts";
import type { ArtifactFound } from "./types.ts";

/** What is there; undefined where the step has no artifact on the agent. Nothing there is a problem. */
export async function findArtifact(
  { artifact }: Inputs,
  workingDirectory: string,
  { files, findings }: FileReads,
): Promise<ArtifactFound | undefined> {
  if (artifact?.path === undefined) return undefined;
  const path = resolvePath(workingDirectory, artifact.path);
  const kind = await files.kind(path);
  if (kind === undefined) {
    findings.problem("artifactPath", {
      code: problemCodes.notFound,
      given: artifact.path,
      why: `there is nothing at ${path}`,
      legal: "a file or folder on the agent, absolute or relative to the working directory",
    });
    return undefined;
  }
  const format = kind === "file" ? archiveFormatOf(lastSegment(path), await files.head(path, headSize)) : undefined;
  return kind === "folder" || format === undefined ? { kind } : { kind: "archive", format };
}
