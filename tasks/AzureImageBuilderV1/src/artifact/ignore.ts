/**
 * `.artifactignore` in the artifact's own folder, as Azure Pipelines reads it for pipeline artifacts: lines like those of
 * `.gitignore`, but each file is judged by itself and the last line that matches it decides, so that a file below a
 * folder that is left out can be taken back in (Azure Artifacts documentation, "Use the .artifactignore file").
 */
import { Minimatch } from "minimatch";

/** The file's name. It is never part of the artifact itself. */
export const ignoreFile = ".artifactignore";

export interface IgnoreRules {
  /** Whether a path (relative to the artifact, `/` between parts, a folder's with one at the end) is left out. */
  isOut(path: string): boolean;
  /** No rule takes anything back in that lies in a folder that is left out. */
  readonly isFinal: boolean;
}

interface Rule {
  readonly takesIn: boolean;
  readonly globs: readonly Minimatch[];
}

/** The rules of a file's text. */
export function parseIgnore(text: string): IgnoreRules {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parseRule);
  return {
    isOut: (path) => rules.findLast(({ globs }) => globs.some((glob) => glob.match(path)))?.takesIn === false,
    isFinal: !rules.some(({ takesIn }) => takesIn),
  };
}

/** Without a file, Azure Pipelines leaves out the repository's own folder. */
export const defaultIgnore: IgnoreRules = { isOut: (path) => path === ".git" || path === ".git/", isFinal: true };

function parseRule(line: string): Rule {
  const takesIn = line.startsWith("!");
  const pattern = (takesIn ? line.slice(1) : line).replace(/^\\(?=[#!])/, "");
  const isFolder = pattern.endsWith("/");
  const bare = pattern.replace(/^\//, "").replace(/\/$/, "");
  // A name alone matches at any depth; one with a slash in it only from the top.
  const rooted = pattern.startsWith("/") || bare.includes("/") ? bare : `**/${bare}`;
  const patterns = isFolder ? [`${rooted}/**`] : [rooted, `${rooted}/**`];
  const options = { dot: true, nocomment: true, nonegate: true };
  return { takesIn, globs: patterns.map((one) => new Minimatch(one, options)) };
}
