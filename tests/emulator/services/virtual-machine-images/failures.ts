/** Why a run failed, in the words of the time (wire notes, section 6). */
import type { BuilderSettings } from "./settings.ts";

/** A run that ended as Failed: the operation's error; its message is that of lastRunStatus, too. */
export class RunFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "RunFailure";
    this.code = code;
  }
}

/** The time limit passed while the image was handed out: the words are those of the distribution. */
export class DistributionTimeout extends RunFailure {
  constructor(message: string) {
    super("InternalOperationError", message);
    this.name = "DistributionTimeout";
  }
}

export interface FailedBuild {
  readonly wording: BuilderSettings["failureWording"];
  readonly accountId: string;
  readonly account: string;
  /** Folder in packerlogs. */
  readonly folder: string;
  readonly log: "customization.log" | "validation.log";
  /** What the lines of the log begin with. */
  readonly operationId: string;
}

const HELP = "https://aka.ms/azvmimagebuilderts";

/** A customizer, a validator or Packer itself failed. */
export function packerFailure(build: FailedBuild): RunFailure {
  const { account, accountId, folder, log, operationId, wording } = build;
  const url = `https://${account}.blob.core.windows.net/packerlogs/${folder}/${log}`;
  if (wording === "2020") {
    return new RunFailure(
      "InternalOperationError",
      `Failed while waiting for packerizer: Microservice has failed: Failed while processing request: Error when executing packerizer: Packer build command has failed: exit status 1. During the image build, a failure has occurred, please review the build log to identify which build/customization step failed. For more troubleshooting steps go to ${HELP}. Image Build log location: ${url}. OperationId: ${operationId}. Use this operationId to search packer logs.`,
    );
  }
  if (wording === "2022") {
    return new RunFailure(
      "PackerBuildFailed",
      `During the image build a failure has occurred. Image build log location: ${url}. OperationId: ${operationId}. Use this operationId to search packer logs. For more troubleshooting steps go to ${HELP}.`,
    );
  }
  return new RunFailure(
    "PackerBuildFailed",
    `During the image build a failure has occurred. Packer build logs are at location ${accountId}/blobServices/default/containers/packerlogs/${folder}/${log}. Please navigate to this location using portal or other tools to download logs for identifying which build/customization step failed. Use this operationId ${operationId} to search packer logs. For more troubleshooting steps go to ${HELP}.`,
  );
}

/** The time limit of the build. */
export function timeoutFailure(): RunFailure {
  return new RunFailure(
    "InternalOperationError",
    "Failed in building/customizing image: Failed while waiting for packerizer: Timeout waiting for microservice to complete: 'context deadline exceeded'",
  );
}

const DEADLINE =
  "Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded";

/** What the service calls a gallery. */
export function galleryWord(wording: BuilderSettings["failureWording"]): string {
  return wording === "2024" ? "Azure Compute Gallery" : "shared image gallery";
}

/** A gallery that was not done replicating in time (TS, error with waiting for Azure Compute Gallery). */
export function lateGallery(
  definitionId: string,
  location: string,
  wording: BuilderSettings["failureWording"],
): string {
  const word = galleryWord(wording);
  const [, , subscription = "", , group = "", , , , gallery = "", , image = ""] = definitionId.split("/");
  const target = `dstImageLocation: ${location}, dstSubscription: ${subscription}, dstResourceGroupName: ${group}, dstGalleryName: ${gallery}, dstGalleryImageName: ${image}`;
  return `Error publishing MDI to ${word}:${definitionId}, Location:${location}. Error: Error returned from SIG client while publishing MDI to ${word} for ${target}. Error: Error waiting on ${word} future for resource group: ${group}, gallery name: ${gallery}, gallery image name: ${image}.Error: ${DEADLINE}`;
}

/** Another target that was not served in time (inferred). */
export const lateTarget = `Error waiting for the distribution to complete. Error: ${DEADLINE}`;

/** Targets that could not be served, by their place in the template. */
export function distributionMessage(
  failures: readonly { readonly index: number; readonly message: string }[],
  total: number,
): string {
  const listed = failures.map(({ index, message }, at) => `[Error ${at}] [Distribute ${index}] ${message}`).join(" ");
  return `Failed in distributing ${failures.length} images out of total ${total}: {${listed}}`;
}
