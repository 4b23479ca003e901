/**
 * The forms in which a secret may show up in a log. An agent masks line by line and only what was registered: raw text,
 * URL encodings and, of a signed address, the whole query string and the bare signature (agent contract, section 3.6).
 */

/** Shorter values would mask ordinary text everywhere. */
const shortest = 4;

/** Query parameters that are signatures: SAS (`sig`) and the service's signed operation addresses (`s`, `h`). */
const signatures = new Set(["sig", "s", "h"]);

/** All forms of `secret` to register, longest first, without duplicates. */
export function maskedForms(secret: string): readonly string[] {
  const texts = /^https?:\/\//i.test(secret) ? signedParts(secret) : [secret, ...secret.split(/\r\n|\r|\n/)];
  const forms = texts
    .filter((text) => !/[\r\n]/.test(text))
    .map((text) => text.trim())
    .flatMap((text) => [text, encodeURIComponent(text)]);
  return [...new Set(forms)].filter((form) => form.length >= shortest).sort((a, b) => b.length - a.length);
}

function signedParts(address: string): readonly string[] {
  const start = address.indexOf("?");
  if (start < 0) return [address];
  const query = address.slice(start + 1);
  const values = query
    .split("&")
    .map((pair) => [pair.slice(0, pair.indexOf("=")).toLowerCase(), pair.slice(pair.indexOf("=") + 1)] as const)
    .filter(([name]) => signatures.has(name))
    .map(([, value]) => value);
  return [query, decoded(query), ...values, ...values.map(decoded)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text with `***` for every form; longer ones first, so that no rest of one stays. */
export function hideForms(text: string, forms: readonly string[]): string {
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((hidden, form) => hidden.split(form).join("***"), text);
}
