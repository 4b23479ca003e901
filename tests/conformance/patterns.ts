/**
 * What of a text may differ between two answers that say the same: GUIDs, times, generated names and numbers. Each
 * becomes a mark that keeps its form (case of a GUID, kind of a time), so that the form is still compared.
 */

type Replacement = readonly [RegExp, string | ((found: string, ...groups: string[]) => string)];

/** A GUID, or one made unreadable for publication (`xxxxxx-5a8c-4379-xxxx-8d85493bc791`). */
const LOWER_GUID = /(?<![0-9A-Za-z])[0-9a-fx]{6,8}(?:-[0-9a-fx]{4}){3}-[0-9a-fx]{8,12}(?![0-9A-Za-z])/g;
const UPPER_GUID = /(?<![0-9A-Za-z])[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}(?![0-9A-Za-z])/g;

const REPLACEMENTS: readonly Replacement[] = [
  // "Not yet" is a constant, every other time is not. Image Builder writes Z, Compute an offset.
  [/\b(?!0001-01-01T00:00:00Z)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g, "<time>"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?\+00:00/g, "<time+00:00>"],
  // Upper case first: a GUID of digits alone reads as lower case, as in an address.
  [UPPER_GUID, (found) => (/[A-F]/.test(found) ? "<GUID>" : "<guid>")],
  [LOWER_GUID, "<guid>"],
  [/\bIT_.{1,40}_<guid>/g, "<staging group>"],
  [/\b[0-9a-f]{64}\b/g, "<sha256>"],
  // The staging account: 24 letters and digits, in published texts also x's or a plain name.
  [/https:\/\/[a-z0-9]+(?=\.blob\.core\.windows\.net\/(?:packerlogs|vhds)\/)/g, "https://<account>"],
  [/(?<=\/storageAccounts\/)[a-z0-9]+(?=\/blobServices\/)/g, "<account>"],
  [/(?<=\/packerlogs\/)[0-9a-fx-]{30,36}(?=\/)/g, "<guid>"],
  // A gallery's unique name ends in its own name, which recordings replace in one place and not in the other.
  [/^<guid>-[A-Z0-9_.]+$/g, "<guid>-<NAME>"],
  [/(?<=\/versions\/)\d+\.\d+\.\d+$/g, "<version>"],
  [/(?<=The client ')[^']+(?=' with object id)/g, "<client>"],
  [/(?<=Principal )[0-9a-f]{32}\b/g, "<guid without dashes>"],
  [/(?<=List of available regions for the resource type is ')[a-z0-9,]+(?=')/g, "<regions>"],
];

/** The text with everything that may differ replaced by its mark. */
export function normalText(text: string): string {
  return REPLACEMENTS.reduce(
    (done, [pattern, mark]) => (typeof mark === "string" ? done.replace(pattern, mark) : done.replace(pattern, mark)),
    text,
  );
}

/** An address of an operation: everything but its GUID and the values of its signature. */
export function normalAddress(address: string): string {
  const [place = "", query = ""] = address.split("?");
  const path = place.replace(/(?<=\/operationresults\/)[^/]+$/i, "<job>");
  const parameters = query.split("&").map((pair) => {
    const [name = "", value = ""] = pair.split("=");
    return ["t", "c", "s", "h"].includes(name) ? `${name}=<signature>` : `${name}=${value}`;
  });
  return normalText(`${path}?${parameters.join("&")}`);
}

/** A rate header: what is limited, not how much is left. */
export function normalRate(value: string): string {
  return value.replace(/\d+(?=$|,)/g, "<number>");
}
