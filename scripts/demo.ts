/**
 * `npm run demo`: packages the extension, starts the emulator and runs the sample pipeline with the packaged task.
 * Exits 0 only when the deploying stage received the ID of an image version that exists.
 */
import { resolve } from "node:path";
import { isSuccess } from "./runner/agent/results.ts";
import { describeMade, formatTable, readyVersion } from "./runner/made.ts";
import { preparePackage } from "./runner/package/freshness.ts";
import { createConsole } from "./runner/run/console.ts";
import { runSession, withEmulator } from "./runner/session.ts";
import { samplePipeline, sampleVariables } from "./runner/sample.ts";

const root = resolve(import.meta.dirname, "..");
const write = (text: string): void => void process.stdout.write(text);

async function main(): Promise<number> {
  const extension = await preparePackage(root, (line) => write(`${line}\n`));
  return withEmulator(async (emulator) => {
    const sink = createConsole({ write, colour: process.stdout.isTTY });
    const variables = sampleVariables(emulator.description);
    const report = await runSession(emulator, { pipeline: samplePipeline(root), extension, variables, sink });
    write(`\nResult: ${report.result}\n`);
    const received = report.outputs["roll.imageId"];
    if (!isSuccess(report.result) || received === undefined) {
      write("The deploying stage received no image ID.\n");
      return 1;
    }
    write(`\nMade in the emulator:\n${formatTable(await describeMade(emulator, received))}\n`);
    const version = readyVersion(emulator, received);
    if (version === undefined) {
      write(`\nThe deploying stage received ${received}, which is no image version that exists.\n`);
      return 1;
    }
    write(`\nThe deploying stage used the image ${version.id}\n`);
    return 0;
  });
}

process.exitCode = await main();
