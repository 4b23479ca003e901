/** The grammar of expressions: literals, calls, and `.name` and `[index]` after a call. */
import { ExpressionError } from "./errors.ts";
import { type Token, tokenize } from "./tokens.ts";

/** A part of an expression; `at` is its offset in the whole text. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number; readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | { readonly kind: "member"; readonly target: Expression; readonly key: Expression; readonly at: number };

/** Resource Manager takes no longer ones (template limits). */
const longest = 24_576;
const deepest = 100;

/** Whether a text of a deployment template is an expression: in brackets, the first not doubled. */
export function isExpression(text: string): boolean {
  return text.startsWith("[") && text.endsWith("]") && !text.startsWith("[[");
}

/** A text that is no expression: `[[` at its start stands for `[`. */
export function unescapeLiteral(text: string): string {
  return text.startsWith("[[") ? text.slice(1) : text;
}

/** Reads a text that `isExpression` accepts. Throws ExpressionError. */
export function parseExpression(text: string): Expression {
  if (text.length > longest) throw new ExpressionError(`it is longer than ${longest} characters`, 0);
  const tokens = tokenize(text, 1, text.length - 1);
  const [expression, next] = readExpression(tokens, 0, 0);
  const rest = tokens[next];
  if (rest !== undefined && rest.kind !== "end") {
    throw new ExpressionError(`\`${rest.text}\` is not expected here`, rest.at);
  }
  return expression;
}

type Reading<T> = readonly [value: T, next: number];

function readExpression(tokens: readonly Token[], start: number, depth: number): Reading<Expression> {
  if (depth > deepest) throw new ExpressionError("it is nested too deeply", tokens[start]?.at ?? 0);
  let [expression, next] = readStart(tokens, start, depth);
  for (let links = 0; ; links += 1) {
    const token = tokenAt(tokens, next);
    if (links > deepest) throw new ExpressionError("it is nested too deeply", token.at);
    if (isSign(token, ".")) {
      const name = tokenAt(tokens, next + 1);
      if (name.kind !== "name") throw new ExpressionError("the name of a property is expected", name.at);
      const key = { kind: "literal", value: name.text, at: name.at } as const;
      expression = { kind: "member", target: expression, key, at: name.at };
      next += 2;
    } else if (isSign(token, "[")) {
      const [key, end] = readExpression(tokens, next + 1, depth + 1);
      expect(tokens, end, "]");
      expression = { kind: "member", target: expression, key, at: token.at };
      next = end + 1;
    } else return [expression, next];
  }
}

function readStart(tokens: readonly Token[], start: number, depth: number): Reading<Expression> {
  const token = tokenAt(tokens, start);
  switch (token.kind) {
    case "text":
      return [{ kind: "literal", value: token.text, at: token.at }, start + 1];
    case "number":
      return [{ kind: "literal", value: readNumber(token), at: token.at }, start + 1];
    case "name":
      return readCall(tokens, start, depth);
    case "sign":
      throw new ExpressionError(`\`${token.text}\` is not expected here`, token.at);
    case "end":
      throw new ExpressionError("it ends too early", token.at);
  }
}

function readNumber({ text, at }: Token): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new ExpressionError(`\`${text}\` is not a whole number in the range`, at);
  return value;
}

function readCall(tokens: readonly Token[], start: number, depth: number): Reading<Expression> {
  const { text, at } = tokenAt(tokens, start);
  const after = tokenAt(tokens, start + 1);
  if (isSign(after, "."))
    throw new ExpressionError(`functions of the template's own (\`${text}\`) are not supported`, at);
  if (!isSign(after, "("))
    throw new ExpressionError(`\`${text}\` is followed by no \`(\`: texts stand in single quotes`, at);
  const args: Expression[] = [];
  let next = start + 2;
  if (isSign(tokenAt(tokens, next), ")")) return [{ kind: "call", name: text, args, at }, next + 1];
  for (;;) {
    const [arg, end] = readExpression(tokens, next, depth + 1);
    args.push(arg);
    if (isSign(tokenAt(tokens, end), ")")) return [{ kind: "call", name: text, args, at }, end + 1];
    expect(tokens, end, ",");
    next = end + 1;
  }
}

function expect(tokens: readonly Token[], index: number, sign: string): void {
  const token = tokenAt(tokens, index);
  if (!isSign(token, sign)) throw new ExpressionError(`\`${sign}\` is expected here`, token.at);
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === "sign" && token.text === sign;
}

function tokenAt(tokens: readonly Token[], index: number): Token {
  const token = tokens[index] ?? tokens.at(-1);
  if (token === undefined) throw new ExpressionError("it is empty", 0);
  return token;
}
