/**
 * Stands in for `docker exec -i` and for the program it starts in the container (agent contract, section 3.1). Standard
 * input holds JSON {file, args, cwd, environment, leavesOnSignal}.
 *
 * As the client (no argument) it starts the other side, passes its output on, and ends with its exit code. Signals go to
 * the client alone: they end it at once (`leavesOnSignal`) or not before SIGKILL; the other side lives on either way.
 * As the other side (`inside`) it starts the program and reads its output whether or not anyone still listens. A program
 * that a signal ends has no exit code: this side ends with 0 then, as the agent's does.
 */
"use strict";

const { spawn } = require("node:child_process");

function readRequest(use) {
  let text = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk) => (text += chunk));
  process.stdin.on("end", () => use(text));
}

function passOutput(child) {
  for (const name of ["stdout", "stderr"]) {
    const target = process[name];
    // Once nobody listens, what is printed is lost; the program must not notice.
    target.on("error", () => undefined);
    child[name].on("data", (chunk) => target.write(chunk));
  }
}

function endWith(child) {
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 127;
  });
  child.on("close", (code) => (process.exitCode = code ?? 0));
}

function runClient(text) {
  const { leavesOnSignal } = JSON.parse(text);
  if (!leavesOnSignal) for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  // A session of its own: no signal for the client's group reaches it.
  const child = spawn(process.execPath, [module.filename, "inside"], { detached: true, stdio: "pipe" });
  passOutput(child);
  endWith(child);
  child.stdin.end(text);
}

function runInside(text) {
  const { file, args, cwd, environment } = JSON.parse(text);
  const child = spawn(file, args, { cwd, env: environment, stdio: ["pipe", "pipe", "pipe"] });
  passOutput(child);
  endWith(child);
  child.stdin.on("error", () => undefined).end();
}

readRequest(process.argv[2] === "inside" ? runInside : runClient);
