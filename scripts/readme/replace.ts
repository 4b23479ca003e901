/** Replaces what stands between two markers of a Markdown text. */

/** `text` with `content` between `<!-- name:begin … -->` and `<!-- name:end -->`. Throws when either is missing. */
export function replaceBetween(text: string, name: string, content: string): string {
  const begin = new RegExp(`<!-- ${name}:begin[^>]*-->`).exec(text);
  const end = text.indexOf(`<!-- ${name}:end -->`, begin?.index ?? 0);
  if (begin === null || end < 0) {
    throw new Error(`The markers <!-- ${name}:begin --> and <!-- ${name}:end --> are missing.`);
  }
  const after = begin.index + begin[0].length;
  return `${text.slice(0, after)}\n\n${content}\n\n${text.slice(end)}`;
}
