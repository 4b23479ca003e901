/** Takes a shell script apart: words and operators, without comments and here-documents. */
import { type Cursor, take, takeMatch, takeThrough, type Token } from "./words.ts";

const operator = /&>>?|<<<|<\(|>\(|>>|>&|>\||<<-?|<&|<>|;;|&&|\|\||\|&|[;|&()<>\n]/y;
const ends = /[\s;|&()<>]/;

/** The tokens of `text`. Never throws: what is not closed goes to the end. */
export function tokenizeShell(text: string): readonly Token[] {
  const cursor: Cursor = { text, at: 0, line: 0 };
  const tokens: Token[] = [];
  const documents: string[] = [];
  while (cursor.at < text.length) {
    if (takeMatch(cursor, /(?:[^\S\n]|\\\r?\n)+/y) !== "") continue;
    if (takeMatch(cursor, /#[^\n]*/y) !== "") continue;
    const { line } = cursor;
    const found = takeMatch(cursor, operator);
    if (found === "") tokens.push({ kind: "word", word: readWord(cursor), line });
    else if (found.startsWith("<<") && found !== "<<<") {
      takeMatch(cursor, /[ \t]*/y);
      documents.push(readWord(cursor).text);
    } else tokens.push({ kind: "operator", text: found, line });
    if (found === "\n") for (const end of documents.splice(0)) skipDocument(cursor, end);
  }
  return tokens;
}

function skipDocument(cursor: Cursor, end: string): void {
  while (cursor.at < cursor.text.length) {
    const line = takeThrough(cursor, "\n");
    if (line.trim() === end) return;
  }
}

function readWord(cursor: Cursor): { readonly text: string; readonly quoted: boolean; readonly open: string } {
  const quoted = /["']/.test(cursor.text[cursor.at] ?? "");
  const begin = cursor.at;
  let [text, open] = ["", ""];
  const add = (part: string, expanded = part): void => {
    text += part;
    open += expanded;
  };
  while (cursor.at < cursor.text.length) {
    const next = cursor.text[cursor.at] ?? "";
    if (next === "'") {
      take(cursor, 1);
      add(takeThrough(cursor, "'").replace(/'$/, ""), "");
    } else if (next === '"') {
      take(cursor, 1);
      const inner = readQuoted(cursor);
      add(inner);
    } else if (next === "\\") {
      if (takeMatch(cursor, /\\\r?\n/y) === "") add(take(cursor, 2).slice(1), "");
    } else if (next === "$" || next === "`") add(readExpansion(cursor));
    // One character at the least, so that the reading goes on whatever the text holds.
    else if (ends.test(next) && cursor.at > begin) break;
    else add(take(cursor, 1));
  }
  return { text, quoted, open };
}

function readQuoted(cursor: Cursor): string {
  let text = "";
  while (cursor.at < cursor.text.length) {
    const next = cursor.text[cursor.at] ?? "";
    if (next === '"') {
      take(cursor, 1);
      break;
    }
    if (next === "\\")
      text += takeMatch(cursor, /\\\r?\n/y) === "" ? take(cursor, 2).replace(/^\\(?=["\\$`])/, "") : "";
    else text += next === "$" || next === "`" ? readExpansion(cursor) : take(cursor, 1);
  }
  return text;
}

/** `$(…)`, `${…}`, `` `…` `` as they stand, or a `$`. */
function readExpansion(cursor: Cursor): string {
  const begin = takeMatch(cursor, /\$\(|\$\{|\$|`/y);
  if (begin === "$") return begin;
  if (begin === "`") return begin + takeThrough(cursor, "`");
  const [open, close] = begin === "$(" ? ["(", ")"] : ["{", "}"];
  let [text, depth] = [begin, 1];
  while (depth > 0 && cursor.at < cursor.text.length) {
    const quoted = takeMatch(cursor, /'[^']*'|\\[^]/y);
    if (quoted !== "") {
      text += quoted;
      continue;
    }
    const next = take(cursor, 1);
    depth += next === open ? 1 : next === close ? -1 : 0;
    text += next;
  }
  return text;
}
