/** Words of the expression language of deployment templates (Resource Manager's documentation, template expressions). */
import { ExpressionError } from "./errors.ts";

/** A word, with its offset in the whole text. */
export interface Token {
  readonly kind: "name" | "text" | "number" | "sign" | "end";
  /** The name, sign or number as written; of a text its value, quotes resolved. */
  readonly text: string;
  readonly at: number;
}

const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /-?\d+(?:\.\d+)?/y;
const blank = /\s+/y;

/** Splits `text` from `start` to `end`; the last token is of kind `end`. Throws ExpressionError. */
export function tokenize(text: string, start: number, end: number): readonly Token[] {
  const tokens: Token[] = [];
  let at = start;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < end) {
    const space = take(blank);
    const word = space === undefined ? (take(name) ?? take(number)) : undefined;
    const sign = text.charAt(at);
    if (space !== undefined) at += space.length;
    else if (word !== undefined) {
      tokens.push({ kind: /^[A-Za-z_]/.test(word) ? "name" : "number", text: word, at });
      at += word.length;
    } else if (sign === "'") {
      const { value, next } = readText(text, at, end);
      tokens.push({ kind: "text", text: value, at });
      at = next;
    } else if ("()[],.".includes(sign)) {
      tokens.push({ kind: "sign", text: sign, at });
      at += 1;
    } else throw new ExpressionError(`\`${sign}\` means nothing in an expression`, at);
  }
  return [...tokens, { kind: "end", text: "", at: end }];
}

/** A text in single quotes; two of them inside stand for one. */
function readText(text: string, at: number, end: number): { readonly value: string; readonly next: number } {
  let value = "";
  for (let next = at + 1; next < end; next += 1) {
    const sign = text.charAt(next);
    if (sign !== "'") value += sign;
    else if (next + 1 < end && text.charAt(next + 1) === "'") {
      value += "'";
      next += 1;
    } else return { value, next: next + 1 };
  }
  throw new ExpressionError("a text in single quotes does not end", at);
}
