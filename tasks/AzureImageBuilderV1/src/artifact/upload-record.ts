/**
 * What the step's post-job part is told of an upload whose blob has no final name yet: written before the blob is complete,
 * taken back when it is gone (agent contract, section 4.4). Nothing in it is secret.
 */
import { createHash } from "node:crypto";
import { type Fields, isOneOf, isProcess, isTemplateRef, matches, readRecordText } from "../values/record-text.ts";
import { tagNames } from "../values/tag-names.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { Agent, ProcessIdentity, StorageAccountFacts, TemplateRef } from "../ports.ts";

/** Name of the task variable. */
const uploadName = "AibUpload";
/** The environment variable by which the post-job part gets it. */
export const uploadVariable = "VSTS_TASKVARIABLE_AIBUPLOAD";

/** Where a blob lies. */
export interface BlobPlace {
  /** Resource ID of the storage account. */
  readonly account: string;
  readonly container: string;
  readonly blob: string;
}

export interface UploadRecord extends BlobPlace {
  readonly version: 1;
  /** How the container is reached. */
  readonly access: "token" | "accountKey";
  /** The template for which it is: the blob's name begins with a digest over it and the run. */
  readonly template: TemplateRef;
  /** The process of the main part. */
  readonly process: ProcessIdentity;
}

/** Blobs of uploads under way, whose content is not known before they are complete. */
export const incoming = "incoming/";

/** What the names of a step's own uploads begin with: a later attempt of it knows by them what an earlier one left. */
export function incomingPrefix({ template, templateTags }: Pick<BuildPlan, "template" | "templateTags">): string {
  const owner = [templateTags[tagNames.run] ?? "", template.subscriptionId, template.resourceGroup, template.name];
  const digest = createHash("sha256").update(JSON.stringify(owner)).digest("hex");
  return `${incoming}${digest.slice(0, 16)}-`;
}

/** What a record is about. */
export interface NotedUpload extends Omit<BlobPlace, "account">, Pick<UploadRecord, "access" | "template"> {
  readonly account: StorageAccountFacts;
}

/** Writes the record. */
export function noteUpload(
  { account, template, ...rest }: NotedUpload,
  { agent, process }: { readonly agent: Pick<Agent, "setTaskVariable">; readonly process: ProcessIdentity },
): void {
  const { subscriptionId, resourceGroup, name } = template;
  const record: UploadRecord = {
    version: 1,
    account: account.id,
    container: rest.container,
    blob: rest.blob,
    access: rest.access,
    template: { subscriptionId, resourceGroup, name },
    process,
  };
  agent.setTaskVariable(uploadName, JSON.stringify(record));
}

/** Takes the record back: there is nothing to look after any more. */
export function forgetUpload({ agent }: { readonly agent: Pick<Agent, "setTaskVariable"> }): void {
  agent.setTaskVariable(uploadName, "");
}

/** The record in the variable's text; undefined where there is none, or none that this version could have written. */
export function readUpload(text: string | undefined): UploadRecord | undefined {
  return readRecordText(text, isUpload);
}

/** Only a blob that is under way may be named: the text may be anybody's, and what it names is deleted. */
function isUpload(value: Fields): value is Fields & UploadRecord {
  const { version, account, container, blob, access, template, process } = value;
  return (
    version === 1 &&
    matches(
      account,
      /^\/subscriptions\/[\da-f-]{36}\/resourceGroups\/[\p{L}\p{N}._()-]{1,90}\/providers\/Microsoft\.Storage\/storageAccounts\/[a-z\d]{3,24}$/iu,
    ) &&
    matches(container, /^[a-z\d](-?[a-z\d]){2,62}$/) &&
    matches(blob, /^incoming\/[\da-f]{16}-[\da-f]{16}$/) &&
    isOneOf(access, ["token", "accountKey"]) &&
    isTemplateRef(template) &&
    isProcess(process)
  );
}

/** Says that a blob stays, and how to delete it. */
export function describeBlobLeft({ account, container, blob }: BlobPlace, why: string): string {
  return (
    `The blob ${blob} could not be deleted: ${why} To delete it: az storage blob delete --auth-mode login ` +
    `--account-name ${account.slice(account.lastIndexOf("/") + 1)} --container-name ${container} --name "${blob}"`
  );
}
