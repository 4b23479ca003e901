/** Text from elsewhere, made fit for a message: it harms no terminal and no agent, and does not bury what else is said. */
import { defuse } from "./defuse.ts";

/** What cannot be seen, moves a terminal or is half a character; line ends and tabs can be shown. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cs}\p{DI}\u2028\u2029]/gu;

/**
 * `text` with characters that cannot be seen written as `\u{…}`, without logging commands, and at most `longest`
 * characters and a few words long: its middle is left out, and the text says how much.
 */
export function harmless(text: string, longest = 2_000): string {
  // What is written out gets longer, so the length is looked at twice: before for the time it takes, and after.
  const visible = shorten(text, longest).replace(/\r\n/g, "\n").replace(UNSEEN, escape);
  return defuse(shorten(visible, longest));
}

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Cut between words: half of a secret would not be known for one. */
function shorten(text: string, longest: number): string {
  // The few words about what is left out are not to be shortened again.
  if (text.length <= longest + 100) return text;
  const head = text.slice(0, Math.floor(longest * 0.75)).replace(/(?<!\S)\S+$/, "");
  const tail = text.slice(-Math.floor(longest * 0.25)).replace(/^\S+/, "");
  return `${head}[… ${text.length - head.length - tail.length} characters left out …]${tail}`;
}
