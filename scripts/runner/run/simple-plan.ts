/** Plans of steps that have one part. */
import { expandText } from "../agent/inputs.ts";
import { createStepState } from "../agent/state.ts";
import { createVariables } from "../agent/variables.ts";
import { parseRestrictions } from "../package/task-definition.ts";
import type { Step } from "../pipeline/types.ts";
import { inputContext, type JobContext } from "./job-context.ts";
import type { StepPlan } from "./run-step.ts";
import { baseName } from "./task-references.ts";

/** A step without parts, which does nothing yet. */
export function simplePlan(
  context: JobContext,
  step: Step,
  names: { readonly task: string; readonly displayName: string; readonly name?: string },
): StepPlan {
  const restrictions = parseRestrictions(step.restrictions);
  const refName = step.name ?? names.name ?? names.displayName;
  return {
    name: refName,
    displayName: step.displayName ?? names.displayName,
    task: names.task,
    state: createStepState(refName, {
      declaredOutputs: new Set(),
      restrictions: restrictions === undefined ? [] : [restrictions],
      taskVariables: createVariables(context.state.masker),
    }),
    condition: step.condition,
    continueOnError: step.continueOnError,
    timeoutInMinutes: step.timeoutInMinutes,
    run: async () => undefined,
  };
}

/** A step of a task that is not run here: shown with what it would have been given, then skipped. */
export function planForeign(
  context: JobContext,
  step: Step,
  foreign: { readonly what: string; readonly inputs: Readonly<Record<string, string>> },
): StepPlan {
  const name = baseName(foreign.what);
  const plan = simplePlan(context, step, { task: foreign.what, displayName: name });
  return {
    ...plan,
    async run() {
      const { log } = context.state;
      log.write(`${foreign.what} is not run here; the step is skipped. It would have been given:`);
      for (const [key, value] of Object.entries(foreign.inputs)) {
        log.write(`  ${key}: ${expandText(value.trim(), inputContext(context)).split("\n").join("\n    ")}`);
      }
      plan.state.result = "Skipped";
    },
  };
}
