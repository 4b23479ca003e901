/** A run that another step has started: found by its template, to be followed as if this step had started it. */
import { noteCodes, problemCodes } from "../codes.ts";
import { TaskError } from "../errors.ts";
import { endOf } from "../facts/end-of.ts";
import { failureCodes } from "../failure-codes.ts";
import { collectFindings, type Note } from "../findings.ts";
import type { WaitInputs } from "../inputs/wait.ts";
import { tagNames } from "../values/tag-names.ts";
import type { TemplateRef, TemplateStatus } from "../ports.ts";
import { outcomeOf } from "./meaning.ts";
import { ownRun, readMark } from "./ownership.ts";
import { type BuildPorts, readPatiently } from "./ports.ts";
import { azCommand, templateIdOf } from "../values/template-ref.ts";
import type { RunRequest, StartedRun } from "./run-request.ts";

/** Reads by which a run that was just started must show, and the milliseconds between them. */
const looks = 6;
const pause = 5_000;

/** The run to follow. Throws InputError where there is no such template, a TaskError where it has never run. */
export async function findStartedRun(
  inputs: WaitInputs,
  subscriptionId: string,
  ports: BuildPorts,
): Promise<{ readonly request: RunRequest; readonly started: StartedRun; readonly notes: readonly Note[] }> {
  const ref = { subscriptionId, resourceGroup: inputs.resourceGroup, name: inputs.templateName };
  const found = await findWithRun(ref, ports);
  const startTime = found.lastRun?.startTime;
  return {
    notes: noteStranger(ref, found, ports),
    request: {
      ref,
      found,
      minutes: found.buildTimeoutInMinutes ?? 0,
      outputNames: found.targets.map(({ runOutputName }) => runOutputName),
      ...ownershipOf(found, ports),
      cleanup: inputs.cleanup,
      onCancel: inputs.onCancel,
      keepsVm: false,
      log: { verbosity: inputs.verbosity, attach: inputs.attachLog },
    },
    started: {
      before: undefined,
      handle: undefined,
      startedAt: startTime === undefined ? ports.clock.now() : new Date(startTime),
    },
  };
}

/** Whether the template's last run has come to its end, whichever. */
export function isEnded({ lastRun }: TemplateStatus): boolean {
  return lastRun !== undefined && outcomeOf(lastRun) !== undefined;
}

async function findWithRun(ref: TemplateRef, ports: BuildPorts): Promise<TemplateStatus> {
  for (let look = 1; ; look += 1) {
    const found = await readPatiently(() => ports.templates.get(ref), ports);
    if (found === undefined) throw noTemplate(ref);
    if (found.lastRun !== undefined) return found;
    if (look === looks) break;
    await ports.clock.sleep(pause, ports.cancelled);
  }
  throw new TaskError(failureCodes.templateNotReady, `Image template ${ref.name} has never been run.`, {
    next: `Start a build of it first (action: start, or build). See it: ${azCommand("show", ref)}`,
  });
}

function noTemplate(ref: TemplateRef): Error {
  const findings = collectFindings();
  findings.problem("templateName", {
    code: problemCodes.notFound,
    given: ref.name,
    why: `there is no image template ${templateIdOf(ref)}; it may have been deleted when its build had ended`,
    legal: "the template whose build goes on, e.g. $(start.templateId) of the step that started it",
  });
  return endOf(findings);
}

/** Only what a step of this very pipeline run has made is this step's to delete, and its build to cancel. */
function ownershipOf(found: TemplateStatus, { agent }: BuildPorts): Pick<RunRequest, "afterwards" | "mark"> {
  const mark = readMark(found.tags);
  if (mark === undefined || mark.run !== ownRun(agent)) return { afterwards: "notOurs" };
  const holdsImage = found.targets.some(({ inStaging }) => inStaging === true);
  return { afterwards: holdsImage ? "keepForImage" : "delete", mark };
}

/** A template that another pipeline run has made, and that nobody may be there to delete. */
function noteStranger(ref: TemplateRef, { tags }: TemplateStatus, { agent }: BuildPorts): readonly Note[] {
  const run = tags[tagNames.run];
  if (run === undefined || run === ownRun(agent)) return [];
  const message =
    `Image template ${ref.name} was made by another pipeline run (${run}): this step does not delete it, nor cancel its ` +
    `build. To delete it: ${azCommand("delete", ref)}`;
  return [{ code: noteCodes.templateStays, input: "templateName", message }];
}
