import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { encodeAddress, quotePowerShell, quoteShell } from "../../../tasks/AzureImageBuilderV1/src/values/quote.ts";

describe("quoting for the shell", () => {
  it("means every text itself, as the shell reads it back", () => {
    const text = fc
      .string({ unit: "grapheme" })
      .filter((one) => !one.includes("\0") && Buffer.from(one).toString() === one);
    const texts = fc.sample(text, { numRuns: 300, seed: 7 }).concat(["'", "''", "a'b\"c`d$(e)\\", "-n", "!x", "\n"]);
    const script = texts.map((one) => `printf '%s\\0' ${quoteShell(one)}`).join("\n");
    const output = execFileSync("/bin/sh", ["-e"], { input: script, encoding: "utf8" });
    assert.deepEqual(output.split("\0").slice(0, -1), texts);
  });
});

describe("quoting for PowerShell", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "''"],
    ["c:\\a b\\$x", "'c:\\a b\\$x'"],
    ["it's", "'it''s'"],
    ["a’b", "('' + 'a' + [char]0x2019 + 'b')"],
    ["é", "('' + [char]0x00e9)"],
    ["😀", "('' + [char]0xd83d + [char]0xde00)"],
  ];
  for (const [text, quoted] of cases) {
    it(`writes ${JSON.stringify(text)} as ${quoted}`, () => {
      assert.equal(quotePowerShell(text), quoted);
    });
  }
});

describe("addresses in scripts", () => {
  it("keep a signed address as it is", () => {
    const url = "https://st.blob.core.windows.net/c/a%20b/w.tar.gz?sp=r&se=2026-11-23T15%3A00%3A00Z&sig=a%2Bb%3D";
    assert.equal(encodeAddress(url), url);
  });

  it("hold no character that ends a quotation or a line, whatever they were", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.match(encodeAddress(`https://h/${text}`), /^[A-Za-z0-9\-._~:/?#[\]@!$&()*+,;=%]*$/);
      }),
    );
  });

  it("still name the same bytes", () => {
    assert.equal(encodeAddress("https://h/a'b\"c é"), "https://h/a%27b%22c%20%C3%A9");
  });
});
