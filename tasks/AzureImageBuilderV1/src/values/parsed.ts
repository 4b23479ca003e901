/** What a parser answers. Parsers are pure, take trimmed text that is not empty, and never throw. */
import { problemCodes, type ProblemCode } from "../codes.ts";

/** Why a text is no value: `why` is a sentence part after the input's name, `legal` says what would be accepted. */
export interface BadValue {
  readonly ok: false;
  readonly code: ProblemCode;
  readonly why: string;
  readonly legal: string;
  /** Position inside a multi-line text, counted from 1. */
  readonly line?: number;
  readonly column?: number;
  /** What else is wrong with the same text. */
  readonly more?: readonly BadValue[];
}

/** A value, or the reason why there is none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | BadValue;

/** Turns trimmed text into a value. */
export type Parser<T> = (text: string) => Parsed<T>;

/** A parser's success. */
export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A parser's refusal. */
export function bad(code: ProblemCode, why: string, legal: string): BadValue {
  return { ok: false, code, why, legal };
}

/** Any text, as it is. */
export const parseText: Parser<string> = (text) => good(text);

/** `true` or `false` in any letter case: what the agent's own reader takes for false without a word is refused here. */
export const parseBoolean: Parser<boolean> = (text) => {
  const word = text.toLowerCase();
  if (word === "true" || word === "false") return good(word === "true");
  return bad(problemCodes.notABoolean, `\`${text}\` is neither true nor false`, "true, false");
};

/**
 * One of the keys of `choices`, in any letter case; the value of a key lists older words that mean the same.
 * The legal-values message names the keys only.
 */
export function choiceParser<K extends string>(choices: Readonly<Record<K, readonly string[]>>): Parser<K> {
  const keys = Object.keys(choices) as K[];
  return (text) => {
    const word = text.toLowerCase();
    const found = keys.find((key) => [key, ...choices[key]].some((known) => known.toLowerCase() === word));
    if (found !== undefined) return good(found);
    return bad(problemCodes.notAChoice, `\`${text}\` is not one of the values`, keys.join(", "));
  };
}

/** A whole number from `min` to `max`, written in digits. `also` adds a rule of its own; its text is what is legal. */
export function integerParser(
  min: number,
  max: number,
  also: { readonly legal: string; readonly test: (value: number) => boolean } | undefined = undefined,
): Parser<number> {
  const legal = also?.legal ?? `a whole number from ${min} to ${max}`;
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      return bad(problemCodes.notANumber, `\`${text}\` is not a number in the range`, legal);
    }
    if (also !== undefined && !also.test(value)) return bad(problemCodes.notANumber, `${value} is not allowed`, legal);
    return good(value);
  };
}

/** A text that matches `pattern`. */
export function nameParser(pattern: RegExp, legal: string): Parser<string> {
  return (text) =>
    pattern.test(text) ? good(text) : bad(problemCodes.badName, `\`${text}\` is not a valid name`, legal);
}

/** Lines of a script: `\r` at line ends is dropped, indentation and empty lines stay. */
export const parseLines: Parser<readonly string[]> = (text) => good(text.split(/\r?\n/));
