/** `$(name)` in inputs, environment and variables (agent contract, section 2.2). */

/**
 * Replaces each `$(name)` that `lookup` knows, once and from left to right: text brought in is not looked at again,
 * unknown macros stay as they are.
 */
export function expandMacros(text: string, lookup: (name: string) => string | undefined): string {
  let expanded = "";
  let rest = text;
  for (;;) {
    const start = rest.indexOf("$(");
    const end = start < 0 ? -1 : rest.indexOf(")", start + 2);
    if (end < 0) return expanded + rest;
    const name = rest.slice(start + 2, end);
    const value = name === "" ? undefined : lookup(name);
    expanded += rest.slice(0, start) + (value ?? rest.slice(start, start + 1));
    rest = rest.slice(value === undefined ? start + 1 : end + 1);
  }
}

/** Names of the `$(name)` in a text, in order. */
export function macroNames(text: string): readonly string[] {
  return [...text.matchAll(/\$\(([^)]+)\)/g)].map((match) => match[1] ?? "");
}
