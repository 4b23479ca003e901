/** `npm test`: the checks side by side and then, where all of them pass, the tests. Exits 1 where something fails. */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { root } from "./lib/paths.ts";
import { type Outcome, runChecks } from "./lib/run-checks.ts";

/** Scripts of package.json; the longest first, so that the others fill the time beside it. */
const checks = ["lint:code", "lint:format", "types", "package", "readme -- --check"];

function show({ command, passed, output, seconds }: Outcome): void {
  console.log(`${passed ? "passed" : "FAILED"}  ${command} (${seconds.toFixed(0)} s)`);
  if (output !== "") console.log(output.replace(/^/gm, "  "));
}

function runTests(): boolean {
  return spawnSync("npm run --silent test:mocha", { cwd: root, shell: true, stdio: "inherit" }).status === 0;
}

if (process.argv.length > 2) {
  console.error("Usage: npm test");
  process.exitCode = 2;
} else {
  const commands = checks.map((check) => `npm run --silent ${check}`);
  const passed = await runChecks(commands, Math.max(2, availableParallelism()), show);
  if (!passed) console.error("The tests are left out because a check has failed; npm run test:mocha runs them.");
  process.exitCode = passed && runTests() ? 0 : 1;
}
