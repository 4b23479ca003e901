/**
 * The forms in which a secret may show up in a log. An agent masks line by line and only what was registered: raw text,
 * URL encodings and, of a signed address, the whole query string and the bare signature (agent contract, section 3.6).
 */

import { writtenForms } from "./written-forms.ts";

const addressLike = /^https?:\/\//i;
/** Shorter values would mask ordinary text everywhere. */
const shortest = 4;

/** Query parameters that are signatures: SAS (`sig`) and the service's signed operation addresses (`s`, `h`). */
const signatures = new Set(["sig", "s", "h"]);

/**
 * All forms of `secret` to register, shortest first, without duplicates. With `system.debug` an agent repeats each
 * command that registers one, masked by what it knows until then and with other escapes for `%`: the bare signature goes
 * before the query string it is part of, and what is percent-encoded is left to the agent, which encodes by itself.
 */
export function maskedForms(secret: string): readonly string[] {
  const isAddress = addressLike.test(secret);
  const forms = partsOf(secret).filter((form) => form.length >= shortest && !(isAddress && form.includes("%")));
  return [...new Set(forms)].sort((a, b) => a.length - b.length);
}

/** All forms of `secret` that the task itself hides in what it prints and writes: more than an agent takes. */
export function hiddenForms(secret: string): readonly string[] {
  const whole = /[\r\n]/.test(secret) ? [secret] : [];
  const forms = [...whole, ...partsOf(secret)].filter((text) => text.length >= shortest).flatMap(writtenForms);
  return [...new Set(forms)];
}

/** Lines, or of a signed address what its signature is made of. */
function partsOf(secret: string): readonly string[] {
  const texts = addressLike.test(secret) ? signedParts(secret) : [secret, ...secret.split(/\r\n|\r|\n/)];
  return texts.filter((text) => !/[\r\n]/.test(text)).map((text) => text.trim());
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
