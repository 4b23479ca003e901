import assert from "node:assert/strict";
import fc from "fast-check";
import { combineCrc32 } from "../../../tasks/AzureImageBuilderV1/src/artifact/crc32-combine.ts";
import { crc32, crc32ByTable } from "../../../tasks/AzureImageBuilderV1/src/artifact/crc32.js";

/** The check value of the catalogues of CRCs. */
const known = [Buffer.from("123456789"), 0xcbf43926] as const;

describe("A CRC-32", () => {
  for (const [title, compute] of [
    ["of Node", crc32],
    ["by the table", crc32ByTable],
  ] as const) {
    it(`${title} is the known one`, () => {
      assert.equal(compute(known[0]), known[1]);
      assert.equal(compute(new Uint8Array()), 0);
    });
  }

  it("by the table is that of Node for any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => crc32ByTable(bytes) === crc32(bytes)));
  });

  it("of two parts is that of the whole", () => {
    const bytes = fc.uint8Array({ maxLength: 5000 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        assert.equal(combineCrc32(crc32(one), crc32(other), other.length), crc32(Buffer.concat([one, other])));
      }),
    );
  });

  it("of a part of more than 4 GiB is reached by doubling as by adding", () => {
    // 2^33 zeros, put together from halves, and from eight times 2^30.
    const doubled = Array.from({ length: 33 }).reduce<number>(
      (crc, _, n) => combineCrc32(crc, crc, 2 ** n),
      crc32(Buffer.alloc(1)),
    );
    const eighth = Array.from({ length: 30 }).reduce<number>(
      (crc, _, n) => combineCrc32(crc, crc, 2 ** n),
      crc32(Buffer.alloc(1)),
    );
    const seven = Array.from({ length: 6 }).reduce<number>((crc) => combineCrc32(crc, eighth, 2 ** 30), eighth);
    assert.equal(combineCrc32(eighth, seven, 7 * 2 ** 30), doubled);
  });
});
