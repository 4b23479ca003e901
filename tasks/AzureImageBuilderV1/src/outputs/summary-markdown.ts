/**
 * Markdown from text that anyone may have written: names, the service's words, lines from the build VM. Which renderer
 * the run's page uses is not documented, so nothing rests on one dialect: no escapes by backslash, no fence that only its
 * length protects, code spans of single backticks.
 */
import { cleanLine } from "../log/clean.ts";

/** Punctuation that is never Markdown within a line. A hyphen is kept inside words. */
const markup = /[!#$%&*+/<=>@[\\\]^_`{|}~]|(?<![\p{L}\p{N}])-|-(?![\p{L}\p{N}])/gu;
/** What renderers turn into links, mentions or emoji by themselves. */
const selfLinking = /[/\\@]|[.:](?=.)/;
const abbreviation = /^\(?(?:e\.g|i\.e)$/;

/** `text` in one line of visible characters; at most `limit`, then `…`. */
export function oneLine(text: string, limit: number): string {
  return cut(cleanLine(text.slice(0, limit * 4).replace(/\s+/g, " ")).trim(), text, limit);
}

/** `text` as code within a line or a table's cell. Pipes and backticks stand between spans, by number. */
export function code(text: string, limit: number): string {
  return oneLine(text, limit)
    .split(/([|`])/)
    .map((piece) => (/^[|` ]?$/.test(piece) ? entities(piece) : `\`${piece}\``))
    .join("");
}

/** `text` as words within a line or after a list's mark; what could become a link is code. */
export function prose(text: string, limit: number): string {
  const words = oneLine(text, limit).split(" ").map(word).join(" ");
  // In a list, a number at the start would begin another.
  return words.replace(/^(\d+)([.)])/, (_all, number: string, end: string) => `${number}&#${end.charCodeAt(0)};`);
}

function word(text: string): string {
  const [, body = "", end = ""] = /^(.*?)([.,;:]*)$/.exec(text) ?? [];
  return (selfLinking.test(body) && !abbreviation.test(body) ? code(body, body.length) : entities(body)) + end;
}

function entities(text: string): string {
  return text.replace(markup, (character) => `&#${character.charCodeAt(0)};`);
}

/** Lines from elsewhere as a block. Each begins with a bar, so that none can end the block in any renderer. */
export function quoteBlock(lines: readonly string[], limit: number): string {
  return codeBlock("text", lines.map((line) => `| ${cutLine(line, limit)}`).join("\n"));
}

/** Text of our own as a block to copy; names in it are one line each. */
export function codeBlock(language: "text" | "yaml" | "sh", text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 3));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Indentation is kept, unlike in `oneLine`. */
function cutLine(text: string, limit: number): string {
  return cut(cleanLine(text.slice(0, limit * 4)).trimEnd(), text, limit);
}

/** `line` is made of the beginning of `text`. */
function cut(line: string, text: string, limit: number): string {
  if (line.length <= limit && text.length <= limit * 4) return line;
  return `${line.slice(0, limit).replace(/\p{Cs}$/u, "")}…`;
}

/** A link; only for an address made by the task, e.g. of `portalLink`. */
export function link(label: string, address: string): string {
  return `[${label}](${address})`;
}

/** A table of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
