/** Takes signatures out of text that is going to be shown. */

/** `text` with the value of every `sig=` query parameter, plain or JSON-escaped, replaced by `***`. */
export function redactSignatures(text: string): string {
  return text.replace(/(\b|%3F|%26)(sig(?:=|%3D))(?!\*\*\*)[^&'"`\s\\,;<>]*/gi, "$1$2***");
}
