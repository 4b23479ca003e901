/** What to say when a build does not succeed: what failed, why, the service's words, what to do next. */
import type { Diagnosis, Evidence as Symptoms, Finding } from "../diagnosis/types.ts";
import { BuildFailedError, CanceledError, describeErrorTree, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { OperationStatus, TemplateRef, TemplateStatus } from "../ports.ts";
import { describeDiagnosis } from "./describe-diagnosis.ts";
import type { LogResult } from "./follow-log.ts";
import { limits } from "./meaning.ts";
import { azCommand } from "../values/template-ref.ts";
import { formatElapsed } from "./progress.ts";
import type { LateImage } from "./late-image.ts";
import type { FailureReport } from "./types.ts";
import type { Watched } from "./watch-run.ts";

/** What is known when a run has ended otherwise than well. */
export interface Ended {
  readonly watched: Watched;
  readonly log: LogResult;
  readonly ref: TemplateRef;
  /** Image versions that exist all the same. */
  readonly late: readonly LateImage[];
}

export interface Described {
  readonly error: TaskError;
  readonly failure?: FailureReport;
}

/** The error of a run that ended otherwise than well. */
export async function describeEnd(ended: Ended): Promise<Described> {
  const { watched, ref } = ended;
  const { end, evidence } = watched;
  const after = `after ${formatElapsed(watched.elapsedMs)}`;
  const plain = (code: string, message: string, next: string): Described => ({
    error: new TaskError(code, message, { next }),
  });
  switch (end.kind) {
    case "ended":
      return end.outcome === "Canceled"
        ? { error: new CanceledError(failureCodes.buildCanceled, `The build was cancelled by someone else, ${after}.`) }
        : failed(`The image build failed ${after}`, ended, evidence.operation);
    case "operationEnded":
      return failed(`The image build failed ${after}; the template does not show it`, ended, end.operation);
    case "gone":
      return plain(
        failureCodes.templateGone,
        `Image template ${ref.name} was deleted while its build went on.`,
        "Find out who deletes image templates in the resource group, and run the step again.",
      );
    case "unreadable":
      return plain(
        failureCodes.stateUnreadable,
        `The state of the build could not be read for ${limits.unreadable / 60_000} minutes; it may still go on.`,
        `See how it ends: ${azCommand("show", ref)}`,
      );
    case "canceling":
      return plain(
        failureCodes.buildTimeout,
        `The build has been cancelling for ${limits.canceling / 60_000} minutes and does not come to an end.`,
        `See how it ends: ${azCommand("show", ref)}`,
      );
    case "deadline":
      return plain(
        failureCodes.buildTimeout,
        `The build did not end in time: it was given up ${after}.`,
        "Set buildTimeoutInMinutes to what the build needs.",
      );
  }
}

async function failed(start: string, ended: Ended, operation: OperationStatus | undefined): Promise<Described> {
  const { watched, log, late } = ended;
  const { end, template } = watched;
  const runMessage = end.kind === "ended" ? (end.run.message ?? "") : "";
  const found = await diagnoseRun({
    ...(operation?.error === undefined ? {} : { error: operation.error }),
    ...(template?.provisioningError === undefined ? {} : { provisioningError: template.provisioningError }),
    runMessage,
    log: log.text,
  });
  const diagnosis = { ...found, findings: found.findings.map((finding) => nameTemplate(finding, ended.ref)) };
  const report: FailureReport = {
    headline: `${start}${where(diagnosis, log)}.`,
    diagnosis,
    serviceWords: serviceWords(operation, runMessage),
    ids: supportIds(`${runMessage}\n${operation?.error?.message ?? ""}`, template),
    logPlace: findLog(`${runMessage}\n${operation?.error?.message ?? ""}`, template),
  };
  const { lines, next } = describeDiagnosis(report, { ref: ended.ref, log, late });
  return { error: new BuildFailedError(failureCodes.buildFailed, lines.join("\n"), { next }), failure: report };
}

/** The catalogue is loaded where something has failed: it would cost every step's start. */
async function diagnoseRun(symptoms: Symptoms): Promise<Diagnosis> {
  const { diagnose } = await import("../diagnosis/diagnose.ts");
  return diagnose(symptoms);
}

/** The command as it is to be typed: about an image template, that is this one. */
function nameTemplate(finding: Finding, { subscriptionId, resourceGroup, name }: TemplateRef): Finding {
  const { command } = finding;
  if (command === undefined || !command.startsWith("az image builder ")) return finding;
  const place = `--subscription ${subscriptionId} --resource-group ${resourceGroup}`;
  return { ...finding, command: command.replace("--resource-group <group>", place).replace("<template>", name) };
}

/** ` in step 2 of 4, install (Shell), with exit code 7`; empty where the log does not say. */
function where({ step }: Diagnosis, { steps }: LogResult): string {
  if (step === undefined) return "";
  const failedStep = steps.find(({ failed }) => failed) ?? steps.find(({ stopped }) => stopped);
  const name =
    failedStep === undefined ? `step ${step.number} (${step.provisioner})` : `${failedStep.name} (${failedStep.type})`;
  return ` in ${name}${step.exitCode === undefined ? "" : ` with exit code ${step.exitCode}`}`;
}

/** Both often say the same; the tree has the code, the run's message is there when the operation lags. */
function serviceWords(operation: OperationStatus | undefined, runMessage: string): string {
  const tree = operation?.error === undefined ? "" : describeErrorTree(operation.error);
  const told = tree.includes(runMessage) ? [tree] : [runMessage, tree];
  return told.filter((text) => text !== "").join("\n");
}

function supportIds(text: string, template: TemplateStatus | undefined): Readonly<Record<string, string>> {
  const operation = /operation\s?Id:?\s+([0-9a-f-]{36})/i.exec(text)?.[1];
  return {
    ...(operation === undefined ? {} : { operation }),
    ...(template === undefined ? {} : { template: template.id }),
    ...(template?.lastRun?.startTime === undefined ? {} : { "run started": template.lastRun.startTime }),
  };
}

/** Where the build's log is: as the service says, else in the staging resource group (wire notes, section 7). */
function findLog(text: string, template: TemplateStatus | undefined): string {
  const told = /\S+\/packerlogs\/\S+?(?:customization|validation)\.log/.exec(text)?.[0];
  if (told !== undefined) return told;
  const group = template?.stagingResourceGroup;
  const place =
    group === undefined ? "the staging resource group" : `resource group ${group.split("/").at(-1) ?? group}`;
  return `customization.log in the container packerlogs of the storage account in ${place}`;
}
