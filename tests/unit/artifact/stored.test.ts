import assert from "node:assert/strict";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { crc32 } from "../../../tasks/AzureImageBuilderV1/src/artifact/crc32.js";
import { storedBlocks, storedMember } from "../../../tasks/AzureImageBuilderV1/src/artifact/stored.ts";

describe("Bytes that are stored", () => {
  for (const size of [0, 1, 65_534, 65_535, 65_536, 131_070, 131_071, 1_048_576]) {
    const bytes = crypto.getRandomValues(Buffer.alloc(Math.min(size, 65_536)));
    const whole = Buffer.alloc(size, bytes.length > 0 ? bytes : 0);

    it(`are a gzip member at ${size} bytes`, () => {
      assert.ok(gunzipSync(Buffer.concat(storedMember(whole, crc32(whole)))).equals(whole));
    });

    it(`are deflate data, whole or followed by more, at ${size} bytes`, () => {
      assert.ok(inflateRawSync(Buffer.concat(storedBlocks(whole, true))).equals(whole));
      const two = Buffer.concat([...storedBlocks(whole, false), ...storedBlocks(whole, true)]);
      assert.ok(inflateRawSync(two).equals(Buffer.concat([whole, whole])));
    });
  }

  it("are not copied", () => {
    const bytes = Buffer.from(new SharedArrayBuffer(100_000));
    const length = storedMember(bytes, 0)
      .filter(({ buffer }) => buffer === bytes.buffer)
      .reduce((sum, part) => sum + part.length, 0);
    assert.equal(length, bytes.length);
  });

  it("are refused by a reader where the checksum is another", () => {
    const bytes = Buffer.from("abc");
    assert.throws(() => gunzipSync(Buffer.concat(storedMember(bytes, 1))), /incorrect data check/);
  });
});
