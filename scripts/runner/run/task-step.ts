/** Runs a part of a packaged task as the agent does (agent contract, section 10). */
import { join } from "node:path";
import {
  connectionInputs,
  expandInputs,
  expandText,
  overlayDefaults,
  resolveAliases,
  type Inputs,
} from "../agent/inputs.ts";
import { buildEnvironment, type Environment } from "../agent/environment.ts";
import { behindDocker, killByMark, type Program } from "../agent/container.ts";
import { findEndpoint, type Endpoint } from "../agent/endpoints.ts";
import { chooseHandler, type Handler } from "../agent/handler.ts";
import { runProcess, type ProcessOutcome } from "../agent/process.ts";
import type { StepState } from "../agent/state.ts";
import { signalExitCode } from "../agent/exit-codes.ts";
import { applyOutputLine } from "../commands/apply.ts";
import type { StepPart, TaskDefinition } from "../package/task-definition.ts";
import type { Step } from "../pipeline/types.ts";
import { inputContext, type JobContext } from "./job-context.ts";
import { lookupVariable } from "./orphans.ts";
import { tryStep } from "./retry.ts";
import type { StepTrace } from "./run-step.ts";

/** A task of the extension as a step uses it. */
export interface TaskUse {
  readonly definition: TaskDefinition;
  /** Installed, read-only. */
  readonly folder: string;
  readonly step: Step;
  /** As given in the pipeline, aliases resolved, with the runner's `--input` and `--connection`. */
  readonly given: Inputs;
}

/** The inputs the service sends for a step: the pipeline's, overlaid with those of the command line. */
export function sentInputs(
  definition: TaskDefinition,
  given: Readonly<Record<string, string>>,
  overrides: { readonly inputs: Readonly<Record<string, string>>; readonly connection: string | undefined },
): Inputs {
  const { connection } = overrides;
  const connections =
    connection === undefined ? [] : connectionInputs(definition).map((name) => [name, connection] as const);
  return new Map([
    ...resolveAliases(definition, given),
    ...resolveAliases(definition, overrides.inputs),
    ...connections,
  ]);
}

/** Runs one part, tries included. Throws an Error when the last try's process exited other than with 0. */
export async function runTaskPart(
  context: JobContext,
  use: TaskUse,
  run: { readonly part: StepPart; readonly state: StepState; readonly stop: AbortSignal; readonly trace: StepTrace },
): Promise<void> {
  const handler = chooseHandler(use.definition, run.part);
  if (handler === undefined) throw new Error(`Task ${use.definition.name} has no ${run.part}.`);
  writeHeader(context, use.definition);
  const environment = prepareEnvironment(context, use, run.state);
  await tryStep(context, {
    ...run,
    retries: run.part === "execution" ? use.step.retryCount : 0,
    run: () => runOnce(context, { use, handler, environment, ...run }),
  });
}

function writeHeader({ state: { log } }: JobContext, task: TaskDefinition): void {
  const rule = "=".repeat(78);
  log.write(rule);
  log.write(`Task         : ${task.friendlyName}`);
  log.write(`Description  : ${task.description}`);
  log.write(`Version      : ${task.version.text}`);
  log.write(`Author       : ${task.author}`);
  log.write(`Help         : ${task.helpUrl}`);
  log.write(rule);
}

/** One environment for all tries: inputs are expanded once (agent contract, section 4.3). */
function prepareEnvironment(context: JobContext, use: TaskUse, state: StepState): Environment {
  const { definition, step } = use;
  const resolver = inputContext(context);
  const inputs = new Map(expandInputs(definition, overlayDefaults(definition, use.given), resolver));
  const endpoints = resolveConnections(context, definition, inputs);
  const { preload } = context.settings.surroundings;
  return buildEnvironment({
    base: { ...context.base, ...preload?.environment },
    step: expandStepEnvironment(context, step),
    variables: context.state.variables.all(),
    inputs,
    endpoints,
    taskVariables: state.taskVariables.all(),
    prependPath: context.state.prependPath,
  });
}

/** The step's `env:`, trimmed and expanded. */
export function expandStepEnvironment(context: JobContext, step: Step): Environment {
  const resolver = inputContext(context);
  return Object.fromEntries(
    Object.entries(step.env).map(([name, value]) => [name.trim(), expandText(value.trim(), resolver)]),
  );
}

/** Puts ids in the place of names in `inputs`, as the service does; returns those endpoints and the job's own. */
function resolveConnections(
  context: JobContext,
  task: TaskDefinition,
  inputs: Map<string, string>,
): readonly Endpoint[] {
  const known = [...context.state.endpoints.values()];
  const system = known.filter((endpoint) => endpoint.data === undefined);
  const services = known.filter((endpoint) => endpoint.data !== undefined);
  const used = connectionInputs(task).flatMap((name) => {
    const named = (inputs.get(name) ?? "").split(",").filter((part) => part.trim() !== "");
    const found = named.map((part) => findEndpoint(services, part));
    inputs.set(name, found.map(({ id }) => id).join(","));
    return found;
  });
  return [...new Set([...used, ...system])];
}

interface OneTry {
  readonly part: StepPart;
  readonly use: TaskUse;
  readonly handler: Handler;
  readonly environment: Environment;
  readonly state: StepState;
  readonly stop: AbortSignal;
  readonly trace: StepTrace;
}

async function runOnce(context: JobContext, one: OneTry): Promise<void> {
  const { settings, state: job } = context;
  const release = new AbortController();
  one.state.onDone = () => void settings.clock.sleep(5_000, context.kill).then(() => release.abort());
  const script = join(one.use.folder, one.handler.target);
  const { preload } = settings.surroundings;
  const outcome = await runProcess({
    ...inPlace(context, {
      file: settings.nodePath,
      args: [...(preload === undefined ? [] : ["-r", preload.module]), script],
      cwd: context.folders.sources,
      environment: one.environment,
    }),
    onLine: (line) => {
      settings.onOutput?.(line);
      applyOutputLine({ job, step: one.state }, line);
    },
    onStart: () =>
      settings.onTaskStart?.({
        part: one.part,
        kill: () => void killByMark(`${lookupVariable}=${context.base[lookupVariable] ?? ""}`, script),
      }),
    cancel: one.stop,
    kill: context.kill,
    release: release.signal,
    clock: settings.signalClock,
    waits: cancelWaits(context),
  });
  one.trace.signals.push(...outcome.sent);
  one.trace.exitCode = exitCodeOf(outcome);
  if (one.trace.exitCode !== 0 && !one.stop.aborted && !outcome.released) {
    throw new Error(`Exit code ${one.trace.exitCode ?? "?"} returned from process: ${settings.nodePath} ${script}`);
  }
}

/** The program itself, or in a container job the client that starts it there. */
export function inPlace(context: JobContext, program: Program): Program & { readonly input?: string } {
  if (!context.job.inContainer) return program;
  return behindDocker(program, { client: context.settings.dockerClient ?? "stays", base: context.base });
}

/** Milliseconds of the knobs a job's variables may hold (agent contract, section 4.1). */
export function cancelWaits({ state }: JobContext): { readonly sigint?: number; readonly sigterm?: number } {
  const read = (name: string): number | undefined => {
    const text = state.variables.get(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  return { sigint: read("PROCESS_SIGINT_TIMEOUT"), sigterm: read("PROCESS_SIGTERM_TIMEOUT") };
}

/** A process that a signal ended has the code a shell would give it. */
export function exitCodeOf(outcome: ProcessOutcome): number | undefined {
  return outcome.exitCode ?? signalExitCode(outcome.signal);
}
