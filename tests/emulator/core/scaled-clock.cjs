/**
 * Preload module (`node -r scaled-clock.cjs program.js`) that gives any Node process the emulator's clock, from the
 * environment variable SCALED_CLOCK: JSON {realStart, start, scale} in milliseconds,
 * emulated = start + (real - realStart) * scale. Date, performance.now, process.hrtime, setTimeout, setInterval,
 * timers/promises and AbortSignal.timeout follow it. Plain CommonJS so that it runs on Node 20 and 24 without a loader.
 */
"use strict";

const timers = require("node:timers");
const timersPromises = require("node:timers/promises");
const { syncBuiltinESMExports } = require("node:module");
const { promisify } = require("node:util");

const RealDate = Date;
const realNow = Date.now.bind(Date);

/** Replaces Date; `read` gives the setting in force, so that it may change while the process runs. */
function installDate(read) {
  const now = () => {
    const { realStart, start, scale } = read();
    return Math.floor(start + (realNow() - realStart) * scale);
  };
  const ScaledDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  // `value.constructor === Date` holds for real dates only when the prototype names the replacement.
  Object.defineProperty(RealDate.prototype, "constructor", { value: ScaledDate, configurable: true, writable: true });
  globalThis.Date = ScaledDate;
}

/** Replaces the running clocks that measure durations. */
function installMeters(scale) {
  const perf = globalThis.performance;
  const perfNow = perf.now.bind(perf);
  Object.defineProperty(perf, "now", { value: () => perfNow() * scale, configurable: true, writable: true });
  const bigint = process.hrtime.bigint.bind(process.hrtime);
  const scaled = () => BigInt(Math.floor(Number(bigint()) * scale));
  const hrtime = (before) => {
    const time = scaled();
    const nanos = before ? time - (BigInt(before[0]) * 1000000000n + BigInt(before[1])) : time;
    return [Number(nanos / 1000000000n), Number(nanos % 1000000000n)];
  };
  process.hrtime = Object.assign(hrtime, { bigint: scaled });
}

/**
 * Long waits are limits for answers, which take real time whatever the clock says: on a busy machine a limit of 30 s at
 * 200 times the speed would be over before the other side had its turn.
 */
const long = { emulatedMs: 25_000, realMs: 1_500 };

/** Replaces the timers: what waits `ms` of emulated time waits ms / scale of real time. */
function installTimers(scale) {
  const real = (ms) => {
    if (ms === undefined) return ms;
    const least = scale > 1 && Number(ms) >= long.emulatedMs ? Math.min(Number(ms), long.realMs) : 0;
    return Math.max(Number(ms) / scale, least);
  };
  const { setTimeout, setInterval } = timers;
  const promises = { ...timersPromises };
  const scaledTimeout = (callback, ms, ...rest) => setTimeout(callback, real(ms), ...rest);
  const scaledInterval = (callback, ms, ...rest) => setInterval(callback, real(ms), ...rest);
  const wait = (ms, value, options) => promises.setTimeout(real(ms), value, options);
  Object.defineProperty(scaledTimeout, promisify.custom, { value: wait });
  timers.setTimeout = scaledTimeout;
  timers.setInterval = scaledInterval;
  globalThis.setTimeout = scaledTimeout;
  globalThis.setInterval = scaledInterval;
  timersPromises.setTimeout = wait;
  timersPromises.setInterval = (ms, value, options) => promises.setInterval(real(ms), value, options);
  const abortAfter = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => abortAfter(Math.max(1, Math.round(real(ms))));
}

/** Reads the variable; a process that was preloaded without it, or with nonsense, must not run by the wrong clock. */
function readSetting(text) {
  const setting = JSON.parse(text);
  const good = [setting.realStart, setting.start, setting.scale].every(Number.isFinite) && setting.scale > 0;
  if (!good)
    throw new Error(`SCALED_CLOCK holds ${text}: expected JSON {realStart, start, scale}, numbers, scale above 0.`);
  return setting;
}

module.exports = { installDate, readSetting };

const text = process.env.SCALED_CLOCK;
if (text !== undefined && text !== "") {
  const setting = readSetting(text);
  installDate(() => setting);
  installMeters(setting.scale);
  installTimers(setting.scale);
  syncBuiltinESMExports();
}
