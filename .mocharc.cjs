/**
 * How mocha runs the tests: all of them in a process for each processor, each taking the next file; or, where files are
 * named on the command line, those alone in one process.
 */
const { readdirSync } = require("node:fs");
const { availableParallelism } = require("node:os");

/** Files that take longest, longest first: no processor shall wait for one of them at the end. No test relies on it. */
const longest = [
  "walk/readme",
  "faults/matrix",
  "faults/packaged",
  "fuzz/",
  "e2e/kill",
  "unit/artifact/archives-read-back",
  "contract/build-vm",
  "unit/artifact/zip-records",
  "contract/conformance",
  "contract/emulator-command",
  "contract/virtual-machine-images.",
  "unit/runner/commands",
  "unit/runner/lifecycle",
  "unit/template/fetch-linux-zip",
  "unit/artifact/pack",
  "contract/virtual-machine-images-access",
  "golden/mutants",
  "contract/adapters-azure",
  "unit/plan/plan-file",
  "golden/any-inputs",
  "designer/page",
  "pictures/",
  "manifest/development",
  "unit/template/fetch-linux-token",
  "unit/runner/pipeline",
  "manifest/package",
];

function rankOf(file) {
  const found = longest.findIndex((start) => file.startsWith(`tests/${start}`));
  return found < 0 ? longest.length : found;
}

function allFiles() {
  const files = readdirSync("tests", { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `tests/${name.replaceAll("\\", "/")}`)
    .sort();
  // Whole builds mostly wait: beside each of them runs something that computes.
  const builds = files.filter((file) => file.startsWith("tests/e2e/"));
  const others = files.filter((file) => !builds.includes(file)).sort((one, other) => rankOf(one) - rankOf(other));
  const pairs = builds.flatMap((build, at) => [build, ...others.slice(2 * at, 2 * at + 2)]);
  return [...pairs, ...others.slice(2 * builds.length)];
}

const namesFiles = process.argv.slice(2).some((word) => word.endsWith(".ts"));

module.exports = {
  ...(namesFiles ? {} : { spec: allFiles(), parallel: true, jobs: Math.max(2, availableParallelism()) }),
  "node-option": ["import=tsx", "no-experimental-require-module"],
  timeout: 60000,
  "forbid-only": true,
  reporter: "dot",
};
