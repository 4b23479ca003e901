/** Versions of releases: three numbers, each without leading zeros. */

/** Numbers of a version, most telling first. Throws an Error where the text is none. */
export function parseVersion(text: string): readonly [number, number, number] {
  const [, major, minor, patch] = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) {
    throw new Error(`"${text}" is no version: three numbers are expected, such as 1.2.3.`);
  }
  return [Number(major), Number(minor), Number(patch)];
}

/** Above 0 where `one` is the higher version, below 0 where `other` is, 0 where both are the same. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [parseVersion(one), parseVersion(other)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
