/**
 * How one text may be written elsewhere: by programs that put it into an address, JSON, markup, a script or base64. What
 * is hidden in all of these forms cannot be read from a log by decoding it once.
 */

/** Base64 of less would hide ordinary text. */
const shortestForBase64 = 8;

/** All forms of `text`, itself first, without duplicates. */
export function writtenForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  return [
    ...new Set([text, ...addressForms(text), json, ...moreJson(json), ...markupForms(text), ...quotedForms(text)]),
    ...base64Forms(text),
  ];
}

/** Percent-encoded as browsers, .NET and forms do it, with large and with small letters. */
function addressForms(text: string): readonly string[] {
  const code = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  const usual = encodeURIComponent(text);
  const strict = usual.replace(/[!'()*]/g, code);
  const form = strict.replaceAll("%20", "+").replaceAll("~", "%7E");
  const small = (encoded: string): string => encoded.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());
  return [usual, strict, form, usual.replaceAll("%20", "+")].flatMap((one) => [one, small(one)]);
}

/** JSON as PHP writes it, and as .NET does, which escapes what markup could take for its own. */
function moreJson(json: string): readonly string[] {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const careful = json.replaceAll('\\"', "\\u0022").replace(/[<>&'+\u0080-\uffff]/g, escape);
  const large = careful.replace(/\\u[0-9a-f]{4}/g, (one) => `\\u${one.slice(2).toUpperCase()}`);
  return [json.replaceAll("/", "\\/"), json.replace(/[\u0080-\uffff]/g, escape), careful, large];
}

function markupForms(text: string): readonly string[] {
  const base = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = base.replaceAll('"', "&quot;");
  return [
    base,
    quoted,
    ...["&#39;", "&apos;", "&#x27;", "&#039;"].map((apostrophe) => quoted.replaceAll("'", apostrophe)),
  ];
}

/** Inside of quotation marks of shells and of PowerShell. */
function quotedForms(text: string): readonly string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll("'", "''"),
    text.replaceAll("\\", "\\\\"),
    text.replace(/["$`\\]/g, "\\$&"),
  ];
}

/** Alone or amid other text, which moves it by none, one or two bytes; UTF-16 is what PowerShell encodes. */
function base64Forms(text: string): readonly string[] {
  if (text.length < shortestForBase64) return [];
  const found = [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")].flatMap((bytes) => [
    bytes.toString("base64"),
    ...[0, 1, 2].map((before) => withinBase64(bytes, before)),
  ]);
  const forms = found.flatMap((form) => [form, form.replace(/=+$/, ""), encodeURIComponent(form)]);
  return [...new Set([...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))])];
}

/** The characters that come of these bytes alone, where `before` bytes stand before them. */
function withinBase64(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]);
  return whole.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6));
}
