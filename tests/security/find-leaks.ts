/** Looks for secrets in text, in every form in which one decoding gives them back. Imports nothing of the task. */

/** A secret whose value is known. */
export interface Canary {
  /** What it is, for people. */
  readonly name: string;
  readonly value: string;
}

/** Text in which no secret may be. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

export interface Leak {
  readonly canary: string;
  readonly place: string;
  readonly form: string;
  /** Where in the text, or in the text without line ends. */
  readonly at: number;
}

type Form = readonly [name: string, text: string];

const minuscule = (encoded: string): string => encoded.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());

/** Forms of one text; a form that is equal to an earlier one is left out. */
export function formsOf(text: string): readonly Form[] {
  const url = encodeURIComponent(text);
  const strict = url.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const field = new URLSearchParams({ v: text }).toString().slice(2);
  const json = JSON.stringify(text).slice(1, -1);
  const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const escaped = json.replaceAll('\\"', "\\u0022").replace(/[<>&'+\u0080-\uffff]/g, unicode);
  const xml = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const attribute = xml.replaceAll('"', "&quot;");
  const all: readonly Form[] = [
    ["raw", text],
    ["URL-encoded", url],
    ["URL-encoded, all signs", strict],
    ["URL-encoded, + for space", url.replaceAll("%20", "+")],
    ["form field", field],
    ["URL-encoded, small letters", minuscule(url)],
    ["URL-encoded, all signs, small letters", minuscule(strict)],
    ["form field, small letters", minuscule(field)],
    ["JSON-escaped", json],
    ["JSON-escaped, with slashes", json.replaceAll("/", "\\/")],
    ["JSON-escaped, as .NET", escaped],
    ["XML-escaped", xml],
    ["XML-escaped, attribute", attribute.replaceAll("'", "&apos;")],
    ["HTML-escaped", attribute.replaceAll("'", "&#39;")],
    ["HTML-escaped, hexadecimal", attribute.replaceAll("'", "&#x27;")],
    ["quoted for a shell", text.replaceAll("'", "'\\''")],
    ["quoted for PowerShell", text.replaceAll("'", "''")],
    ...base64Forms(text),
  ];
  const seen = new Set<string>();
  return all.filter(([, form]) => !seen.has(form) && seen.add(form));
}

/** Whole, and as it looks amid other bytes: each of the three ways in which the groups of three may fall. */
function base64Forms(text: string): readonly Form[] {
  return (["utf8", "utf16le"] as const).flatMap((encoding) =>
    [0, 1, 2].flatMap((before): readonly Form[] => {
      const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text, encoding)]);
      const inner = bytes
        .toString("base64")
        .slice(Math.ceil((before * 4) / 3), Math.floor((bytes.length * 4) / 3))
        .replace(/=+$/, "");
      const name = `base64 of ${encoding}, ${before} before`;
      return [
        [name, inner],
        [`base64url of ${encoding}, ${before} before`, inner.replaceAll("+", "-").replaceAll("/", "_")],
        [`${name}, URL-encoded`, encodeURIComponent(inner)],
      ];
    }),
  );
}

/** Lines of a secret that are long enough to be told from ordinary text; a PEM's own first and last line are not secret. */
function linesOf(value: string): readonly string[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 16 && !line.startsWith("-----"));
}

/** What a log puts where a line is broken, so that the two halves stand side by side again. */
const seams =
  /(?:\r\n|\r|\n|\\r\\n|\\n|%0D%0A|%0D|%0A)(?:##vso\[[^\]]*\]|##\[\w+\]|\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\d:\d\d)?/g;

/** Only letters and digits: whatever else was put between, they follow each other. */
const squeeze = (text: string): string => text.replace(seams, "").replace(/[^A-Za-z0-9]/g, "");

/** Fewer letters and digits are found by chance. */
const shortestSqueezed = 14;

/** Every leak, one for each form of a secret and place. */
export function findLeaks(places: readonly Place[], canaries: readonly Canary[]): readonly Leak[] {
  const sought = canaries.map(({ name, value }) => ({
    name,
    forms: [value, ...linesOf(value)].flatMap(formsOf),
    squeezed: formsOf(value.replace(/-----[A-Z ]+-----/g, "").trim())
      .map(([form, text]): Form => [form, squeeze(text)])
      .filter(([, text]) => text.length >= shortestSqueezed),
  }));
  return places.flatMap(({ name: place, text }) => {
    const narrow = squeeze(text);
    return sought.flatMap(({ name: canary, forms, squeezed }) => {
      const plain = found(text, forms).map(([form, at]) => ({ canary, place, form, at }));
      // What stands in one line is told once.
      const wrapped = plain.length > 0 ? [] : found(narrow, squeezed).map(([form, at]) => ({ canary, place, form: `${form}, split`, at })); // prettier-ignore
      return [...plain, ...wrapped];
    });
  });
}

function found(text: string, forms: readonly Form[]): readonly (readonly [form: string, at: number])[] {
  return forms.map(([form, sought]) => [form, text.indexOf(sought)] as const).filter(([, at]) => at >= 0);
}
