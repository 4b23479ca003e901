/** The project's Markdown as tests read it: files, headings with their anchors, links, and fenced blocks. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import MarkdownIt from "markdown-it";

/** The repository's folder. */
export const root = resolve(import.meta.dirname, "../..");

const left = new Set(["node_modules", "dist", "coverage", ".git"]);

/** Files of the repository as a clone has them with what is new: in git what is tracked or not ignored; sorted. */
export function repositoryFiles(): readonly string[] {
  if (!existsSync(join(root, ".git"))) {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    return names.filter((name) => !left.has(name.split(/[\\/]/)[0] ?? "")).sort();
  }
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const names = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 100_000_000 }).split("\0");
  return [...new Set(names)].filter((name) => name !== "" && existsSync(join(root, name))).sort();
}

/** What a Markdown text refers to and can be referred to by. */
export interface Page {
  /** Targets of links and images as they are written, with their line from 1. */
  readonly links: readonly { readonly target: string; readonly line: number }[];
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** Fenced blocks in their order, with the heading of level 2 they stand under. */
  readonly fences: readonly { readonly language: string; readonly under: string; readonly text: string }[];
}

/** Reads a Markdown text. */
export function readPage(text: string): Page {
  const tokens = new MarkdownIt({ html: true }).parse(text, {});
  const links: { target: string; line: number }[] = [];
  const fences: { language: string; under: string; text: string }[] = [];
  const anchors = new Map<string, number>();
  let under = "";
  for (const [at, token] of tokens.entries()) {
    if (token.type === "fence") fences.push({ language: token.info.trim(), under, text: token.content });
    if (token.type === "heading_open") {
      const content = (tokens[at + 1]?.children ?? []).map((part) => part.content).join("");
      if (token.tag === "h2") under = content;
      const slug = slugOf(content);
      anchors.set(slug, (anchors.get(slug) ?? -1) + 1);
    }
    for (const part of token.children ?? []) {
      const target = part.attrGet(part.type === "image" ? "src" : "href");
      if (target !== null) links.push({ target: decodeURI(String(target)), line: (token.map?.[0] ?? 0) + 1 });
    }
  }
  const repeated = [...anchors].flatMap(([slug, last]) =>
    Array.from({ length: last + 1 }, (_, number) => (number === 0 ? slug : `${slug}-${String(number)}`)),
  );
  return { links, anchors: new Set(repeated), fences };
}

/** A heading's anchor by GitHub's rule: lower case, punctuation dropped, blanks to hyphens. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** A file of the repository as text. */
export function readText(name: string): string {
  return readFileSync(join(root, name), "utf8");
}
