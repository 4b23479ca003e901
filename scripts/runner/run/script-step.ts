/** Runs `script:` and `bash:` steps, as the tasks CmdLine@2 and Bash@3 do on Linux and macOS. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { buildScriptEnvironment } from "../agent/environment.ts";
import { expandText } from "../agent/inputs.ts";
import { runProcess } from "../agent/process.ts";
import { reportError, type StepState } from "../agent/state.ts";
import { applyOutputLine } from "../commands/apply.ts";
import type { Step, StepAction } from "../pipeline/types.ts";
import { inputContext, type JobContext } from "./job-context.ts";
import { cancelWaits, exitCodeOf, expandStepEnvironment, inPlace } from "./task-step.ts";
import type { StepTrace } from "./run-step.ts";

/** A step that runs a script. */
export type ScriptAction = Extract<StepAction, { readonly kind: "script" }>;

/** Writes the script with its macros expanded to the temporary folder and runs it with bash; its last exit code counts. */
export async function runScript(
  context: JobContext,
  script: { readonly step: Step; readonly action: ScriptAction; readonly state: StepState },
  control: { readonly stop: AbortSignal; readonly trace: StepTrace },
): Promise<void> {
  const { action, state } = script;
  const resolver = inputContext(context);
  const file = join(context.folders.temp, `${randomUUID()}.sh`);
  await writeFile(file, `${expandText(action.text.trim(), resolver)}\n`, { mode: 0o700 });
  const args = ["--noprofile", "--norc", file];
  context.state.log.tag("command", `bash ${args.join(" ")}`);
  let errorLines = 0;
  const outcome = await runProcess({
    ...inPlace(context, {
      file: "bash",
      args,
      cwd: workingDirectory(expandText(action.workingDirectory.trim(), resolver), context),
      environment: buildScriptEnvironment({
        base: context.base,
        step: expandStepEnvironment(context, script.step),
        variables: context.state.variables.all(),
        prependPath: context.state.prependPath,
      }),
    }),
    onLine(line, stream) {
      if (stream === "stderr") errorLines += 1;
      applyOutputLine({ job: context.state, step: state }, line);
    },
    cancel: control.stop,
    kill: context.kill,
    clock: context.settings.signalClock,
    waits: cancelWaits(context),
  });
  control.trace.signals.push(...outcome.sent);
  const exitCode = exitCodeOf(outcome);
  control.trace.exitCode = exitCode;
  if (control.stop.aborted) return;
  if (exitCode !== 0) fail(context, state, `Bash exited with code '${exitCode ?? "?"}'.`);
  else if (action.failOnStderr && errorLines > 0) fail(context, state, "Bash wrote to standard error.");
}

function fail(context: JobContext, state: StepState, message: string): void {
  reportError(context.state, state, message);
  state.result = "Failed";
}

function workingDirectory(given: string, context: JobContext): string {
  if (given === "") return context.folders.sources;
  return isAbsolute(given) ? given : join(context.folders.sources, given);
}
