/** IPv4 ranges. */

/** First and last address of a range. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** A range out of `10.0.0.0/24` or a single address; undefined where the text is neither. */
export function parseRange(text: string): Range | undefined {
  const [, a = "", b = "", c = "", d = "", size = "32"] =
    /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text.trim()) ?? [];
  const parts = [a, b, c, d].map(Number);
  const bits = Number(size);
  if (a === "" || bits > 32 || parts.some((part) => part > 255)) return undefined;
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  const length = 2 ** (32 - bits);
  const first = Math.floor(address / length) * length;
  return { first, last: first + length - 1 };
}

/** How much of `inner` lies in `outer`. */
export function overlap(outer: Range, inner: Range): "all" | "some" | "none" {
  if (outer.first <= inner.first && inner.last <= outer.last) return "all";
  return outer.last < inner.first || inner.last < outer.first ? "none" : "some";
}
