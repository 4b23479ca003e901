/**
 * `npm run faults -- [--json] [--site PART] [--fault NAME] [--quick] [--write]`: every place at which the task asks a service, with
 * every fault of networks and services, and how the task ends. Standard output holds a table or, with `--json`, the cells;
 * progress goes to standard error. Exits 1 where a cell is bad.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lanesHere } from "./faults/lanes.ts";
import { makeMatrix, type Matrix, type MatrixOptions } from "./faults/matrix.ts";
import { describeMatrix } from "./faults/page.ts";
import { showBadCells, showMatrix } from "./faults/show.ts";
import { root } from "./lib/paths.ts";

const usage = `Usage: npm run faults -- [--json] [--site PART] [--fault NAME] [--quick] [--write]
  --json        the cells as JSON: {cells: [{site, fault, expected, outcome, code, leftovers, attempts}]}
  --site PART   sites whose name has this part, e.g. "POST imageTemplates", or one of several: "oidctoken|entra"
  --fault NAME  faults whose name has this part, e.g. 504
  --quick       faults come twice in a row where they can, and not also once
  --write       writes docs/faults.md`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Throws an Error that says what is wrong. */
function readArguments(args: readonly string[]): {
  readonly isJson: boolean;
  readonly writes: boolean;
  readonly options: MatrixOptions;
} {
  const { json, site, fault, quick, write } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      site: { type: "string", default: "" },
      fault: { type: "string", default: "" },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  }).values;
  if (write && `${site}${fault}` !== "") throw new Error("--write needs the whole matrix.");
  return {
    isJson: json,
    writes: write,
    options: { site, fault, quick, lanes: lanesHere(), say },
  };
}

function show({ cells }: Matrix, isJson: boolean): string {
  if (!isJson) return showMatrix(cells);
  const shown = cells.map(({ problems: _, ...cell }) => cell);
  return `${JSON.stringify({ cells: shown }, undefined, 2)}\n`;
}

async function main(args: readonly string[]): Promise<number> {
  let wanted;
  try {
    wanted = readArguments(args);
  } catch (error) {
    say(`faults: ${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const matrix = await makeMatrix(wanted.options);
  process.stdout.write(show(matrix, wanted.isJson));
  if (matrix.cells.length === 0) {
    say("faults: nothing has such a name.");
    return 2;
  }
  if (wanted.writes) writeFileSync(join(root, "docs/faults.md"), await describeMatrix(matrix.cells));
  const bad = matrix.cells.filter(({ problems }) => problems.length > 0);
  say(`${matrix.cells.length} cells, ${matrix.runs} runs, ${matrix.seconds.toFixed(0)} s, ${bad.length} bad`);
  if (bad.length > 0) say(showBadCells(bad));
  return bad.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
