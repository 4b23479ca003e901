/** A tree with everything in it that an archive can get wrong. */
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pieceSize } from "../../../tasks/AzureImageBuilderV1/src/artifact/pieces.ts";

/** A path of more than 255 bytes, which only an extended header of tar can hold. */
export const longPath = `${"long folder/".repeat(18)}${"n".repeat(200)}`;

export async function makeHardTree(folder: string): Promise<void> {
  await mkdir(join(folder, "empty folder", "in another"), { recursive: true });
  await mkdir(join(folder, "names"));
  await mkdir(join(folder, longPath, ".."), { recursive: true });
  const hard = ["a b", "quo'te\"", "$HOME", "new\nline", "ä日本", "@file", "-rf", "*", "m".repeat(120), ".hidden"];
  for (const name of [...hard.map((one) => join("names", one)), longPath]) await writeFile(join(folder, name), name);
  await writeFile(join(folder, "empty file"), "");
  for (const mode of [0o755, 0o640, 0o444]) {
    await writeFile(join(folder, `mode ${mode.toString(8)}`), "#!/bin/sh\n", { mode });
    await chmod(join(folder, `mode ${mode.toString(8)}`), mode);
  }
  await mkdir(join(folder, "private"));
  await chmod(join(folder, "private"), 0o750);
  await writeFile(join(folder, "private", "several pieces"), text(3 * pieceSize + 12_345));
  await writeFile(join(folder, "exactly a piece"), text(pieceSize));
  await writeFile(join(folder, "incompressible"), randomBytes(pieceSize + 100_000));
  await writeFile(join(folder, "zeros"), Buffer.alloc(2 * pieceSize));
  await link(join(folder, "exactly a piece"), join(folder, "private", "the same file"));
  await symlink("names/a b", join(folder, "link to a file"));
  await symlink("../names", join(folder, "private", "link to a folder"));
  await symlink("to be made", join(folder, "link to nothing"));
}

/** So many bytes that compress as text does, and do not repeat. */
export function text(length: number): Buffer {
  const lines: string[] = [];
  for (let n = 0, bytes = 0; bytes < length; n++) {
    const line = `${n} ${Math.imul(n, 2654435761) >>> 0} the same words in every line\n`;
    lines.push(line);
    bytes += line.length;
  }
  return Buffer.from(lines.join("")).subarray(0, length);
}
