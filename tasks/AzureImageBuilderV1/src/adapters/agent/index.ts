/**
 * The build agent, by azure-pipelines-task-lib: the only folder that imports it. One copy of the library runs in a
 * process, because it takes inputs and secrets out of the environment when it is loaded (agent contract, section 2.5).
 */
import { speak, unseen } from "./quiet-load.ts";
import * as tl from "azure-pipelines-task-lib/task.js";
import { hideTokens } from "../../log/redact.ts";
import type { Agent, ServiceConnection } from "../../ports.ts";
import { Secret } from "../../secret.ts";
import type { NetworkSettings } from "../network.ts";
import { createHider } from "./hider.ts";
import { jobSecrets, secretVariables } from "./job-secrets.ts";
import { hiddenForms, maskedForms } from "./masks.ts";
import { readNetworkSettings } from "./network.ts";
import { writtenForms } from "./written-forms.ts";
import { defuse } from "../../values/defuse.ts";

/** The agent as main wires it: what rooms ask of it, and how the task ends. */
export interface BuildAgent extends Agent {
  /** Ends the task: sets its result and what the agent shows beside it. Call once, as the last thing. */
  complete(result: "Succeeded" | "Failed", message: string): void;
  network(): NetworkSettings;
}

const systemConnection = "SYSTEMVSSCONNECTION";
/** Secret variables with shorter values are not looked for: ordinary text holds them by chance. */
const shortestFound = 6;

speak();

/** Connects to the agent that started this process. */
export function createAgent(): BuildAgent {
  // The library's own handlers report a failure but leave the process running; main.ts has handlers that end it.
  process.removeAllListeners("uncaughtException").removeAllListeners("unhandledRejection");
  const hide = createHiding();
  const shown = (text: string): string => hide.inText(defuse(text));
  const debug = (line: string): void => tl.debug(shown(line));
  /** As the library prints what it reads, without what is secret in it. */
  const told = <T>(name: string, read: () => T): T => {
    const value = unseen(read);
    debug(`${name}=${String(value)}`);
    return value;
  };
  const issue = (type: "warning" | "error", message: string, code: string | undefined): void =>
    tl.command("task.logissue", { type, ...(code === undefined ? {} : { code }) }, shown(message));
  return {
    input: (name) => told(name, () => tl.getInput(name))?.trim() ?? "",
    variable: (name) => told(name, () => tl.getVariable(name)),
    endpoint: readConnection,
    systemToken: () => {
      const token = unseen(() => tl.getEndpointAuthorizationParameter(systemConnection, "AccessToken", true));
      return token ? new Secret(token) : undefined;
    },
    setVariable: (name, value, kind) => tl.setVariable(name, value, false, kind === "output"),
    setTaskVariable: (name, value) => tl.setTaskVariable(name, value),
    taskVariable: (name) => tl.getTaskVariable(name) || undefined,
    setSecret: (secret) => {
      hide.add(secret);
      maskedForms(secret.reveal()).forEach((form) => tl.setSecret(form));
    },
    info: (line) => print(shown(line)),
    debug,
    warning: (message, code) => issue("warning", message, code),
    error: (message, code) => issue("error", message, code),
    group: (title) => printTagged("##[group]", shown(title)),
    endGroup: () => printTagged("##[endgroup]", ""),
    progress: (percent, operation) => tl.setProgress(Math.round(percent), shown(operation)),
    hideSecrets: hide.inText,
    secretVariablesIn: createFinder(),
    upload: (kind, path) => tl.command(kind === "summary" ? "task.uploadsummary" : "task.uploadfile", null, path),
    attach: (type, name, path) => tl.command("task.addattachment", { type, name }, path),
    complete: (result, message) => tl.command("task.complete", { result }, shown(message)),
    network: readNetworkSettings,
  };
}

/** Hides the job's secrets, read when text is first shown, and those that are met later. */
function createHiding(): { readonly inText: (text: string) => string; readonly add: (secret: Secret) => void } {
  const hider = createHider();
  let knowsJob = false;
  return {
    add: (secret) => hider.add(hiddenForms(secret.reveal())),
    inText: (text) => {
      if (!knowsJob) {
        knowsJob = true;
        unseen(jobSecrets).forEach((secret) => hider.add(hiddenForms(secret)));
      }
      // Services and what lies between repeat what others sent them.
      return hideTokens(hider.hide(text));
    },
  };
}

/** A function to the names of the job's secret variables whose value is in a text, however a script or template writes it. */
function createFinder(): (text: string) => readonly string[] {
  let wanted: readonly { readonly name: string; readonly forms: readonly string[] }[] | undefined;
  return (text) => {
    wanted ??= unseen(secretVariables)
      .map(({ name, value }) => ({ name, value: value.replace(/\r\n?/g, "\n").trim() }))
      .filter(({ value }) => value.length >= shortestFound)
      .map(({ name, value }) => ({ name, forms: writtenForms(value) }));
    return wanted.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Tags count at the start of a line only, so the text after one must stay on that line. */
function printTagged(tag: string, text: string): void {
  print(`${tag}${text.replace(/[\r\n]+/g, " ")}`);
}

/** The agent names an endpoint's variables by its id in lower case; other systems' ids are taken as they are. */
function readConnection(id: string): ServiceConnection | undefined {
  const known = [id, id.toLowerCase()].find((name) => tl.getEndpointUrl(name, true) !== undefined);
  if (known === undefined) return undefined;
  return {
    id: known,
    scheme: tl.getEndpointAuthorizationScheme(known, true) ?? "",
    url: tl.getEndpointUrl(known, true) ?? "",
    parameter: (name) => unseen(() => tl.getEndpointAuthorizationParameter(known, name, true)) || undefined,
    data: (name) => tl.getEndpointDataParameter(known, name, true) || undefined,
  };
}
