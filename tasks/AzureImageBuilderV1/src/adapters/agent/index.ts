/**
 * The build agent, by azure-pipelines-task-lib: the only folder that imports it. One copy of the library runs in a
 * process, because it takes inputs and secrets out of the environment when it is loaded (agent contract, section 2.5).
 */
import { Writable } from "node:stream";
import * as tl from "azure-pipelines-task-lib/task.js";
import type { Agent, ServiceConnection } from "../../ports.ts";
import { Secret } from "../../secret.ts";
import type { NetworkSettings } from "../network.ts";
import { jobSecrets } from "./job-secrets.ts";
import { hideForms, maskedForms } from "./masks.ts";
import { readNetworkSettings } from "./network.ts";
import { defuse } from "../../values/defuse.ts";

/** The agent as main wires it: what rooms ask of it, and how the task ends. */
export interface BuildAgent extends Agent {
  /** Ends the task: sets its result and what the agent shows beside it. Call once, as the last thing. */
  complete(result: "Succeeded" | "Failed", message: string): void;
  network(): NetworkSettings;
}

const systemConnection = "SYSTEMVSSCONNECTION";
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** Connects to the agent that started this process. */
export function createAgent(): BuildAgent {
  // The library's own handlers report a failure but leave the process running; main.ts has handlers that end it.
  process.removeAllListeners("uncaughtException").removeAllListeners("unhandledRejection");
  const registered = new Set<string>();
  let fromJob: readonly string[] | undefined;
  return {
    input: (name) => tl.getInput(name)?.trim() ?? "",
    variable: (name) => tl.getVariable(name),
    endpoint: readConnection,
    systemToken: () => {
      const token = unseen(() => tl.getEndpointAuthorizationParameter(systemConnection, "AccessToken", true));
      return token ? new Secret(token) : undefined;
    },
    setVariable: (name, value, kind) => tl.setVariable(name, value, false, kind === "output"),
    setSecret: (secret) =>
      maskedForms(secret.reveal()).forEach((form) => {
        registered.add(form);
        tl.setSecret(form);
      }),
    info: print,
    debug: (line) => tl.debug(defuse(line)),
    warning: (message, code) => issue("warning", message, code),
    error: (message, code) => issue("error", message, code),
    group: (title) => printTagged("##[group]", title),
    endGroup: () => printTagged("##[endgroup]", ""),
    progress: (percent, operation) => tl.setProgress(Math.round(percent), defuse(operation)),
    hideSecrets: (text) => {
      fromJob ??= unseen(jobSecrets).flatMap(maskedForms);
      return hideForms(text, [...registered, ...fromJob]);
    },
    upload: (kind, path) => tl.command(kind === "summary" ? "task.uploadsummary" : "task.uploadfile", null, path),
    complete: (result, message) => tl.command("task.complete", { result }, defuse(message)),
    network: readNetworkSettings,
  };
}

function print(line: string): void {
  process.stdout.write(`${defuse(line)}\n`);
}

/** Tags count at the start of a line only, so the text after one must stay on that line. */
function printTagged(tag: string, text: string): void {
  process.stdout.write(`${tag}${defuse(text).replace(/[\r\n]+/g, " ")}\n`);
}

function issue(type: "warning" | "error", message: string, code: string | undefined): void {
  tl.command("task.logissue", { type, ...(code === undefined ? {} : { code }) }, defuse(message));
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

/** Runs `read` without the library's debug line, which would print the value before anyone can mask it. */
function unseen<T>(read: () => T): T {
  tl.setStdStream(nowhere);
  try {
    return read();
  } finally {
    tl.setStdStream(process.stdout);
  }
}
