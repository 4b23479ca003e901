/** Writes text into scripts so that every character means itself. */

/** `text` as one word of a POSIX shell: in single quotes, each of its own quotes as `'\''`. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * `text` as a PowerShell expression. Windows PowerShell reads a script without a byte order mark in the system's code
 * page, so characters outside ASCII are written by their number; that also covers the typographic quotes, which
 * PowerShell takes for quotes of its own.
 */
export function quotePowerShell(text: string): string {
  const parts = text.match(/[\x20-\x7e]+|[^\x20-\x7e]/g) ?? [""];
  const quoted = parts.map((part) =>
    /^[\x20-\x7e]*$/.test(part)
      ? `'${part.replaceAll("'", "''")}'`
      : `[char]0x${part.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const [first = "", ...rest] = quoted;
  if (rest.length === 0 && first.startsWith("'")) return first;
  return `(${["''", ...quoted].join(" + ")})`;
}

/**
 * An address in which nothing but the characters of RFC 3986 is left, without the apostrophe: others are percent-encoded,
 * so that no quoting can be ended by it.
 */
export function encodeAddress(url: string): string {
  return url.replace(/[^A-Za-z0-9\-._~:/?#[\]@!$&()*+,;=%]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
