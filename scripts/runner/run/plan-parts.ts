/** Plans of the parts a packaged task has. */
import { expandInputs, expandText, overlayDefaults } from "../agent/inputs.ts";
import { createStepState, type StepState } from "../agent/state.ts";
import { createVariables, type VariableStore } from "../agent/variables.ts";
import { parseRestrictions, type StepPart } from "../package/task-definition.ts";
import { inputContext, type JobContext } from "./job-context.ts";
import type { StepPlan } from "./run-step.ts";
import { runTaskPart, type TaskUse } from "./task-step.ts";

/** The plans a step brings: before the checkout, in its place, and after all steps. */
export interface Planned {
  readonly before: readonly StepPlan[];
  readonly main: StepPlan;
  readonly after: readonly StepPlan[];
}

/** The parts of one step share reference name and task variables; the post-job part runs whatever happened. */
export function planParts(
  context: JobContext,
  use: TaskUse,
  names: { readonly task: string; readonly refName: string },
): Planned {
  const { step, definition } = use;
  const taskVariables = createVariables(context.state.masker);
  const displayName = expandDisplayName(context, use);
  const part = (which: StepPart, prefix: string): StepPlan => {
    const state = partState(use, names.refName, taskVariables);
    return {
      name: `${prefix}${names.refName}`,
      displayName: `${prefix}${displayName}`,
      task: names.task,
      state,
      condition: which === "postjobexecution" ? "always()" : step.condition,
      continueOnError: step.continueOnError,
      timeoutInMinutes: step.timeoutInMinutes,
      run: (stop, trace) => runTaskPart(context, use, { part: which, state, stop, trace }),
    };
  };
  const only = (which: StepPart, prefix: string): readonly StepPlan[] =>
    definition.parts[which].size > 0 ? [part(which, prefix)] : [];
  return {
    before: only("prejobexecution", "Pre-job: "),
    main: part("execution", ""),
    after: only("postjobexecution", "Post-job: "),
  };
}

function partState({ definition, step }: TaskUse, refName: string, taskVariables: VariableStore): StepState {
  const ofPipeline = parseRestrictions(step.restrictions);
  return createStepState(refName, {
    declaredOutputs: new Set(definition.outputVariables.map((name) => name.toLowerCase())),
    restrictions: [definition.restrictions, ofPipeline].flatMap((restrictions) => restrictions ?? []),
    taskVariables,
  });
}

/** `displayName`, else the task's `instanceNameFormat` with its `$(input)` filled in. */
function expandDisplayName(context: JobContext, { definition, step, given }: TaskUse): string {
  if (step.displayName !== undefined) return expandText(step.displayName, inputContext(context));
  const inputs = expandInputs(definition, overlayDefaults(definition, given), inputContext(context));
  const lookUp = (name: string): string | undefined =>
    [...inputs].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  return expandText(definition.instanceNameFormat, { variable: lookUp, environment: {} });
}
