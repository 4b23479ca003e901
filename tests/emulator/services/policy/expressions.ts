/** Template expressions in policy rules: `[parameters('x')]`, `[concat('tags[', parameters('x'), ']')]`. */
import { notBuilt } from "../../core/arm-errors.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** The value with expressions worked out, at any depth. Throws ArmFault 501 for a function that is not served. */
export function workedOut(value: unknown, parameters: Parameters): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => workedOut(one, parameters));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, workedOut(one, parameters)]));
  if (typeof value !== "string" || !value.startsWith("[") || !value.endsWith("]")) return value;
  if (value.startsWith("[[")) return value.slice(1);
  return evaluate(value.slice(1, -1).trim(), parameters);
}

function evaluate(text: string, parameters: Parameters): unknown {
  const literal = /^'((?:[^']|'')*)'$/.exec(text)?.[1];
  if (literal !== undefined) return literal.replaceAll("''", "'");
  const call = /^(\w+)\((.*)\)$/s.exec(text);
  const [, name = "", inner = ""] = call ?? [];
  const values = call === null ? [] : argumentsOf(inner).map((one) => evaluate(one, parameters));
  switch (name.toLowerCase()) {
    case "parameters":
      return parameters[String(values[0])];
    case "concat":
      return values.map(String).join("");
    case "tolower":
      return String(values[0]).toLowerCase();
    default:
      throw notBuilt(`the expression "${text}" in a policy rule`);
  }
}

/** Splits at commas that stand in no bracket and no text. */
function argumentsOf(text: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let isText = false;
  let from = 0;
  [...text].forEach((letter, index) => {
    if (letter === "'") isText = !isText;
    else if (!isText && letter === "(") depth += 1;
    else if (!isText && letter === ")") depth -= 1;
    else if (!isText && letter === "," && depth === 0) {
      found.push(text.slice(from, index).trim());
      from = index + 1;
    }
  });
  const last = text.slice(from).trim();
  return last === "" ? found : [...found, last];
}
