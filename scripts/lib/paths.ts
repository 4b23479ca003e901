/** Where things are in the repository. */
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");
export const taskFolder = join(root, "tasks", "AzureImageBuilderV1");
export const distFolder = join(root, "dist");

/** A task of the extension: where it is made, and where it lies in the package. */
export interface TaskPlace {
  readonly folder: string;
  /** Contribution name, then one folder for each major version. */
  readonly packed: string;
  /** What the agent or the task starts: file by its name in the package, without its ending. */
  readonly entryPoints: Readonly<Record<string, string>>;
}

/** The task that builds images. */
export const builderTask: TaskPlace = {
  folder: taskFolder,
  packed: join("AzureImageBuilder", "AzureImageBuilderV1"),
  entryPoints: {
    main: join(taskFolder, "src", "main.ts"),
    finish: join(taskFolder, "src", "finish.ts"),
    // The thread that packs is started from a file beside the chunk that starts it.
    "chunks/pack-worker": join(taskFolder, "src", "artifact", "pack-worker.js"),
  },
};

const lifecycleFolder = join(root, "tasks", "AzureImageLifecycleV1");

/** The task that looks after the images there are. */
export const lifecycleTask: TaskPlace = {
  folder: lifecycleFolder,
  packed: join("AzureImageLifecycle", "AzureImageLifecycleV1"),
  entryPoints: { main: join(lifecycleFolder, "src", "main.ts") },
};

/** All tasks of the extension. */
export const tasks: readonly TaskPlace[] = [builderTask, lifecycleTask];
