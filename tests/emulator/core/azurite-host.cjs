/**
 * Runs Azurite's blob service in a child process of the emulator: the service itself is untouched, but accounts can be
 * added while it runs (Azurite reads them from its environment once a minute), and its dates follow the emulator's clock.
 * Messages in: {id, accounts?, clock?}. Messages out: {port} when it listens, then {done: id} for each message.
 */
"use strict";

const { installDate, readSetting } = require("./scaled-clock.cjs");

let setting = readSetting(process.env.EMULATOR_CLOCK);
// Timers stay real: they only collect garbage, and at a high scale would do so while an upload is under way.
installDate(() => setting);

// Azurite loads this to tell its makers how it is used, which --disableTelemetry forbids: more than half of its start.
const telemetry = require.resolve("applicationinsights", { paths: [require.resolve("azurite/package.json")] });
require.cache[telemetry] = Object.assign(new module.constructor(telemetry), { loaded: true, exports: {} });

const { BlobServerFactory } = require("azurite/dist/src/blob/BlobServerFactory");

async function main() {
  const server = await new BlobServerFactory().createServer();
  await server.start();
  process.on("message", ({ id, accounts, clock }) => {
    if (clock !== undefined) setting = readSetting(clock);
    if (accounts !== undefined) {
      process.env.AZURITE_ACCOUNTS = accounts;
      server.accountDataStore.refresh();
    }
    process.send({ done: id });
  });
  process.send({ port: Number(new URL(server.getHttpServerAddress()).port) });
}

// The emulator is gone: nobody needs this process.
process.on("disconnect", () => process.exit(0));

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
