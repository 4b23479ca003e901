/** Names and tags that tell whose a template, a blob or an image is. */
import { createHash } from "node:crypto";
import type { RunIdentity } from "../facts/types.ts";
import type { BuildPlan } from "./types.ts";
import { tagNames } from "../values/tag-names.ts";
import type { Provenance } from "../inputs/table.ts";

/**
 * A template name of the task's own: `aib-` and 16 hex digits of a digest over the run and the step. A second attempt of
 * the step, its job or its stage gets the same name, and finds by it what the first one left.
 */
export function templateName(run: RunIdentity): string {
  const parts = [run.collection, run.project, run.kind, run.id, run.stage, run.job, run.step];
  return `aib-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)}`;
}

/**
 * Provenance of the image itself, which everyone sees who may read the gallery; `template` is the name of the template
 * that makes it. `full` adds where the sources are.
 */
export function imageProvenance(run: RunIdentity, template: string, how: Provenance): Readonly<Record<string, string>> {
  if (how === "none") return {};
  const own = { ...provenanceTags(run), [tagNames.template]: template };
  if (how === "minimal") return own;
  const more = (["repository", "repositoryUrl", "branch", "url"] as const)
    // An address cut off leads nowhere: values of more than 256 characters stay out.
    .filter((name) => run[name] !== "" && run[name].length <= 256)
    .map((name) => [tagNames[name], run[name]] as const);
  return { ...own, ...Object.fromEntries(more) };
}

/**
 * The plan with a template named by the request: two runs that ask for the same image ask for the same name, and the service
 * refuses the second. `request`: the digest, with its version.
 */
export function namedByRequest(plan: BuildPlan, request: string): BuildPlan {
  const name = `aib-${createHash("sha256").update(request).digest("hex").slice(0, 16)}`;
  const { imageTags } = plan;
  return {
    ...plan,
    template: { ...plan.template, name },
    imageTags: Object.hasOwn(imageTags, tagNames.template) ? { ...imageTags, [tagNames.template]: name } : imageTags,
  };
}

/** Tags that say which run made something: run and commit, nothing about people. */
export function provenanceTags(run: RunIdentity): Readonly<Record<string, string>> {
  return {
    [tagNames.run]: `${run.kind}/${run.id || "0"}`,
    ...(run.commit === "" ? {} : { [tagNames.commit]: run.commit.slice(0, 256) }),
  };
}
