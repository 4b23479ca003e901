/**
 * Preload module for the packaged task: the emulated machine, and a line of JSON in the file RECORD_HOSTS for every connection
 * that the process opens, every name that it looks up, every datagram socket and every program that it starts. It
 * records what was asked for, before the emulated machine leads it elsewhere.
 */
"use strict";

require("../emulator/core/emulated-machine.cjs");
const childProcess = require("node:child_process");
const dgram = require("node:dgram");
const dns = require("node:dns");
const { appendFileSync } = require("node:fs");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");

const file = process.env.RECORD_HOSTS;
const record = (kind, host, port) => appendFileSync(file, `${JSON.stringify({ kind, host, port })}\n`);

/** Puts a function before `target[name]` that sees the arguments first. */
function watch(target, name, see) {
  const real = target[name];
  target[name] = function (...given) {
    see(...given);
    return real.apply(this, given);
  };
}

watch(net.Socket.prototype, "connect", (first, second) => {
  // Node hands over its own list [options, callback] where a program has called net.connect.
  const options = Array.isArray(first) ? first[0] : first;
  const isObject = typeof options === "object" && options !== null;
  if (isObject && options.path !== undefined && options.path !== null) record("pipe", options.path);
  else if (isObject) record("connection", options.host ?? "localhost", Number(options.port));
  else record("connection", typeof second === "string" ? second : "localhost", Number(options));
});
for (const resolver of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  const names = [...Object.keys(resolver), ...Object.getOwnPropertyNames(resolver)];
  for (const name of new Set(names.filter((one) => /^(lookup|resolve\w*|reverse)$/.test(one)))) {
    watch(resolver, name, (host) => record("name", String(host)));
  }
}
watch(dgram, "createSocket", () => record("datagram", "any"));
for (const name of ["spawn", "exec", "execFile", "fork", "spawnSync", "execSync", "execFileSync"]) {
  watch(childProcess, name, (program) => record("program", String(program)));
}
syncBuiltinESMExports();
