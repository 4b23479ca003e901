/** The commands of area `task` (agent contract, sections 3.3 and 3.4). */
import { isTaskResult, mergeResults } from "../agent/results.ts";
import { addIssue, reportProgress, reportWarning } from "../agent/state.ts";
import { attachFile, attachNamed } from "./attachments.ts";
import { applyLogDetail } from "./log-detail.ts";
import { applySetEndpoint } from "./set-endpoint.ts";
import type { LoggingCommand } from "./grammar.ts";
import { isVariableAllowed } from "./restrictions.ts";
import { isTrue, requireProperty, type CommandArea, type CommandContext } from "./types.ts";

/** The commands of area `task`. */
export const taskArea: CommandArea = {
  complete: { restricted: true, apply: complete },
  setvariable: { restricted: true, apply: setVariable },
  setsecret: { restricted: true, apply: ({ job }, { data }) => job.masker.add(data) },
  logissue: { restricted: true, apply: logIssue },
  issue: { restricted: true, apply: logIssue },
  setprogress: {
    restricted: true,
    apply: ({ step }, command) => reportProgress(step, wholeNumber(command.properties.get("value")), command.data),
  },
  logdetail: { restricted: true, apply: applyLogDetail },
  debug: { restricted: true, apply: ({ job }, { data }) => job.log.debug(data) },
  settaskvariable: { restricted: true, apply: setTaskVariable },
  prependpath: { restricted: true, apply: prependPath },
  uploadsummary: {
    restricted: false,
    apply: (context, { data }) => attachFile(context, "Distributedtask.Core.Summary", data),
  },
  uploadfile: {
    restricted: false,
    apply: (context, { data }) => attachFile(context, "Distributedtask.Core.FileAttachment", data),
  },
  addattachment: { restricted: false, apply: attachNamed },
  setendpoint: { restricted: false, apply: applySetEndpoint },
};

function complete({ step }: CommandContext, command: LoggingCommand): void {
  const result = command.properties.get("result") ?? "";
  if (!isTaskResult(result)) throw new Error(`the result "${result}" is not one the agent knows (case counts)`);
  step.result = mergeResults(step.result, result);
  reportProgress(step, 100, command.data);
  if (isTrue(command, "done")) step.onDone?.();
}

function setVariable(context: CommandContext, command: LoggingCommand): void {
  const { job, step } = context;
  const name = requireProperty(command, "variable");
  if (job.variables.isReadOnly(name)) throw new Error(`the variable "${name}" is read-only`);
  const secret = isTrue(command, "issecret");
  if (secret) checkSecret(context, command.data);
  if (!maySet(context, name)) return;
  const output = isTrue(command, "isoutput");
  const flags = { secret, preserveCase: isTrue(command, "preservecase") };
  if (output || step.declaredOutputs.has(name.toLowerCase())) {
    step.outputs.set(name, { value: command.data, secret });
    const readOnly = output || isTrue(command, "isreadonly");
    job.variables.set(`${step.refName}.${name}`, command.data, { ...flags, readOnly });
  } else {
    job.variables.set(name, command.data, { ...flags, readOnly: isTrue(command, "isreadonly") });
  }
}

/** A secret is masked even where its variable is denied; one of several lines is refused and not masked. */
function checkSecret({ job }: CommandContext, value: string): void {
  const allowed = job.variables.get("system.unsafeAllowMultilineSecret")?.toLowerCase() === "true";
  if (value.includes("\n") && !allowed) {
    throw new Error("a secret must not hold a line break: its lines would be printed unmasked");
  }
  job.masker.add(value);
  job.masker.add(value.replaceAll("%", "%AZP25").replaceAll("\r", "%0D").replaceAll("\n", "%0A"));
}

function maySet({ job, step }: CommandContext, name: string): boolean {
  const allowed = isVariableAllowed(step.restrictions, name);
  if (!allowed) reportWarning(job, step, `The variable "${name}" is not set: the step's restrictions do not allow it.`);
  return allowed;
}

function setTaskVariable(context: CommandContext, command: LoggingCommand): void {
  const name = requireProperty(command, "variable");
  const { taskVariables } = context.step;
  if (taskVariables.isReadOnly(name)) throw new Error(`the task variable "${name}" is read-only`);
  const secret = isTrue(command, "issecret");
  if (secret) checkSecret(context, command.data);
  taskVariables.set(name, command.data, {
    secret,
    readOnly: isTrue(command, "isreadonly"),
    preserveCase: isTrue(command, "preservecase"),
  });
}

/** With `sourcepath` the text is written the way compilers do. */
function logIssue(context: CommandContext, command: LoggingCommand): void {
  const { job, step } = context;
  const given = command.properties.get("type");
  if (given === undefined) {
    reportWarning(job, step, `An issue without type=error or type=warning is left out: ${command.line}`);
    return;
  }
  const type = given.toLowerCase();
  if (type !== "error" && type !== "warning") throw new Error(`"${given}" is no type of issue: error or warning`);
  const part = (key: string): string => command.properties.get(key) ?? "";
  const message = command.properties.has("sourcepath")
    ? `${part("sourcepath")}(${part("linenumber")},${part("columnnumber")}): ${type} ${part("code")}: ${command.data}`
    : command.data;
  addIssue(job, step, { type, code: command.properties.get("code"), message });
}

function prependPath(context: CommandContext, { data }: LoggingCommand): void {
  if (data === "") throw new Error("the folder is missing");
  if (!maySet(context, "PATH")) return;
  const { prependPath: folders } = context.job;
  const present = folders.indexOf(data);
  if (present >= 0) folders.splice(present, 1);
  folders.push(data);
}

function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : 0;
}
