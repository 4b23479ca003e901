/** The build: create the template, then run it. */
import type { ImageTemplate } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import { createTemplate } from "./create-template.ts";
import type { BuildPorts } from "./ports.ts";
import type { RunRequest } from "./run-request.ts";
import { runTemplate } from "./run-template.ts";
import type { BuildResult } from "./types.ts";

/**
 * Makes the template, ready to run. Throws where the service does not take it: then it is deleted or named.
 */
export async function prepareBuild(plan: BuildPlan, template: ImageTemplate, ports: BuildPorts): Promise<RunRequest> {
  const found = await createTemplate(plan, template, ports);
  const { distribute, target, otherTargets, errorHandling } = plan;
  return {
    ref: plan.template,
    found,
    minutes: plan.buildTimeoutInMinutes,
    outputNames: (distribute ?? [target, ...otherTargets]).map(({ runOutputName }) => runOutputName),
    afterwards: plan.deleteTemplate ? "delete" : "keepForImage",
    cleanup: plan.cleanup,
    keepsVm: errorHandling?.onCustomizerError === "abort" || errorHandling?.onValidationError === "abort",
    log: { verbosity: plan.verbosity, attach: plan.attachLog },
  };
}

/**
 * Builds the image. Throws where the run was never started: then the template is deleted or named. Once it was
 * started, the result says how it ended and why.
 */
export async function runBuild(plan: BuildPlan, template: ImageTemplate, ports: BuildPorts): Promise<BuildResult> {
  return runTemplate(await prepareBuild(plan, template, ports), ports);
}
