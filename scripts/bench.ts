/**
 * `npm run bench -- [--json] [--quick] [--rounds N]`: ratios of ours and others' side by side in one run. Standard output
 * holds a table or, with `--json`, the lines as JSON; progress goes to standard error. Exits 1 where a target is missed.
 */
import { parseArgs } from "node:util";
import { measureGrowth, measureSpeed } from "./bench/artifact.ts";
import { measurePackage } from "./bench/package.ts";
import { openStage } from "./bench/stage.ts";
import type { Line } from "./bench/types.ts";

const usage = "Usage: npm run bench -- [--json] [--quick] [--rounds N]";

async function measure(sizes: { readonly quick: boolean; readonly rounds: number }): Promise<readonly Line[]> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const stage = await openStage();
  try {
    return [
      ...(await measurePackage(sizes.rounds, say)),
      ...(await measureSpeed(stage, sizes, say)),
      ...(await measureGrowth(stage, sizes, say)),
    ];
  } finally {
    stage.close();
  }
}

function show(lines: readonly Line[]): string {
  const rows = lines.map(({ name, value, unit, bound, ok }) =>
    [ok ? "ok  " : "MISS", name.padEnd(58), String(value).padStart(10), unit.padEnd(6), bound ?? ""].join(" "),
  );
  return `${rows.join("\n")}\n`;
}

async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args: [...args],
      options: { json: { type: "boolean" }, quick: { type: "boolean" }, rounds: { type: "string" } },
    }).values;
    if (!/^[1-9]\d?$/.test(options.rounds ?? "5")) throw new Error("--rounds takes a number from 1 to 99.");
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  const lines = await measure({ quick: options.quick === true, rounds: Number(options.rounds ?? "5") });
  process.stdout.write(options.json === true ? `${JSON.stringify(lines, undefined, 2)}\n` : show(lines));
  return lines.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
