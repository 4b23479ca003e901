/**
 * `npm run --silent convert -- FILE`: prints the steps of the older tasks in FILE as steps of AzureImageBuilder@1. FILE is a
 * YAML pipeline or template, or the exported JSON of a classic build, release or task group. It is not changed.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { convertSteps, writeSteps } from "./convert/convert-text.ts";

const usage = "usage: npm run --silent convert -- FILE";

/** Exit codes: 0 converted, 1 nothing to convert, 2 wrong usage. */
function main(args: readonly string[]): number {
  const [file, ...others] = args;
  if (file === undefined || others.length > 0 || file.startsWith("-"))
    return fail(`exactly one FILE is expected\n${usage}`, 2);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`, 2);
  }
  try {
    const steps = convertSteps(text.replace(/^\uFEFF/, ""));
    if (steps.length === 0)
      return fail(`${file} has no step of AzureImageBuilderTask@1 or AzureImageBuilderTaskV2@2`, 1);
    process.stdout.write(writeSteps(basename(file), steps));
    return 0;
  } catch (error) {
    return fail(`${file}: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
}

function fail(message: string, code: number): number {
  process.stderr.write(`convert: ${message}\n`);
  return code;
}

process.exitCode = main(process.argv.slice(2));
