/** Files a step hands over by logging command; each must exist when the line is read (agent contract, section 3.3). */
import { statSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import type { LoggingCommand } from "./grammar.ts";
import { requireProperty, type CommandContext } from "./types.ts";

/** Attaches a file under its own name. Throws an Error when there is none. */
export function attachFile(context: CommandContext, type: string, path: string): void {
  attach(context, { type, name: basename(path), path });
}

/** `task.addattachment type=…;name=…]path`. */
export function attachNamed(context: CommandContext, command: LoggingCommand): void {
  attach(context, {
    type: requireProperty(command, "type"),
    name: requireProperty(command, "name"),
    path: command.data,
  });
}

function attach(
  { job, step }: CommandContext,
  attachment: { readonly type: string; readonly name: string; readonly path: string },
): void {
  const { type, name, path } = attachment;
  requireFile(path);
  for (const part of [type, name]) {
    if (/[/\0]/.test(part)) throw new Error(`"${part}" holds a character that no file name may have`);
  }
  job.attachments.push({ step: step.refName, type, name, path: job.files.keep(path) });
}

/** Throws an Error unless `path` is a file. The agent's own folder is not the step's: a relative path finds nothing. */
export function requireFile(path: string): void {
  const isFile = isAbsolute(path) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
  if (!isFile) throw new Error(`there is no file "${path}"`);
}
