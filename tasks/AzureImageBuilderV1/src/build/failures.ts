/** What to say when a build does not succeed: what failed, the service's words, where the log is, what to do next. */
import { BuildFailedError, CanceledError, describeErrorTree, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { OperationStatus, TemplateRef, TemplateStatus } from "../ports.ts";
import { limits, type RunEnd } from "./meaning.ts";
import { azCommand } from "./ports.ts";
import type { Afterwards } from "./types.ts";
import { formatElapsed, type Watched } from "./watch-run.ts";

/** Whose run it was. */
interface Run {
  readonly ref: TemplateRef;
  readonly afterwards: Afterwards;
}

/** The error of a run that ended otherwise than well. */
export function describeEnd(watched: Watched, run: Run): TaskError {
  const { end, evidence, template } = watched;
  const { name } = run.ref;
  const after = `after ${formatElapsed(watched.elapsedMs)}`;
  switch (end.kind) {
    case "ended":
      return end.outcome === "Canceled"
        ? new CanceledError(failureCodes.buildCanceled, `The build was cancelled by someone else, ${after}.`)
        : failed(`The image build failed ${after}.`, { end, operation: evidence.operation, template, run });
    case "operationEnded":
      return failed(`The image build failed ${after}; the template does not show it.`, {
        end,
        operation: end.operation,
        template,
        run,
      });
    case "gone":
      return new TaskError(failureCodes.templateGone, `Image template ${name} was deleted while its build went on.`, {
        next: "Find out who deletes image templates in the resource group, and run the step again.",
      });
    case "unreadable":
      return new TaskError(
        failureCodes.stateUnreadable,
        `The state of the build could not be read for ${limits.unreadable / 60_000} minutes; it may still go on.`,
        { next: `See how it ends: ${azCommand("show", run.ref)}` },
      );
    case "canceling":
      return new TaskError(
        failureCodes.buildTimeout,
        `The build has been cancelling for ${limits.canceling / 60_000} minutes and does not come to an end.`,
        { next: `See how it ends: ${azCommand("show", run.ref)}` },
      );
    case "deadline":
      return new TaskError(failureCodes.buildTimeout, `The build did not end in time: it was given up ${after}.`, {
        next: "Set buildTimeoutInMinutes to what the build needs.",
      });
  }
}

interface Failure {
  readonly end: RunEnd;
  readonly operation: OperationStatus | undefined;
  readonly template: TemplateStatus | undefined;
  readonly run: Run;
}

function failed(headline: string, { end, operation, template, run }: Failure): BuildFailedError {
  const runMessage = end.kind === "ended" ? (end.run.message ?? "") : "";
  const tree = operation?.error === undefined ? "" : describeErrorTree(operation.error);
  // Both often say the same; the tree has the code, the run's message is there when the operation lags.
  const told = tree.includes(runMessage) ? [tree] : [runMessage, tree];
  const reasons = told.filter((text) => text !== "").map((text) => `  -> ${text}`);
  const log = `Log: ${findLog(told.join("\n"), template)}.`;
  return new BuildFailedError(failureCodes.buildFailed, [headline, ...reasons, log].join("\n"), {
    next: `Read the log for the step that failed.${run.afterwards === "notOurs" ? "" : howToDelete(run.ref)}`,
  });
}

function howToDelete(ref: TemplateRef): string {
  const command = azCommand("delete", ref);
  return ` Image template ${ref.name} stays, because the log goes with it; when you have read it: ${command}`;
}

/** Where the build's log is: as the service says, else in the staging resource group (wire notes, section 7). */
function findLog(text: string, template: TemplateStatus | undefined): string {
  const told = /\S+\/packerlogs\/\S+?customization\.log/.exec(text)?.[0];
  if (told !== undefined) return told;
  const group = template?.stagingResourceGroup;
  const where =
    group === undefined ? "the staging resource group" : `resource group ${group.split("/").at(-1) ?? group}`;
  return `customization.log in the container packerlogs of the storage account in ${where}`;
}
