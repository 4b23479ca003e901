/** The artifact's way: from the agent's disk by a blob into the image. */
import { problemCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import type { OsType } from "../ports.ts";
import { lastSegment, resolvePath } from "../values/path.ts";
import { blobName } from "./names.ts";
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
  const path = resolvePath(facts.run.workingDirectory, artifact.path);
  const folder = lastSegment(path);
  const fault = folderFault(folder, osType);
  if (fault !== undefined) {
    findings.problem("artifactPath", {
      code: problemCodes.badPath,
      given: artifact.path,
      why: fault,
      legal: "the path of a file or folder whose name the image can hold",
    });
  }
  const format = osType === "linux" ? "tar.gz" : "zip";
  const place = osType === "linux" ? "/tmp/" : "c:\\buildartifacts\\";
  const timeout = inputs.buildTimeoutInMinutes || defaultTimeoutInMinutes;
  return {
    path,
    format,
    folder,
    account: facts.storageAccount,
    container: artifact.container,
    blob: blobName(folder, format, facts.run, facts.nonce),
    access: artifact.access,
    urlExpires: new Date(facts.now.getTime() + (timeout + 60) * minute),
    archiveInImage: `${place}${folder}.${format}`,
    folderInImage: `${place}${folder}`,
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
