/**
 * `npm run --silent diagnose -- FILE [--where PLACE]`: prints, as JSON, why a build failed, from a log or an error text:
 * the findings, best first, the failed step, and whether the text is harmless.
 */
import { readFileSync } from "node:fs";
import { diagnose, diagnoseAnywhere } from "../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";
import { redactSignatures } from "../tasks/AzureImageBuilderV1/src/values/redact.ts";
import { parseDiagnoseArguments, usage } from "./diagnose/arguments.ts";

/** Exit codes: 0 nothing found, 1 findings, 2 wrong usage. */
function main(args: readonly string[]): number {
  let text: string;
  let where;
  try {
    const asked = parseDiagnoseArguments(args);
    where = asked.where;
    text = decode(readFileSync(asked.file));
  } catch (error) {
    process.stderr.write(`diagnose: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  const { findings, step, harmless } =
    where === undefined ? diagnoseAnywhere(text) : diagnose({ text: { where, content: text } });
  const answer = { findings, step: step ?? null, harmless };
  process.stdout.write(`${redactSignatures(JSON.stringify(answer, undefined, 2))}\n`);
  return findings.length === 0 ? 0 : 1;
}

/** Windows PowerShell writes files as UTF-16, and the portal's downloads begin with a byte order mark. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

process.exitCode = main(process.argv.slice(2));
