/** The artifact's way: from the agent's disk by a blob into the image. */
import { problemCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import type { OsType } from "../ports.ts";
import { withoutArchiveEnding } from "../values/archive-kind.ts";
import { lastSegment, resolvePath } from "../values/path.ts";
import { planAccess } from "./access.ts";
import type { ArtifactPlan } from "./types.ts";

const minute = 60_000;
/** The service's own time limit, which 0 stands for. */
const defaultTimeoutInMinutes = 240;

/** The plan for the artifact, when there is one. Places inside the image are those of the older tasks. */
export function planArtifact(
  inputs: Inputs,
  facts: Facts,
  osType: OsType,
  findings: Findings,
): ArtifactPlan | undefined {
  const { artifact } = inputs;
  if (artifact === undefined || facts.storageAccount === undefined) return undefined;
  const origin = originOf(inputs, facts, osType);
  if (origin === undefined) return undefined;
  const { folder, format, given, ...source } = origin;
  const fault = folderFault(folder, osType);
  if (fault !== undefined) {
    findings.problem(given.input, {
      code: problemCodes.badPath,
      given: given.text,
      why: fault,
      legal: "the path of a file or folder, or the name of an artifact, that the image can hold",
    });
  }
  const place = osType === "linux" ? "/tmp/" : "c:\\buildartifacts\\";
  const timeout = inputs.buildTimeoutInMinutes || defaultTimeoutInMinutes;
  return {
    ...source,
    format,
    folder,
    account: facts.storageAccount,
    container: artifact.container,
    access: planAccess({ inputs, artifact, account: facts.storageAccount, facts: facts.artifactAccess, findings }),
    retentionDays: artifact.retentionDays,
    urlExpires: new Date(facts.now.getTime() + (timeout + 60) * minute),
    archiveInImage: `${place}${folder}.${format}`,
    folderInImage: `${place}${folder}`,
  };
}

/** Where the files are, and what that means for the archive. */
interface Origin extends Pick<ArtifactPlan, "source" | "format" | "folder" | "topFolder" | "deriveModes"> {
  /** The input that names them. */
  readonly given: { readonly input: "artifactPath" | "artifactName"; readonly text: string };
}

function originOf({ artifact }: Inputs, facts: Facts, osType: OsType): Origin | undefined {
  if (artifact?.path === undefined) {
    const found = facts.pipelineArtifact;
    if (found === undefined) return undefined;
    const { name: folder, topFolder } = found;
    const given = { input: "artifactName", text: folder } as const;
    // Azure DevOps makes a zip of files without modes, with a folder at its top.
    return {
      source: { kind: "pipeline", artifact: found },
      format: "zip",
      folder,
      topFolder,
      deriveModes: true,
      given,
    };
  }
  const path = resolvePath(facts.run.workingDirectory, artifact.path);
  const found = facts.artifact ?? { kind: "folder" };
  const isArchive = found.kind === "archive";
  return {
    source: { kind: found.kind, path },
    format: isArchive ? found.format : osType === "linux" ? "tar.gz" : "zip",
    folder: isArchive ? withoutArchiveEnding(lastSegment(path)) : lastSegment(path),
    deriveModes: false,
    given: { input: "artifactPath", text: artifact.path },
  };
}

/** Names that Windows does not take, where the image is Windows (a Linux agent may hold them). */
function folderFault(folder: string, osType: OsType): string | undefined {
  if (folder === "" || /^[A-Za-z]:$/.test(folder))
    return "it is a whole disk, and the folder in the image takes the path's last part as its name";
  if (osType === "linux") return undefined;
  if (/[<>:"|?*]/.test(folder) || /[. ]$/.test(folder) || /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$/i.test(folder)) {
    return `Windows cannot hold a folder of the name \`${folder}\``;
  }
  return undefined;
}
