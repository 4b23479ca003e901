/** The build: create the template, then run it. */
import type { ImageTemplate } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import { createTemplate } from "./create-template.ts";
import type { BuildPorts } from "./ports.ts";
import { runTemplate } from "./run-template.ts";
import type { BuildResult } from "./types.ts";

/**
 * Builds the image. Throws where the run was never started: then the template is deleted or named. Once it was
 * started, the result says how it ended and why.
 */
export async function runBuild(plan: BuildPlan, template: ImageTemplate, ports: BuildPorts): Promise<BuildResult> {
  const found = await createTemplate(plan, template, ports);
  const { distribute, target, otherTargets } = plan;
  return runTemplate(
    {
      ref: plan.template,
      found,
      minutes: plan.buildTimeoutInMinutes,
      outputNames: (distribute ?? [target, ...otherTargets]).map(({ runOutputName }) => runOutputName),
      afterwards: plan.deleteTemplate ? "delete" : "keepForImage",
    },
    ports,
  );
}
