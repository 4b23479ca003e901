/** `npm run build`: the tasks' bundles under dist/. */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { bundleTask } from "./lib/bundle-task.ts";
import { distFolder, tasks } from "./lib/paths.ts";

if (process.argv.length > 2) {
  console.error("Usage: npm run build");
  process.exitCode = 2;
} else {
  const folder = join(distFolder, "bundle");
  // Chunks are named by their content: older ones would stay.
  await rm(folder, { recursive: true, force: true });
  for (const task of tasks) {
    const target = join(folder, basename(task.packed));
    const { packages } = await bundleTask(target, task);
    console.log(`${join(target, "main.js")} with code of ${packages.length} packages.`);
  }
}
