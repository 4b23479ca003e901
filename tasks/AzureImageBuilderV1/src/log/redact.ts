/** Hides what looks like a secret, though nobody registered it: build machines print what they are given. */
import { servicePrefix } from "./line.ts";
import { namedSecrets, type SecretForm, tokens } from "./secret-forms.ts";

/** Lines after which a private key without an end is given up. */
const KEY_LINES = 200;
/** RFC 7468; OpenPGP armour (RFC 9580) adds BLOCK. */
const KEY_BEGIN = /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)/;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY/;
/** A line of base64, or an armour header. Anything else between is not hidden: it may be an error. */
const KEY_BODY = /^\s*(?:[A-Za-z0-9+/=]+|(?:Proc-Type|DEK-Info|Comment|Version|Hash): .*)\s*$/;

/**
 * Makes a function that takes the lines of one log in order, each with or without the service's prefix, and gives them
 * back with `***` for every secret it knows by its form or by its name. It remembers private keys that go over lines.
 */
export function createRedactor(): (line: string) => string {
  let left = 0;
  return (line) => {
    const prefix = servicePrefix(line);
    const text = line.slice(prefix.length);
    const begin = KEY_BEGIN.exec(text);
    if (begin !== null) {
      const after = begin.index + begin[0].length;
      const end = KEY_END.exec(text.slice(after));
      left = end === null ? KEY_LINES : 0;
      const rest = end === null ? "" : text.slice(after + end.index);
      return `${prefix}${hide(text.slice(0, after))}***${hide(rest)}`;
    }
    if (left > 0) {
      left -= 1;
      if (KEY_END.test(text)) left = 0;
      else if (KEY_BODY.test(text)) return `${prefix}***`;
    }
    return prefix + hide(text);
  };
}

/** The text with `***` for every secret that is known by its own form, such as a token; names before it do not count. */
export function hideTokens(text: string): string {
  return tokens.reduce((hidden: string, { pattern, hide: by }) => hidden.replace(pattern, by), text);
}

function hide(text: string): string {
  return [...namedSecrets, ...tokens].reduce(
    (hidden: string, { pattern, hide: by }: SecretForm) => hidden.replace(pattern, by),
    text,
  );
}
