/** Reads expressions of conditions and `$[ ]` (Azure Pipelines documentation, "Expressions"). */
import { toVersion, type Value } from "./values.ts";

/** A parsed expression. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

interface Token {
  readonly kind: "text" | "number" | "word" | "sign";
  readonly text: string;
  /** Place in the expression, from 1. */
  readonly at: number;
}

const tokenForm = /\s*(?:('(?:[^']|'')*')|(-?\.?\d[\w.]*)|([A-Za-z_]\w*)|([()[\],.]))/y;

/** Parses one expression. Throws an Error saying what is wrong and where; an empty text is undefined. */
export function parseExpression(text: string): Expression | undefined {
  const tokens = tokenize(text);
  if (tokens.length === 0) return undefined;
  const reader = createReader(tokens, text);
  const expression = readValue(reader);
  const rest = reader.next();
  if (rest !== undefined) throw reader.unexpected(rest);
  return expression;
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end;) {
    tokenForm.lastIndex = at;
    const match = tokenForm.exec(text);
    if (match === null) throw new Error(`Unexpected "${text.slice(at).trim()[0]}" in the expression "${text.trim()}".`);
    const [whole, quoted, number, word, sign] = match;
    at += whole.length;
    const place = at - whole.trimStart().length + 1;
    if (quoted !== undefined) tokens.push({ kind: "text", text: quoted.slice(1, -1).replaceAll("''", "'"), at: place });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, at: place });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at: place });
    else tokens.push({ kind: "sign", text: sign ?? "", at: place });
  }
  return tokens;
}

interface Reader {
  next(): Token | undefined;
  /** Takes the next token if it is this sign. */
  take(sign: string): boolean;
  expect(sign: string): void;
  unexpected(token: Token | undefined): Error;
}

function createReader(tokens: readonly Token[], text: string): Reader {
  let index = 0;
  const unexpected = (token: Token | undefined): Error =>
    new Error(
      token === undefined
        ? `The expression "${text.trim()}" ends too early.`
        : `Unexpected "${token.text}" at position ${token.at} of the expression "${text.trim()}".`,
    );
  const take = (sign: string): boolean => {
    const token = tokens[index];
    const found = token?.kind === "sign" && token.text === sign;
    if (found) index += 1;
    return found;
  };
  return {
    next: () => tokens[index++],
    take,
    expect(sign) {
      if (!take(sign)) throw unexpected(tokens[index]);
    },
    unexpected,
  };
}

function readValue(reader: Reader): Expression {
  const token = reader.next();
  let value = readStart(reader, token);
  for (;;) {
    if (reader.take("[")) {
      value = { kind: "index", of: value, key: readValue(reader) };
      reader.expect("]");
    } else if (reader.take(".")) {
      const name = reader.next();
      if (name?.kind !== "word") throw reader.unexpected(name);
      value = { kind: "index", of: value, key: { kind: "literal", value: name.text } };
    } else return value;
  }
}

function readStart(reader: Reader, token: Token | undefined): Expression {
  switch (token?.kind) {
    case "text":
      return { kind: "literal", value: token.text };
    case "number":
      return { kind: "literal", value: readNumber(token, reader) };
    case "word":
      return readWord(reader, token.text);
    default:
      throw reader.unexpected(token);
  }
}

function readNumber(token: Token, reader: Reader): Value {
  if (/^-?(\d+(\.\d*)?|\.\d+)$/.test(token.text)) return Number(token.text);
  const version = toVersion(token.text);
  if (version === undefined) throw reader.unexpected(token);
  return version;
}

function readWord(reader: Reader, word: string): Expression {
  switch (word.toLowerCase()) {
    case "true":
      return { kind: "literal", value: true };
    case "false":
      return { kind: "literal", value: false };
    case "null":
      return { kind: "literal", value: null };
  }
  if (!reader.take("(")) return { kind: "name", name: word };
  const args: Expression[] = [];
  if (reader.take(")")) return { kind: "call", name: word, args };
  do args.push(readValue(reader));
  while (reader.take(","));
  reader.expect(")");
  return { kind: "call", name: word, args };
}
