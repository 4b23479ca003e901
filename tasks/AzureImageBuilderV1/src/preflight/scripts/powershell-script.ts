/** The commands of a PowerShell script: what is started, and with which arguments. */
import { type Cursor, programOf, take, takeMatch, takeThrough, type Token, type Word } from "./words.ts";

export interface PowerShellCommand {
  /** The line it begins in, as written. */
  readonly line: string;
  /** The cmdlet or program, also one that Start-Process or `cmd /c` starts. */
  readonly program: string;
  readonly args: readonly Word[];
  /** Whether arguments come from variables, which nobody can know here. */
  readonly isOpen: boolean;
}

/** The commands of a script, in order. */
export function readPowerShellScript(text: string): readonly PowerShellCommand[] {
  const lines = text.split("\n");
  const commands: PowerShellCommand[] = [];
  let words: Word[] = [];
  let start = 0;
  const end = (): void => {
    const command = describe(words, (lines[start] ?? "").trim());
    if (command !== undefined) commands.push(command);
    words = [];
  };
  for (const token of tokenize(text)) {
    if (token.kind === "operator") {
      end();
      continue;
    }
    if (words.length === 0) start = token.line;
    words.push(token.word);
  }
  end();
  return commands;
}

/** Words and operators, without comments. Never throws: what is not closed goes to the end. */
function tokenize(text: string): readonly Token[] {
  const cursor: Cursor = { text, at: 0, line: 0 };
  const tokens: Token[] = [];
  while (cursor.at < text.length) {
    if (takeMatch(cursor, /(?:[^\S\n]|,|`\r?\n)+/y) !== "") continue;
    if (text.startsWith("<#", cursor.at)) {
      takeThrough(cursor, "#>");
      continue;
    }
    if (takeMatch(cursor, /#[^\n]*/y) !== "") continue;
    const { line } = cursor;
    const found = takeMatch(cursor, /&&|\|\||[;|(){}\n]/y);
    if (found === "") tokens.push({ kind: "word", word: readWord(cursor), line });
    else tokens.push({ kind: "operator", text: found, line });
  }
  return tokens;
}

function readWord(cursor: Cursor): Word {
  const quoted = /["']/.test(cursor.text[cursor.at] ?? "");
  let [text, open] = ["", ""];
  const begin = cursor.at;
  while (cursor.at < cursor.text.length) {
    const here = takeMatch(cursor, /@(["'])[ \t]*\r?\n/y);
    const next = cursor.text[cursor.at] ?? "";
    if (here !== "") text += takeThrough(cursor, `\n${here[1] ?? ""}@`);
    else if (next === "'" || next === '"') {
      const part = readQuoted(cursor, next);
      text += part;
      if (next === '"') open += part;
    } else if (next === "`") text += take(cursor, 2).slice(1);
    else if (/[\s;|(){},]/.test(next) && cursor.at > begin) break;
    else {
      const one = take(cursor, 1);
      text += one;
      open += one;
    }
  }
  return { text, quoted, open };
}

/** A text in quotes; the quote itself is written twice in it. */
function readQuoted(cursor: Cursor, quote: string): string {
  take(cursor, 1);
  let text = "";
  while (cursor.at < cursor.text.length) {
    if (quote === '"' && cursor.text[cursor.at] === "`") text += take(cursor, 2).slice(1);
    else if (cursor.text.startsWith(quote + quote, cursor.at)) text += take(cursor, 2).slice(1);
    else {
      const next = take(cursor, 1);
      if (next === quote) break;
      text += next;
    }
  }
  return text;
}

function describe(words: readonly Word[], line: string): PowerShellCommand | undefined {
  const [first, second] = words;
  const isAssigned = second !== undefined && !second.quoted && /^[-+]?=$/.test(second.text);
  const [head, ...rest] = isAssigned ? words.slice(2) : words;
  if (head === undefined || first === undefined) return undefined;
  if (head.text === "&" || head.text === ".") {
    const [called, ...args] = rest;
    return called === undefined ? undefined : started(called.text, args, line);
  }
  // A text or a variable alone is a value and starts nothing.
  return head.quoted || /^[$\d[@]/.test(head.text) ? undefined : started(head.text, rest, line);
}

/** What is started in the end. */
function started(path: string, args: readonly Word[], line: string): PowerShellCommand {
  const program = programOf(path);
  const isOpen = args.some(({ open }) => /^[$@]|\$/.test(open));
  if (program === "start-process" || program === "saps" || program === "start") {
    const named = args.findIndex(({ text }) => /^-filep/i.test(text));
    const at = named < 0 ? args.findIndex(({ text, quoted }) => quoted || !text.startsWith("-")) : named + 1;
    const file = args[at];
    if (file !== undefined) {
      return { line, program: programOf(file.text), args: args.filter((_, index) => index !== at), isOpen };
    }
  }
  const slash = args.findIndex(({ text }) => /^\/c$/i.test(text));
  if (program === "cmd" && slash >= 0) {
    const inner = args.slice(slash + 1).flatMap(({ text }) => text.split(/\s+/));
    const plain = inner.filter((text) => text !== "").map((text) => ({ text, quoted: false, open: text }));
    const [called, ...others] = plain;
    if (called !== undefined) return { line, program: programOf(called.text), args: others, isOpen };
  }
  return { line, program, args, isOpen };
}
