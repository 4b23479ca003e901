/** Dotted version numbers, compared by number: `9` is older than `10` (older tasks compared text). */

/** Whether a text is a version of digits and dots, e.g. `24.04.202601140` or `14393.3630.2004101604`. */
export function isVersionNumber(text: string): boolean {
  return /^\d+(?:\.\d+)+$/.test(text);
}

/** Whether a text is a gallery version: three numbers of 32 bits (facts, section 7). */
export function isGalleryVersion(text: string): boolean {
  return /^\d{1,10}\.\d{1,10}\.\d{1,10}$/.test(text) && text.split(".").every((part) => Number(part) <= 2_147_483_647);
}

/** Below, above or at 0 as `left` is older than, newer than or the same as `right`. Missing parts count as 0. */
export function compareVersions(left: string, right: string): number {
  const a = left.split(".").map(BigInt);
  const b = right.split(".").map(BigInt);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0n) - (b[index] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

/** The newest of `versions`; texts that are no versions are passed over. Undefined when none is left. */
export function newestVersion(versions: readonly string[]): string | undefined {
  return versions.filter(isVersionNumber).reduce<string | undefined>((newest, version) => {
    return newest === undefined || compareVersions(version, newest) > 0 ? version : newest;
  }, undefined);
}
