/** Takes out of a line what could act on a terminal, a reader's eye or a build agent. */
import { defuse } from "../values/defuse.ts";

const CONTROL = "\\x00-\\x1f\\x7f-\\x9f";
/**
 * Escape sequences of ECMA-48: CSI with parameters and end; OSC, DCS, SOS, PM and APC with their text where they are
 * terminated (else only their start, so that a line cannot be made to vanish); others that terminals know. Of the 8-bit
 * forms, which no program writes in UTF-8, only the control character goes, so that they take no text with them.
 */
const ESCAPES = [
  "\\x1b\\[[0-?]*[ -/]?[@-~]",
  `\\x1b[\\]PX^_][^${CONTROL}]*(?:\\x07|\\x1b\\\\)`,
  "\\x1b(?:[#%()*+][0-9A-Z]|[78=><DEHMNOPVWXZ[\\\\\\]^_clmno|}~])",
].join("|");
const ESCAPE = new RegExp(ESCAPES, "g");
/** As some programs on Windows print them: `^[[?25l`. */
const CARET_ESCAPE = /\^\[\[\??\d[\d;]*[A-Za-z]/g;
/** Control characters but the tab; what Unicode lets a reader ignore (bidi controls, zero widths, byte order marks …). */
const INVISIBLE = /(?!\t)[\p{Cc}\p{DI}\u{fff9}-\u{fffb}]/gu;
const SEPARATORS = /[\u2028\u2029]/g;
const LONE_SURROGATE = /\p{Cs}/gu;

/**
 * A line (without line end) of visible text: no control characters but tabs, no escape sequences, no invisible or
 * direction-changing characters, no halves of surrogate pairs (they become U+FFFD), and no logging commands.
 */
export function cleanLine(line: string): string {
  const visible = line
    .replace(ESCAPE, "")
    .replace(INVISIBLE, "")
    .replace(SEPARATORS, " ")
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(CARET_ESCAPE, "");
  return defuse(visible);
}
