/**
 * `npm run bench -- [--json] [--quick] [--rounds N] [--only NAME-PART]`: ratios of ours and others' side by side in one
 * run, how a build is watched, what asking before it costs, and what it costs to use an image again. Standard output holds
 * a table or, with `--json`, the lines as JSON; progress goes to standard error. Exits 1 where a target is missed.
 */
import { parseArgs } from "node:util";
import { measureGrowth, measureSpeed } from "./bench/artifact.ts";
import { measurePackage } from "./bench/package.ts";
import { measurePreflight } from "./bench/preflight.ts";
import { measureReuse } from "./bench/reuse.ts";
import type { Say, Sizes } from "./bench/side-by-side.ts";
import { openStage, type Stage } from "./bench/stage.ts";
import type { Line } from "./bench/types.ts";
import { measureWatch } from "./bench/watch.ts";

/** What is measured together, in this order. */
const groups = {
  package: (sizes, say) => measurePackage(sizes.rounds, say),
  "artifact-speed": (sizes, say) => withStage((stage) => measureSpeed(stage, sizes, say)),
  "artifact-growth": (sizes, say) => withStage((stage) => measureGrowth(stage, sizes, say)),
  watch: (_, say) => measureWatch(say),
  preflight: (sizes, say) => measurePreflight(sizes.rounds, say),
  reuse: (sizes, say) => withStage((stage) => measureReuse(stage, sizes, say)),
} satisfies Readonly<Record<string, (sizes: Sizes, say: Say) => Promise<readonly Line[]>>>;

const names = Object.keys(groups) as (keyof typeof groups)[];

const usage = `Usage: npm run bench -- [--json] [--quick] [--rounds N] [--only NAME-PART]
  --json            the lines as JSON: [{name, value, unit, bound, ok, runs, note}]
  --quick           smaller trees, which say less
  --rounds N        how often things are timed side by side (default 5)
  --only NAME-PART  groups whose name has this part: ${names.join(", ")}`;

async function withStage<T>(use: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await openStage();
  try {
    return await use(stage);
  } finally {
    stage.close();
  }
}

async function measure(chosen: typeof names, sizes: Sizes): Promise<readonly Line[]> {
  const say: Say = (text) => void process.stderr.write(`${text}\n`);
  const lines: Line[] = [];
  for (const name of chosen) lines.push(...(await groups[name](sizes, say)));
  return lines;
}

function show(lines: readonly Line[]): string {
  const rows = lines.map(({ name, value, unit, bound, ok }) =>
    [ok ? "ok  " : "MISS", name.padEnd(58), String(value).padStart(10), unit.padEnd(6), bound ?? ""].join(" "),
  );
  return `${rows.join("\n")}\n`;
}

interface Wanted {
  readonly isJson: boolean;
  readonly chosen: typeof names;
  readonly sizes: Sizes;
}

/** Throws an Error that says what is wrong. */
function readArguments(args: readonly string[]): Wanted {
  const { json, quick, rounds, only } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      only: { type: "string", default: "" },
    },
  }).values;
  if (!/^[1-9]\d?$/.test(rounds)) throw new Error("--rounds takes a number from 1 to 99.");
  const chosen = names.filter((name) => name.includes(only));
  if (chosen.length === 0) throw new Error(`--only ${only}: no group has this in its name.`);
  return { isJson: json, chosen, sizes: { quick, rounds: Number(rounds) } };
}

async function main(args: readonly string[]): Promise<number> {
  let wanted;
  try {
    wanted = readArguments(args);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  const lines = await measure(wanted.chosen, wanted.sizes);
  process.stdout.write(wanted.isJson ? `${JSON.stringify(lines, undefined, 2)}\n` : show(lines));
  return lines.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
