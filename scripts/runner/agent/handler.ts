/** Which handler of a task runs (agent contract, section 1.2, first choice). */
import type { StepPart, TaskDefinition } from "../package/task-definition.ts";

/** Highest first. Older handlers need a Node that current agent packages do not carry. */
const handlers = ["Node24", "Node20_1"] as const;

/** A handler that can run here. */
export type HandlerName = (typeof handlers)[number];

/** The handler that was chosen. */
export interface Handler {
  readonly name: HandlerName;
  /** Script, relative to the task's folder. */
  readonly target: string;
}

/**
 * The handler the agent takes for a part of a task; undefined when the task has no such part.
 * Throws an Error when the part has only handlers that are not run here.
 */
export function chooseHandler(task: TaskDefinition, part: StepPart): Handler | undefined {
  const offered = task.parts[part];
  if (offered.size === 0) return undefined;
  for (const name of handlers) {
    for (const [key, target] of offered) {
      if (key.toLowerCase() === name.toLowerCase()) return { name, target };
    }
  }
  throw new Error(
    `Task ${task.name} has no handler that can run: its ${part} offers ${[...offered.keys()].join(", ")}, ` +
      `this runner knows ${handlers.join(" and ")}.`,
  );
}
