/** `npm run conformance -- DIR [--json]`: replays recorded exchanges against the emulator. Exit 0 good, 1 differences, 2 wrong usage. */
import { statSync } from "node:fs";
import { replayFolder, type ReplayResult } from "../tests/conformance/replay.ts";

const USAGE =
  "usage: npm run conformance -- DIR [--json]\n  DIR holds one JSON file for each exchange: {source, request, response}.\n";

function describe(result: ReplayResult): string {
  const details = result.diff.length > 0 ? result.diff : result.reason === "" ? [] : [result.reason];
  return [`${result.status.padEnd(7)} ${result.file}`, ...details.map((line) => `          ${line}`)].join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const [folder, ...rest] = args.filter((arg) => !arg.startsWith("-"));
  const isFolder = folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder || rest.length > 0 || flags.some((flag) => flag !== "--json")) {
    const why = folder !== undefined && !isFolder ? `${folder} is no folder.\n` : "";
    process.stderr.write(`${why}${USAGE}`);
    return 2;
  }
  const asJson = flags.includes("--json");
  const lines = asJson ? process.stderr : process.stdout;
  const results = await replayFolder(folder, (result) => lines.write(`${describe(result)}\n`));
  const count = (status: ReplayResult["status"]): number => results.filter((result) => result.status === status).length;
  if (asJson) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  lines.write(`${count("match")} match, ${count("skipped")} skipped, ${count("differ")} differ\n`);
  return count("differ") > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
