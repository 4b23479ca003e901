/**
 * `npm run --silent plan -- FILE`: prints, as JSON, what the first step of the task in FILE would submit, or what a step
 * with the template file FILE would. Files that a step names are looked for from FILE's folder. With `--request` also what
 * determines the image: the request form, its digest, and the parts that move by themselves (docs/reuse.md).
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { redactSignatures } from "../tasks/AzureImageBuilderV1/src/values/redact.ts";
import { parsePlanArguments, usage } from "./plan/arguments.ts";
import { planFile } from "./plan/plan-file.ts";

/** Exit codes: 0 a template, 1 errors, 2 wrong usage. */
function main(args: readonly string[]): number {
  let text: string;
  let options;
  try {
    options = parsePlanArguments(args);
    text = readFileSync(options.file, "utf8");
  } catch (error) {
    process.stderr.write(`plan: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  const folder = dirname(options.file);
  const answer = planFile(text, {
    ...options,
    file: basename(options.file),
    readFile: (path) => {
      const whole = resolve(folder, path.replaceAll("\\", "/"));
      return statSync(whole, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(whole, "utf8") : undefined;
    },
  });
  process.stdout.write(`${redactSignatures(JSON.stringify(answer, undefined, 2))}\n`);
  return answer.errors.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
