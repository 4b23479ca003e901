/** Lists of blobs and containers, and errors, in the service's form: Azurite writes the same facts with other elements (recording storage-blob-list-200). */

/** Elements the service always writes for a blob, empty where there is nothing to say, in this order after Content-Type. */
const ALWAYS_PRESENT = [
  "Content-Encoding",
  "Content-Language",
  "Content-CRC64",
  "Content-MD5",
  "Cache-Control",
  "Content-Disposition",
];

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

/** An error of Azurite's as the service writes it: with a byte order mark and its own declaration. Other bodies stay. */
export function serviceError(body: Buffer): Buffer {
  const text = body.toString("utf8");
  return text.startsWith("<?xml") ? Buffer.from(`\uFEFF${text.replace(/^<\?xml[^>]*\?>\s*/, DECLARATION)}`) : body;
}

/**
 * Rewrites a list of Azurite's.
 * @param account name of the account, as the public host name has it
 */
export function serviceList(xml: string, account: string): string {
  return xml
    .replace(/^<\?xml[^>]*\?>/, DECLARATION)
    .replace(/ServiceEndpoint="[^"]*"/, `ServiceEndpoint="https://${account}.blob.core.windows.net/"`)
    .replace(/<(Prefix|Marker|Delimiter)\/>/g, "")
    .replace(/<Blob>.*?<\/Blob>/gs, serviceBlob)
    .replace(/<([\w-]+)\/>/g, "<$1 />");
}

function serviceBlob(blob: string): string {
  const given = new Map(ALWAYS_PRESENT.map((name) => [name, elementOf(blob, name)]));
  const bare = ALWAYS_PRESENT.reduce((text, name) => text.replace(given.get(name) ?? "", ""), blob);
  const all = ALWAYS_PRESENT.map((name) => given.get(name) || `<${name} />`).join("");
  return bare
    .replace(/(<Content-Type>[^<]*<\/Content-Type>)/, `$1${all}`)
    .replace("<Sealed>false</Sealed>", "")
    .replace("</Properties></Blob>", "</Properties><OrMetadata /></Blob>");
}

/** The element as it stands in the text, or an empty string. */
function elementOf(text: string, name: string): string {
  return new RegExp(`<${name}(?:/>|>[^<]*</${name}>)`).exec(text)?.[0] ?? "";
}
