/** Where things are in the repository. */
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");
export const taskFolder = join(root, "tasks", "AzureImageBuilderV1");
export const distFolder = join(root, "dist");
/** The task's place inside the package: contribution name, then one folder for each major version. */
export const packedTask = join("AzureImageBuilder", "AzureImageBuilderV1");
