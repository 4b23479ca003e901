/** What goes into the package must be free to give on: no licence that binds the work it becomes part of. */
import type { BundledPackage } from "./bundled-packages.ts";

/** SPDX names of licences that ask for their notice alone, or for nothing. */
const permissive = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unlicense",
]);

/** A problem for each package whose licence is unknown, or not one of the permissive ones. */
export function checkLicences(
  packages: readonly Pick<BundledPackage, "name" | "version" | "licence">[],
): readonly string[] {
  return packages
    .filter(({ licence }) => licence === undefined || !isPermissive(licence))
    .map(
      ({ name, version, licence }) =>
        `${name}@${version} has the licence ${licence ?? "(none)"}, which is not one of the permissive ones`,
    );
}

/** Of a choice one part must be permissive, of a sum each; anything else that SPDX can say counts as not. */
function isPermissive(expression: string): boolean {
  const text = expression.replace(/[()]/g, " ").trim();
  if (text.includes(" OR ") && text.includes(" AND ")) return false;
  if (text.includes(" OR ")) return text.split(" OR ").some((part) => permissive.has(part.trim()));
  return text.split(" AND ").every((part) => permissive.has(part.trim()));
}
