/** Numbers of gallery versions by a pattern. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fillPattern,
  isOfPattern,
  nextVersion,
  parseVersionPattern,
} from "../../../tasks/AzureImageBuilderV1/src/values/version-pattern.ts";
import { compareVersions, isGalleryVersion } from "../../../tasks/AzureImageBuilderV1/src/values/version.ts";

const seed = Number(process.env["FC_SEED"] ?? 20261123);
const run = { startedAt: new Date("2026-01-05T09:07:03Z"), buildNumber: "20260105.4" };

function fill(text: string, buildNumber = run.buildNumber): ReturnType<typeof fillPattern> {
  const parsed = parseVersionPattern(text);
  assert.ok(parsed.ok, text);
  return fillPattern(parsed.value, { ...run, buildNumber });
}

describe("a pattern for version numbers", () => {
  const refused: readonly (readonly [text: string, why: RegExp])[] = [
    ["1.{next}.{next}", /more than once/],
    ["1.2.{nxt}", /`\{nxt\}` is nothing/],
    ["1.2.{}", /`\{\}` is nothing/],
    ["1.2.{YYYY}", /`\{YYYY\}` is nothing/],
    ["1.2.1{next}", /joined to something else/],
    ["1.{yyyy}{next}.0", /joined to something else/],
    ["1.{next}", /makes 2 numbers/],
    ["1.2.3.{next}", /makes 4 numbers/],
    ["1..{next}", /a point too many/],
    ["1.2.{next", /has more in it/],
    ["v1.2.{next}", /has more in it/],
    ["{{next}}.1.2", /has more in it/],
  ];
  for (const [text, why] of refused) {
    it(`is refused as ${text}`, () => {
      const parsed = parseVersionPattern(text);
      assert.ok(!parsed.ok && parsed.code === "AIB122");
      assert.match(parsed.why, why);
      assert.match(parsed.legal, /1\.2\.\{next\}/);
    });
  }

  const filled: readonly (readonly [text: string, numbers: readonly (number | "next")[]])[] = [
    ["1.2.{next}", [1, 2, "next"]],
    ["{next}.0.0", ["next", 0, 0]],
    ["01.2.{next}", [1, 2, "next"]],
    ["1.{build}", [1, 20_260_105, 4]],
    ["{build}.{next}", [20_260_105, 4, "next"]],
    ["{yyyy}.{MMdd}.{next}", [2026, 105, "next"]],
    ["{yyyyMMdd}.{HHmm}.{ss}", [20_260_105, 907, 3]],
    ["1.{yy}{MM}.{dd}", [1, 2601, 5]],
  ];
  for (const [text, numbers] of filled) {
    it(`puts in what ${text} says`, () => {
      const found = fill(text);
      assert.deepEqual(found.ok && found.value, numbers);
    });
  }

  const unfit: readonly (readonly [text: string, buildNumber: string, why: RegExp])[] = [
    ["1.{build}", "", /is not known here/],
    ["1.{build}", "web_20260105.4", /is `web_20260105\.4`/],
    ["1.{build}", "20260105.4-beta", /is `20260105\.4-beta`/],
    ["1.{build}", "20260105.", /is `20260105\.`/],
    ["1.2.{build}", "20260105.4", /are 4 numbers/],
    ["{build}", "7", /are 1 numbers/],
    ["1.2.{build}", "2147483648", /above 2147483647/],
    ["1.{yyyyMMddHHmm}.{next}", "7", /202601050907 is above/],
  ];
  for (const [text, buildNumber, why] of unfit) {
    it(`makes no version of ${text} in build "${buildNumber}"`, () => {
      const found = fill(text, buildNumber);
      assert.ok(!found.ok && found.code === "AIB122");
      assert.match(found.why, why);
    });
  }
});

describe("{next}", () => {
  const next: readonly (readonly [
    pattern: readonly (number | "next")[],
    there: readonly string[],
    number: string | undefined,
  ])[] = [
    [[1, 2, "next"], [], "1.2.0"],
    [[1, 2, "next"], ["1.2.9", "1.2.10", "1.3.50", "2.0.0"], "1.2.11"],
    [[1, "next", 0], ["1.4.7", "1.3.0", "2.9.0"], "1.5.0"],
    [["next", 0, 0], ["7.1.2"], "8.0.0"],
    [[1, 2, "next"], ["latest", "1.2", "1.2.3.4"], "1.2.0"],
    [[1, 2, "next"], ["1.2.2147483646"], "1.2.2147483647"],
    [[1, 2, "next"], ["1.2.2147483647"], undefined],
    [[1, 2, 3], ["1.2.3"], "1.2.3"],
  ];
  for (const [pattern, there, number] of next) {
    it(`of ${pattern.join(".")} beside ${there.join(", ") || "nothing"} gives ${number ?? "nothing"}`, () => {
      assert.equal(nextVersion(pattern, there), number);
    });
  }

  it("gives a free number of the pattern, higher than all with the same numbers before it", () => {
    const part = fc.integer({ min: 0, max: 3 });
    const pattern = fc
      .tuple(fc.integer({ min: 0, max: 2 }), fc.tuple(part, part, part))
      .map(([at, parts]) => parts.map((one, index) => (index === at ? ("next" as const) : one)));
    const versions = fc.array(fc.tuple(part, part, part).map((parts) => parts.join(".")));
    fc.assert(
      fc.property(pattern, versions, (one, there) => {
        const number = nextVersion(one, there) ?? "";
        assert.ok(isGalleryVersion(number) && !there.includes(number) && isOfPattern(one, number));
        const at = one.indexOf("next");
        const same = there.filter((other) => one.slice(0, at).join(".") === other.split(".").slice(0, at).join("."));
        assert.ok(same.every((other) => compareVersions(number, other) > 0));
      }),
      { seed },
    );
  });
});
