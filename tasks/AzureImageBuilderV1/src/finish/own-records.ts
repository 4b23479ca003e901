/** Whose the main part's records are: a task variable's text may be anybody's, and what it names is cancelled or deleted. */
import { incomingPrefix, type UploadRecord } from "../artifact/upload-record.ts";
import { ownRun } from "../build/ownership.ts";
import type { RunRecord } from "../build/record.ts";
import { failureCodes } from "../failure-codes.ts";
import type { Agent } from "../ports.ts";
import { tagNames } from "../values/tag-names.ts";

/** What the main part has left to do. */
export interface Unfinished {
  readonly build: RunRecord | undefined;
  readonly upload: UploadRecord | undefined;
}

/** The records of this very pipeline run. Another run's are left out, which one warning tells. */
export function ownRecords({ build, upload }: Unfinished, agent: Pick<Agent, "variable" | "warning">): Unfinished {
  const run = ownRun(agent);
  const strange = [
    ...(upload === undefined || isOwnUpload(upload, run) ? [] : [`an upload to ${upload.blob}`]),
    ...(build === undefined || build.mark.run === run
      ? []
      : [
          `image template ${build.template.name} in resource group ${build.template.resourceGroup} (${build.mark.run})`,
        ]),
  ];
  if (strange.length === 0) return { build, upload };
  agent.warning(
    `The post-job part was told of ${strange.join(" and ")}, which is not of this pipeline run (${run}): ` +
      "nothing of it is cancelled or deleted.",
    failureCodes.recordOfOther,
  );
  return {
    build: build?.mark.run === run ? build : undefined,
    upload: upload !== undefined && isOwnUpload(upload, run) ? upload : undefined,
  };
}

/** The blob's name begins with a digest over the run and its template. */
function isOwnUpload({ blob, template }: UploadRecord, run: string): boolean {
  return blob.startsWith(incomingPrefix({ template, templateTags: { [tagNames.run]: run } }));
}
