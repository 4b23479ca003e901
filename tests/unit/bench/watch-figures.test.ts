import assert from "node:assert/strict";
import { busiestMinute, lagsOf, markOf, noteMarks } from "../../../scripts/bench/watch-figures.ts";

describe("the busiest minute", () => {
  const cases: readonly (readonly [what: string, times: readonly number[], most: number])[] = [
    ["is 0 without any reads", [], 0],
    ["does not begin with the minutes of a clock", [59_000, 60_000, 61_000, 130_000], 3],
    ["holds one of two reads that lie sixty seconds apart", [1_000, 61_000], 1],
    ["holds both of two reads that lie a millisecond less apart", [1_001, 61_000], 2],
    ["is found in any order of the reads", [200_000, 5_000, 100_000, 4_000, 3_000], 3],
    ["may be the last one", [0, 100_000, 200_000, 200_000], 2],
  ];
  for (const [what, times, most] of cases) it(what, () => assert.equal(busiestMinute(times), most));
});

describe("marked lines", () => {
  it("are found in a text of several, with what stands around them", () => {
    const seen = new Map<number, number>();
    noteMarks(seen, `x ${markOf(1)}\nother\n==> azure-arm: ${markOf(12)} y`, 5);
    assert.deepEqual(
      [...seen],
      [
        [1, 5],
        [12, 5],
      ],
    );
  });

  it("keep the time at which they were seen first", () => {
    const seen = new Map<number, number>();
    for (const at of [5, 9]) noteMarks(seen, markOf(1), at);
    assert.deepEqual([...seen], [[1, 5]]);
  });

  it("are not seen in the script that prints them", () => {
    const seen = new Map<number, number>();
    noteMarks(seen, `echo "${markOf("$n")}"`, 5);
    assert.equal(seen.size, 0);
  });
});

describe("lags", () => {
  it("are the times from writing to printing, in the order of writing", () => {
    const written = new Map([
      [1, 100],
      [2, 150],
    ]);
    const printed = new Map([
      [2, 400],
      [1, 300],
    ]);
    assert.deepEqual(lagsOf(written, printed), [200, 250]);
  });

  it("are not told where a line was written and never printed", () => {
    const written = new Map([
      [1, 100],
      [2, 150],
    ]);
    assert.throws(() => lagsOf(written, new Map([[1, 300]])), /never printed: 2/);
  });

  it("are not told where nothing was written", () => {
    assert.throws(() => lagsOf(new Map(), new Map()), /no marked line was written/i);
  });
});
