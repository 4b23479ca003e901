/** Paths of the agent, told apart by their look: the task plans for Windows and Linux agents alike. */
import { posix, win32 } from "node:path";

/**
 * `given` as an absolute path. Relative paths begin at `workingDirectory`, which also tells the agent's system; both
 * separators are taken on both, trailing ones are dropped (older tasks split at the agent's own only).
 */
export function resolvePath(workingDirectory: string, given: string): string {
  const isWindows = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(workingDirectory);
  if (isWindows) return win32.resolve(workingDirectory, given);
  return posix.resolve("/", workingDirectory, given.replaceAll("\\", "/"));
}

/** The last part of an absolute path; `""` for a root. */
export function lastSegment(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}

/** `path` as seen from `folder`, with `/` between parts; undefined where it is not inside. Both are absolute. */
export function insideOf(folder: string, path: string): string | undefined {
  const isWindows = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(folder);
  const paths = isWindows ? win32 : posix;
  const way = paths.relative(folder, path);
  if (way === "" || way === ".." || way.startsWith(`..${paths.sep}`) || paths.isAbsolute(way)) return undefined;
  return way.replaceAll(paths.sep, "/");
}
