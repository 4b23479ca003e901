/** What determines the image of a planned step. */
import type { Note } from "../../tasks/AzureImageBuilderV1/src/findings.ts";
import type { BuildPlan } from "../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import {
  describeRequest,
  movingParts,
  requestDigest,
  type RequestForm,
} from "../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { planCodes } from "./codes.ts";

/** What determines the image (docs/reuse.md), as far as it is known without a run. */
export interface PlannedRequest {
  readonly digest: string;
  readonly form: RequestForm;
  /** A clause for each part whose outcome changes with time although the digest does not. */
  readonly moving: readonly string[];
}

/** The request of a plan; `content` is the artifact's content digest, or what stands for it. */
export function describePlanned(plan: BuildPlan, content: string | undefined): PlannedRequest {
  const form = describeRequest(plan, content);
  return { digest: requestDigest(form), form, moving: movingParts(plan) };
}

/** Says what a run would know, and the plan does not. */
export function noteRequest(): Note {
  return {
    code: planCodes.standIn,
    input: "request",
    message:
      "The digest is that of this form. A run has its own where it knows more: the number that `latest` means, the " +
      "artifact's content, the content of files that steps name, the definition's generation and security type.",
  };
}
