/** Whose a template is: only what carries the mark of this run and this request is ever deleted or cancelled. */
import { readRunIdentity } from "../facts/run-identity.ts";
import { provenanceTags } from "../plan/names.ts";
import { tagNames } from "../values/tag-names.ts";
import type { Agent, TemplateStatus } from "../ports.ts";

/** What a template of the task's own is known by: the values of two of its tags. */
export interface Mark {
  /** `build/<id>` or `release/<id>`. */
  readonly run: string;
  /** Digest of the request, with the version of its form, e.g. `v1:…`. */
  readonly request: string;
}

/** The mark among tags; undefined where one of the two is missing, as on a template of somebody else. */
export function readMark(tags: Readonly<Record<string, string>>): Mark | undefined {
  const run = tags[tagNames.run];
  const request = tags[tagNames.request];
  return run === undefined || request === undefined ? undefined : { run, request };
}

/** The first half of the mark that this pipeline run puts on what it makes. */
export function ownRun(agent: Pick<Agent, "variable">): string {
  return provenanceTags(readRunIdentity(agent))[tagNames.run] ?? "";
}

/** Whether the template was made by this run for this very request. */
export function isOwn({ tags }: Pick<TemplateStatus, "tags">, mark: Mark): boolean {
  const found = readMark(tags);
  return found?.run === mark.run && found.request === mark.request;
}
