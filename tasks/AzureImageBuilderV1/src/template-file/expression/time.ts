/** Moments as `utcNow` writes them. */

const tokens = /'[^']*'|\\.|([A-Za-z])\1*/g;

/** `now` in a format of year, month, day, hour, minute, second and thousandth, or `u` or `d`; undefined for others. */
export function formatTime(now: Date, format = "yyyyMMddTHHmmssZ"): string | undefined {
  const iso = now.toISOString();
  if (format === "u") return iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
  if (format === "d") return iso.replace(/^(\d+)-(\d+)-(\d+)T.*$/, "$2/$3/$1").replace(/(^|\/)0/g, "$1");
  const parts: Readonly<Record<string, string>> = {
    yyyy: iso.slice(0, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
    fff: iso.slice(20, 23),
    T: "T",
    Z: "Z",
  };
  let known = true;
  const written = format.replace(tokens, (token) => {
    if (token.startsWith("'")) return token.slice(1, -1);
    if (token.startsWith("\\")) return token.slice(1);
    known &&= Object.hasOwn(parts, token);
    return parts[token] ?? "";
  });
  return known ? written : undefined;
}
