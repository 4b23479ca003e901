/** Sizes for people. */

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Bytes in the largest unit that leaves a whole number in front, e.g. `35.1 MiB`. */
export function formatSize(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${units[step] ?? ""}`;
}
