/** Takes the power out of logging commands in text from elsewhere. */

/**
 * What a comparison by culture passes over: the agent looks for `##vso[` with such a comparison, so a soft hyphen or a
 * NUL between two of its characters does not hide it (`Command.TryParse` of the agent; Unicode's default ignorable code
 * points and control characters, inferred from the collation rules .NET uses).
 */
const IGNORED = "[\\p{DI}\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f]*";
/** A run of number signs, and what makes a command of it; always takes the whole run, so that time stays linear. */
const SIGNS = new RegExp(`(?:#${IGNORED})+((?:v${IGNORED}s${IGNORED}o${IGNORED})?\\[)?`, "giu");

/**
 * `text` in which `##vso[` and `##[`, in any case and anywhere in it, have lost all number signs but one. Contract of the
 * agent, section 3.2.
 */
export function defuse(text: string): string {
  if (!text.includes("[")) return text;
  return text.replace(SIGNS, (run: string, command: string | undefined) =>
    command === undefined || run.indexOf("#") === run.lastIndexOf("#") ? run : `#${command}`,
  );
}
