/** What the agent does with each line of a step's output (agent contract, section 3.2). */
import { reportError, reportWarning } from "../agent/state.ts";
import { artifactArea, buildArea, telemetryArea } from "./build-area.ts";
import { readOutputLine, type LoggingCommand } from "./grammar.ts";
import { isCommandAllowed } from "./restrictions.ts";
import { taskArea } from "./task-area.ts";
import type { CommandArea, CommandContext } from "./types.ts";

/** What an area is to a job of a build: its commands, refused there, or known but not carried out by this runner. */
const areas: Readonly<Record<string, CommandArea | "other host" | "not carried out">> = {
  task: taskArea,
  artifact: artifactArea,
  build: buildArea,
  telemetry: telemetryArea,
  release: "other host",
  results: "not carried out",
  codecoverage: "not carried out",
};

/** Prints a line, or applies the command in it. Never throws: a command that fails fails the step. */
export function applyOutputLine(context: CommandContext, line: string): void {
  const { job, step } = context;
  const decode = job.variables.get("DECODE_PERCENTS")?.toLowerCase() !== "false";
  const read = readOutputLine(line, decode);
  switch (read.kind) {
    case "text":
      job.log.write(line);
      return;
    case "malformed":
      reportWarning(job, step, `A line holds ##vso but is no logging command: ${line}`);
      job.log.write(line);
      return;
    case "command":
      applyCommand(context, read.command);
      return;
  }
}

function applyCommand(context: CommandContext, command: LoggingCommand): void {
  const { job, step } = context;
  const area = Object.hasOwn(areas, command.area) ? areas[command.area] : undefined;
  if (area === undefined) {
    reportWarning(job, step, `There is no area "${command.area}" of logging commands: ${command.line}`);
    return;
  }
  if (area === "other host" || area === "not carried out") {
    const why = area === "other host" ? `not known to a job of a ${job.hostType}` : "not carried out by this runner";
    fail(context, command, `the area "${command.area}" is ${why}`);
    return;
  }
  const handler = Object.hasOwn(area, command.event) ? area[command.event] : undefined;
  if (handler === undefined) {
    fail(context, command, `the area "${command.area}" has no event "${command.event}"`);
  } else if (!isCommandAllowed(step.restrictions, handler.restricted)) {
    reportWarning(job, step, `${command.area}.${command.event} is ignored: the step runs in restricted mode.`);
  } else {
    attempt(context, command, () => handler.apply(context, command));
  }
  if (command.event !== "debug") job.log.debug(`Processed: ${command.line}`);
}

function attempt(context: CommandContext, command: LoggingCommand, apply: () => void): void {
  try {
    apply();
  } catch (error) {
    fail(context, command, error instanceof Error ? error.message : String(error));
  }
}

/** The failure stays through every retry and is merged in at the end. */
function fail({ job, step }: CommandContext, command: LoggingCommand, why: string): void {
  reportError(job, step, `A logging command could not be carried out, so the step fails: ${why}: ${command.line}`);
  step.commandResult = "Failed";
}
