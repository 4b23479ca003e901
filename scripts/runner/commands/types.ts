import type { JobState, StepState } from "../agent/state.ts";
import type { LoggingCommand } from "./grammar.ts";

/** The step that issues a command, and its job. */
export interface CommandContext {
  readonly job: JobState;
  readonly step: StepState;
}

/** What a command does. */
export interface CommandHandler {
  /** May a task in restricted mode issue it? */
  readonly restricted: boolean;
  /** Applies the command; an Error thrown fails the step (agent contract, section 3.2). */
  readonly apply: (context: CommandContext, command: LoggingCommand) => void;
}

/** Events of an area, in lower case. */
export type CommandArea = Readonly<Record<string, CommandHandler>>;

/** A property that must be there. Throws an Error naming it. */
export function requireProperty(command: LoggingCommand, key: string): string {
  const value = command.properties.get(key);
  if (value === undefined || value === "") throw new Error(`the property "${key}" is missing`);
  return value;
}

/** `true` in any case; anything else is false. */
export function isTrue(command: LoggingCommand, key: string): boolean {
  return command.properties.get(key)?.trim().toLowerCase() === "true";
}
