/** `npm run build`: the task's bundle under dist/. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { bundleTask } from "./lib/bundle-task.ts";
import { distFolder } from "./lib/paths.ts";

if (process.argv.length > 2) {
  console.error("Usage: npm run build");
  process.exitCode = 2;
} else {
  const folder = join(distFolder, "bundle");
  // Chunks are named by their content: older ones would stay.
  await rm(folder, { recursive: true, force: true });
  const { packages } = await bundleTask(folder);
  console.log(`${join(folder, "main.js")} with code of ${packages.length} packages.`);
}
