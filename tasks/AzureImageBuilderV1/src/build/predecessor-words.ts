/** What is said of a template under the step's name that is not the step's own. */
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { TemplateRef, TemplateStatus } from "../ports.ts";
import { outcomeOf, phaseOf } from "./meaning.ts";
import { type Mark, readMark } from "./ownership.ts";
import { azCommand, templateIdOf } from "../values/template-ref.ts";
import type { Stranger } from "./predecessor.ts";

/** The error that refuses to touch it: whose it is, why it may differ, and what to do. */
export function describeStranger(
  stranger: Stranger,
  ref: TemplateRef,
  { found, mark }: { readonly found: TemplateStatus; readonly mark: Mark },
): TaskError {
  const theirs = readMark(found.tags);
  switch (stranger) {
    case "untagged":
      return new TaskError(
        failureCodes.templateExists,
        `There is already an image template ${templateIdOf(ref)}; the service does not replace templates.`,
        { next: `Choose another templateName, or delete that template: ${azCommand("delete", ref)}` },
      );
    case "anotherRun":
      return new TaskError(
        failureCodes.templateOfOther,
        `Image template ${templateIdOf(ref)} belongs to the pipeline run ${theirs?.run ?? "?"}, and this is ${mark.run}. ` +
          `It was made for ${theirs?.request === mark.request ? "the same request" : "another request"}${goesOn(found)}.`,
        { next: `Choose another templateName. ${ending(found, ref, "Or, where that run needs it no more")}` },
      );
    case "anotherRequest":
      return new TaskError(
        failureCodes.templateOfOther,
        `Image template ${templateIdOf(ref)} is of this pipeline run (${mark.run}), but was made for another request ` +
          `(${theirs?.request ?? "?"}; now ${mark.request})${goesOn(found)}. The version behind latest of the source may ` +
          "have moved since an earlier attempt, or inputs, scripts or the artifact have changed.",
        { next: `${ending(found, ref, "To begin again")} Then run the job again.` },
      );
  }
}

function goesOn({ lastRun }: TemplateStatus): string {
  return lastRun === undefined || outcomeOf(lastRun) !== undefined ? "" : `; its build goes on (${phaseOf(lastRun)})`;
}

function ending(found: TemplateStatus, ref: TemplateRef, when: string): string {
  const remove = azCommand("delete", ref);
  if (goesOn(found) === "") return `${when}, delete it: ${remove}`;
  return `${when}, cancel its build (${azCommand("cancel", ref)}) and, when it has ended, delete it: ${remove}`;
}
