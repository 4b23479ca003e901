/** Turns the steps of a job into the list the agent runs: pre-job parts, checkout, steps, post-job parts. */
import { installTask } from "../package/vsix.ts";
import type { Step, StepAction } from "../pipeline/types.ts";
import { artifactAction, downloadArtifacts, publishArtifact } from "./artifact-steps.ts";
import type { JobContext } from "./job-context.ts";
import { planParts, type Planned } from "./plan-parts.ts";
import { tryStep } from "./retry.ts";
import type { StepPlan, StepTrace } from "./run-step.ts";
import { runScript } from "./script-step.ts";
import { planForeign, simplePlan } from "./simple-plan.ts";
import { findTask, taskLabel } from "./task-references.ts";
import { sentInputs } from "./task-step.ts";
import { checkOut } from "./workspace.ts";

/** The steps of the job in the order they run. */
export async function planSteps(context: JobContext): Promise<readonly StepPlan[]> {
  const before: StepPlan[] = [];
  const main: StepPlan[] = [];
  const after: StepPlan[] = [];
  const names = createNames();
  for (const step of withImplicitSteps(context)) {
    if (!step.enabled) continue;
    const planned = await planStep(context, step, names);
    before.push(...planned.before);
    main.push(planned.main);
    after.unshift(...planned.after);
  }
  return [...before, ...main, ...after];
}

const plainStep: Omit<Step, "action"> = {
  name: undefined,
  displayName: undefined,
  condition: undefined,
  continueOnError: false,
  enabled: true,
  timeoutInMinutes: 0,
  retryCount: 0,
  env: {},
  restrictions: undefined,
  place: "1:1",
};

/**
 * A server job has its steps alone. Any other job checks out its repository, a deployment job downloads the run's
 * artifacts, unless the steps say otherwise.
 */
function withImplicitSteps({ job }: JobContext): readonly Step[] {
  if (job.isServer) return job.steps;
  const has = (kind: StepAction["kind"]): boolean => job.steps.some(({ action }) => action.kind === kind);
  if (job.kind === "job") {
    return has("checkout")
      ? job.steps
      : [{ ...plainStep, action: { kind: "checkout", repository: "self" } }, ...job.steps];
  }
  const download: StepAction = { kind: "download", source: "current", artifact: "", path: "" };
  return has("download") ? job.steps : [{ ...plainStep, action: download }, ...job.steps];
}

type NameGiver = (task: string) => string;

/** Reference names as the service makes them: the task's name, then with 1, 2, …. */
function createNames(): NameGiver {
  const used = new Map<string, number>();
  return (task) => {
    const count = used.get(task) ?? 0;
    used.set(task, count + 1);
    return count === 0 ? task : `${task}${count}`;
  };
}

async function planStep(context: JobContext, step: Step, names: NameGiver): Promise<Planned> {
  const { action } = step;
  switch (action.kind) {
    case "task":
      return planTask(context, { ...step, action }, names);
    case "script": {
      const name = action.task === "Bash@3" ? "Bash" : "CmdLine";
      const plan = simplePlan(context, step, { task: action.task, name: step.name ?? names(name), displayName: name });
      const { state } = plan;
      const once = (stop: AbortSignal, trace: StepTrace) => (): Promise<void> =>
        runScript(context, { step, action, state }, { stop, trace });
      return alone({
        ...plan,
        run: (stop, trace) =>
          tryStep(context, { state, retries: step.retryCount, stop, trace, run: once(stop, trace) }),
      });
    }
    case "checkout":
      return alone(planCheckout(context, step, action.repository));
    case "publish": {
      const plan = simplePlan(context, step, {
        task: "PublishPipelineArtifact@1",
        displayName: "PublishPipelineArtifact",
      });
      return alone({ ...plan, run: async () => publishArtifact(context, action) });
    }
    case "download": {
      const plan = simplePlan(context, step, {
        task: "DownloadPipelineArtifact@2",
        displayName: "DownloadPipelineArtifact",
      });
      return alone({ ...plan, run: () => downloadArtifacts(context, action) });
    }
    case "other":
      return alone(planForeign(context, step, { what: action.what, inputs: action.inputs }));
  }
}

function alone(main: StepPlan): Planned {
  return { before: [], main, after: [] };
}

function planCheckout(context: JobContext, step: Step, repository: string): StepPlan {
  const plan = simplePlan(context, step, { task: "checkout", displayName: `Checkout ${repository}` });
  return {
    ...plan,
    async run() {
      const { log } = context.state;
      if (repository === "none") return log.write("Nothing is checked out.");
      if (repository !== "self") throw new Error(`Only checkout: self and none are run here, not "${repository}".`);
      const count = await checkOut(context.settings.repository, context.folders.sources);
      log.write(`Copied ${count} files of ${context.settings.repository} to ${context.folders.sources}.`);
    },
  };
}

type TaskStep = Step & { readonly action: Extract<StepAction, { readonly kind: "task" }> };

async function planTask(context: JobContext, step: TaskStep, names: NameGiver): Promise<Planned> {
  const { action } = step;
  if (context.job.isServer) return alone(planForeign(context, step, { what: action.reference, inputs: action.inputs }));
  const packaged = findTask(context.settings.extension, action.reference);
  if (packaged !== undefined) {
    const folder = await installTask(context.settings.extension, packaged, context.folders.tasks);
    const given = sentInputs(packaged.definition, action.inputs, context.settings);
    const use = { definition: packaged.definition, folder, step, given };
    return planParts(context, use, {
      task: taskLabel(packaged),
      refName: step.name ?? names(packaged.definition.name),
    });
  }
  const artifact = artifactAction(action) ?? scriptAction(action);
  if (artifact !== undefined) return planStep(context, { ...step, action: artifact }, names);
  return alone(planForeign(context, step, { what: action.reference, inputs: action.inputs }));
}

/** `Bash@3` and `CmdLine@2` with an inline script are the steps `bash:` and `script:` in long form. */
function scriptAction({ reference, inputs }: TaskStep["action"]): StepAction | undefined {
  const [name = "", version] = reference.toLowerCase().split("@");
  const isBash = name === "bash" && version === "3";
  if (!isBash && !(name === "cmdline" && version === "2")) return undefined;
  const values = new Map(Object.entries(inputs).map(([key, value]) => [key.toLowerCase(), value]));
  if (isBash && (values.get("targettype") ?? "filepath").toLowerCase() !== "inline") return undefined;
  return {
    kind: "script",
    task: isBash ? "Bash@3" : "CmdLine@2",
    text: values.get("script") ?? "",
    workingDirectory: values.get("workingdirectory") ?? "",
    failOnStderr: values.get("failonstderr")?.toLowerCase() === "true",
  };
}
