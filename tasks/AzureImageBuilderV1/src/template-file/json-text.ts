/** Reads JSON with comments and trailing commas, as the tools for deployment templates take it. */
import { createScanner, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { FileEntry, FileNode, Place } from "./nodes.ts";

/** The first fault of a text that is no JSON. */
export interface JsonFault {
  readonly why: string;
  readonly place: Place;
}

const words: Readonly<Record<string, string>> = {
  InvalidSymbol: "there is a word that JSON does not know; a text stands in double quotes",
  InvalidNumberFormat: "there is a number that JSON does not know",
  PropertyNameExpected: "the name of a property in double quotes is expected",
  ValueExpected: "a value is expected",
  ColonExpected: "a colon is expected",
  CommaExpected: "a comma is expected",
  CloseBraceExpected: "a closing brace `}` is expected",
  CloseBracketExpected: "a closing bracket `]` is expected",
  EndOfFileExpected: "the end of the text is expected",
  InvalidCommentToken: "there is a comment that is none",
  UnexpectedEndOfComment: "a comment does not end",
  UnexpectedEndOfString: "a text does not end on its line",
  UnexpectedEndOfNumber: "a number is not complete",
  InvalidUnicode: "there is a wrong unicode escape",
  InvalidEscapeCharacter: "there is a wrong escape in a text",
  InvalidCharacter: "there is a character that may not stand in a text",
};

/** The value of `text`, or what is wrong with it. A byte order mark is passed over. `file` goes into the places. */
export function readJson(text: string, file?: string): { readonly node: FileNode } | { readonly fault: JsonFault } {
  const clean = text.replace(/^\uFEFF/, "");
  const placeOf = placeFinder(clean, file);
  if (depthOf(clean) > 200) return { fault: { why: "it is nested too deeply", place: placeOf(0) } };
  const errors: ParseError[] = [];
  const tree = parseTree(clean, errors, { allowTrailingComma: true, disallowComments: false });
  const [error] = errors;
  if (error !== undefined || tree === undefined) {
    const code = error === undefined ? "ValueExpected" : printParseErrorCode(error.error);
    return { fault: { why: words[code] ?? code, place: placeOf(error?.offset ?? clean.length) } };
  }
  return convert(tree, placeOf);
}

/** Line and column of offsets in a text, both counted from 1. */
export function placeFinder(text: string, file?: string): (offset: number) => Place {
  const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((found) => found.index + found[0].length)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const place = { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    return file === undefined ? place : { file, ...place };
  };
}

/** The scanner's kinds of words: braces and brackets, and the end (its enumeration has no value at run time). */
const kinds: { readonly opening: readonly number[]; readonly closing: readonly number[]; readonly end: number } = {
  opening: [1, 3],
  closing: [2, 4],
  end: 17,
};

/** How deep brackets go; read word by word, because the parser calls itself for each. */
function depthOf(text: string): number {
  const scanner = createScanner(text, true);
  let depth = 0;
  let deepest = 0;
  for (let token: number = scanner.scan(); token !== kinds.end; token = scanner.scan()) {
    if (kinds.opening.includes(token)) depth += 1;
    if (kinds.closing.includes(token)) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function convert(
  tree: Node,
  placeOf: (offset: number) => Place,
): { readonly node: FileNode } | { readonly fault: JsonFault } {
  const twice: FileEntry[] = [];
  const visit = (node: Node): FileNode => {
    const place = placeOf(node.offset);
    if (node.type === "array") return { kind: "array", items: (node.children ?? []).map(visit), place };
    if (node.type !== "object") return { kind: "scalar", value: getNodeValue(node) as string, place };
    const seen = new Set<string>();
    const entries = (node.children ?? []).flatMap(({ children }) => {
      const [key, value] = children ?? [];
      if (key === undefined || value === undefined) return [];
      const entry = { name: String(key.value), place: placeOf(key.offset), value: visit(value) };
      if (seen.has(entry.name)) twice.push(entry);
      seen.add(entry.name);
      return [entry];
    });
    return { kind: "object", entries, place };
  };
  const node = visit(tree);
  const [first] = twice;
  return first === undefined
    ? { node }
    : { fault: { why: `the property \`${first.name}\` stands there twice`, place: first.place } };
}
