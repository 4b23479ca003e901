import assert from "node:assert/strict";
import {
  archiveFormatOf,
  headSize,
  withoutArchiveEnding,
} from "../../../tasks/AzureImageBuilderV1/src/values/archive-kind.ts";

const zip = Uint8Array.of(0x50, 0x4b, 0x03, 0x04, 0x14);
const emptyZip = Uint8Array.of(0x50, 0x4b, 0x05, 0x06);
const gzip = Uint8Array.of(0x1f, 0x8b, 0x08, 0x00);

describe("An archive that is handed over as it is", () => {
  const cases: readonly (readonly [name: string, bytes: Uint8Array, expected: "zip" | "tar.gz" | undefined])[] = [
    ["site.zip", zip, "zip"],
    ["SITE.ZIP", zip, "zip"],
    ["empty.zip", emptyZip, "zip"],
    ["site.tar.gz", gzip, "tar.gz"],
    ["site.v1.tgz", gzip, "tar.gz"],
    ["site.zip", gzip, undefined],
    ["site.tar.gz", zip, undefined],
    ["log.gz", gzip, undefined],
    ["app.jar", zip, undefined],
    ["zip", zip, undefined],
    ["tgz", gzip, undefined],
    ["site.zip", Uint8Array.of(0x50, 0x4b), undefined],
    ["site.tar.gz", new Uint8Array(), undefined],
    ["site.zip.txt", zip, undefined],
  ];
  for (const [name, bytes, expected] of cases) {
    it(`is told by name and first bytes: ${name} with ${Buffer.from(bytes).toString("hex") || "nothing"}`, () => {
      assert.equal(archiveFormatOf(name, bytes), expected);
      assert.equal(archiveFormatOf(name, bytes.subarray(0, headSize)), expected);
    });
  }

  for (const [name, expected] of [
    ["site.zip", "site"],
    ["site.v1.tar.gz", "site.v1"],
    ["site.TGZ", "site"],
    ["site.gz", "site.gz"],
    ["zip", "zip"],
  ] as const) {
    it(`gives its folder the name without the ending: ${name}`, () =>
      assert.equal(withoutArchiveEnding(name), expected));
  }
});
