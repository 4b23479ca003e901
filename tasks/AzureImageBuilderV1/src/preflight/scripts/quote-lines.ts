/** Lines of scripts in messages. */
import { redactSignatures } from "../../values/redact.ts";

const longest = 100;

/** `` `sudo reboot` ``, or the first of several with how many more. */
export function quoteLines(lines: readonly string[]): string {
  const [first = "", ...others] = lines;
  const plain = redactSignatures(first).replaceAll("`", "'");
  const shown = plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
  const more = others.length === 0 ? "" : ` and ${others.length} more line${others.length === 1 ? "" : "s"}`;
  return `\`${shown}\`${more}`;
}
