/** Finds what was meant to be filled in and was not. */
import { problemCodes } from "../codes.ts";
import { bad, type BadValue } from "./parsed.ts";

/**
 * How closely a value is looked at: `name` for names and IDs, where a `$` is never legal; `text` for paths, tags and
 * addresses; `free` for scripts, where everything may be meant.
 */
export type Scrutiny = "name" | "text" | "free";

// None reads over the beginning of another: a text of nothing but beginnings takes no time that grows with its square.
const variables = /\$\([^()]+\)|\$\{\{[^$\r\n]*?\}\}|\$\[[^\]$]*\]/g;
const placeholders = /<[^<>]+>/g;
const shellVariables = /\$\{?[A-Za-z_]\w*\}?/g;

/**
 * The reason why `text` cannot be used as it is: an unresolved pipeline variable (the agent hands `$(x)` on when it knows
 * no x: agent contract, section 2.2) or a placeholder such as `<subscription>` or `$subscriptionId`. Undefined when there
 * is none, and always for `free`.
 */
export function findUnresolved(text: string, scrutiny: Scrutiny): BadValue | undefined {
  if (scrutiny === "free") return undefined;
  const unresolved = unique(text.match(variables));
  if (unresolved.length > 0) {
    const names = unresolved.join(", ");
    return bad(
      problemCodes.unresolvedVariable,
      `${names} ${unresolved.length === 1 ? "is" : "are"} not resolved: no such variable is known here`,
      "a value without unresolved variables; define them, or write the value itself",
    );
  }
  const rest = text.replace(variables, "");
  const open = unique([
    ...(rest.match(placeholders) ?? []),
    ...(scrutiny === "name" ? (rest.match(shellVariables) ?? []) : []),
  ]);
  if (open.length === 0) return undefined;
  return bad(
    problemCodes.placeholder,
    `${open.map((one) => `\`${one}\``).join(", ")} ${open.length === 1 ? "is a placeholder" : "are placeholders"}`,
    "a value of your own in its place",
  );
}

function unique(found: readonly string[] | null): readonly string[] {
  return [...new Set(found ?? [])];
}
