/** What can be wrong with an artifact's files, in words. */
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";

const { artifactDownload, artifactEntry, artifactLink, artifactRead } = failureCodes;
const noLinks = "Remove the link: the archive for a Windows image holds what links point to.";

export function linkOut(path: string, target: string): TaskError {
  return new TaskError(artifactLink, `The link ${path} leads out of the artifact, to ${target}.`, {
    next: "Copy the file into the artifact, or make the link relative to a place inside it.",
  });
}

export function linkToNothing(path: string, target: string): TaskError {
  return new TaskError(artifactLink, `The link ${path} leads to ${target}, where there is nothing.`, { next: noLinks });
}

export function linkInCircle(path: string, target: string): TaskError {
  return new TaskError(artifactLink, `The link ${path} leads to ${target}, which contains it.`, { next: noLinks });
}

export function notArchivable(path: string): TaskError {
  return new TaskError(artifactEntry, `${path} is a device, socket or pipe; an artifact holds files only.`, {
    next: "Remove it, or give a path that does not contain it.",
  });
}

export function strangeName(folder: string, name: string): TaskError {
  return new TaskError(artifactEntry, `${JSON.stringify(name)} in ${folder} is not a name in UTF-8.`, {
    next: "Rename the file: another system could not read its name.",
  });
}

export function nameImpossible(name: string, why: string): TaskError {
  return new TaskError(artifactEntry, `The name ${JSON.stringify(name)} is not possible in a Windows image: ${why}.`, {
    next: "Rename it, or leave it out by a line in .artifactignore.",
  });
}

export function nameClash(folder: string, one: string, other: string): TaskError {
  return new TaskError(
    artifactEntry,
    `${JSON.stringify(one)} and ${JSON.stringify(other)} in ${folder} differ by case alone: in a Windows image they are one.`,
    { next: "Rename one of them, or leave it out by a line in .artifactignore." },
  );
}

export function cannotRead(path: string, error: unknown): TaskError {
  const why = error instanceof Error ? error.message : String(error);
  return new TaskError(
    artifactRead,
    `The artifact could not be read: ${why}${why.includes(path) ? "" : ` (${path})`}.`,
    {
      cause: error,
      next: "See that the agent may read it, and that nothing changes the files while the step runs.",
    },
  );
}

export function hasChanged(path: string): TaskError {
  return new TaskError(artifactRead, `${path} changed while it was read: what would be uploaded was never there.`, {
    next: "See that nothing changes the files while the step runs.",
  });
}

export function brokenDownload(artifact: string, why: string, cause?: unknown): TaskError {
  return new TaskError(
    artifactDownload,
    `The download of the artifact ${artifact} is not complete: ${why.replace(/\.$/, "")}.`,
    {
      cause,
      next: "Run the step again. If it stays so, download the artifact on the run's page, and publish it again.",
    },
  );
}

export function strangeArchive(artifact: string, why: string): TaskError {
  return new TaskError(
    artifactEntry,
    `The archive of the artifact ${artifact} is not as Azure DevOps makes them: ${why}.`,
    {
      next: "Download it with DownloadPipelineArtifact@2, and name the folder in artifactPath.",
    },
  );
}

export function nameLeadsOut(artifact: string, name: string): TaskError {
  return new TaskError(
    artifactEntry,
    `${JSON.stringify(name)} in the artifact ${artifact} leads out of the folder it is unpacked to.`,
    { next: "Publish the artifact without it." },
  );
}
