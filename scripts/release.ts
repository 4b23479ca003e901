/**
 * `npm run release -- 1.2.3` prepares a release in the working tree; `npm run release -- --dev [LABEL]` packages a
 * development build under dist/dev. Neither publishes anything (docs/releasing.md). Exit code 1: refused; 2: wrong usage.
 */
import { join } from "node:path";
import { packageExtension } from "./lib/package-extension.ts";
import { distFolder, root } from "./lib/paths.ts";
import { describeDevelopment } from "./release/development.ts";
import { prepareRelease } from "./release/prepare.ts";

const usage = "usage: npm run release -- 1.2.3 | npm run release -- --dev [LABEL]";

async function packageDevelopment(label: string): Promise<number> {
  const development = describeDevelopment(label, new Date());
  const { file, problems } = await packageExtension(join(distFolder, "dev"), development);
  for (const problem of problems) console.error(`error: ${problem}`);
  if (problems.length > 0) return 1;
  console.log(`${file}\nNothing is published; docs/releasing.md says how to share it with your organisation.`);
  return 0;
}

function prepare(version: string): number {
  const files = prepareRelease(root, version, new Date().toISOString().slice(0, 10));
  console.log(`${version} is in ${files.join(", ")}.\nNothing is published: docs/releasing.md says what comes next.`);
  return 0;
}

async function main(args: readonly string[]): Promise<number> {
  const [first, second, ...others] = args;
  if (first === "--dev" && others.length === 0) return packageDevelopment(second ?? "dev");
  if (first !== undefined && second === undefined && !first.startsWith("-")) return prepare(first);
  console.error(usage);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
