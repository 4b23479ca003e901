/** JSON as the providers write it: which white space and escapes a body has is part of the contract (wire notes, section 1). */

/**
 * The Image Builder provider's form: one blank of indentation for each level, and `<`, `>`, `&` and the line separators
 * escaped in strings as Go's encoder does.
 */
export function goJson(value: unknown): string {
  return JSON.stringify(value, undefined, 1).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Every other provider's form, and the front door's own: no white space. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value);
}
