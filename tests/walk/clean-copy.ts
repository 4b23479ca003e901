/** The repository as a stranger gets it: its files alone, in a folder of their own. */
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryFiles, root } from "../docs/markdown.ts";

/**
 * Copies what a clone has, with what is new in the working tree, and makes it a git repository. The packages are linked
 * unless `install` is set, for then a command of the walk installs them.
 */
export async function cleanCopy({ install }: { readonly install: boolean }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "aib-walk-"));
  for (const name of repositoryFiles()) await cp(join(root, name), join(folder, name), { verbatimSymlinks: true });
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  if (!install) await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}
