/** Names and tags that tell whose a template, a blob or an image is. */
import { createHash } from "node:crypto";
import type { RunIdentity } from "../facts/types.ts";
import type { Provenance } from "../inputs/table.ts";

/** Tag names, kept stable: later runs find and judge by them what earlier ones made. */
export const tagNames = {
  run: "aib-task-run",
  commit: "aib-task-commit",
  request: "aib-task-request",
  artifact: "aib-task-artifact",
  /** On an image version: how long its build took, e.g. `PT1114S`. */
  duration: "aib-task-duration",
  repository: "aib-task-repository",
  repositoryUrl: "aib-task-repository-url",
  branch: "aib-task-branch",
  url: "aib-task-url",
} as const;

/** A template name of the task's own: `aib-` and 16 hex digits of a digest over the run, the step and the nonce. */
export function templateName(run: RunIdentity, nonce: string): string {
  const parts = [run.collection, run.project, run.kind, run.id, run.stage, run.job, run.step, run.attempt, nonce];
  return `aib-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)}`;
}

/** Provenance of the image itself, which everyone sees who may read the gallery. `full` adds where the sources are. */
export function imageProvenance(run: RunIdentity, how: Provenance): Readonly<Record<string, string>> {
  if (how === "none") return {};
  if (how === "minimal") return provenanceTags(run);
  const more = (["repository", "repositoryUrl", "branch", "url"] as const)
    // An address cut off leads nowhere: values of more than 256 characters stay out.
    .filter((name) => run[name] !== "" && run[name].length <= 256)
    .map((name) => [tagNames[name], run[name]] as const);
  return { ...provenanceTags(run), ...Object.fromEntries(more) };
}

/** Tags that say which run made something: run and commit, nothing about people. */
export function provenanceTags(run: RunIdentity): Readonly<Record<string, string>> {
  return {
    [tagNames.run]: `${run.kind}/${run.id || "0"}`,
    ...(run.commit === "" ? {} : { [tagNames.commit]: run.commit.slice(0, 256) }),
  };
}
