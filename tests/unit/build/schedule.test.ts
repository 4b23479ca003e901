import assert from "node:assert/strict";
import fc from "fast-check";
import {
  beginSchedule,
  freeAt,
  hurryLog,
  nextRead,
  noteRead,
  readsPerMinute,
} from "../../../tasks/AzureImageBuilderV1/src/build/schedule.ts";

interface Read {
  readonly kind: string;
  readonly at: number;
}

/** Ten minutes of reads, each `delays[n]` milliseconds later than it was due, and as long under way. */
function follow(wishes: { log: boolean; operation: boolean }, delays: readonly number[]): readonly Read[] {
  const reads: Read[] = [];
  let schedule = beginSchedule(0);
  for (let now = 0, turn = 0; now < 600_000; turn += 1) {
    const { kind, at } = nextRead(schedule, wishes, now);
    now = at + (delays[turn % delays.length] ?? 0);
    schedule = noteRead(schedule, kind, now);
    reads.push({ kind, at: now });
  }
  return reads;
}

function busiest(reads: readonly Read[]): number {
  return Math.max(...reads.map(({ at }) => reads.filter((other) => other.at >= at && other.at < at + 60_000).length));
}

function longestGap(reads: readonly Read[], kind: string): number {
  const times = [0, ...reads.filter((read) => read.kind === kind).map(({ at }) => at)];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
}

describe("The schedule of reads", () => {
  const wishes = fc.record({ log: fc.boolean(), operation: fc.boolean() });
  const delays = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 20 });

  it("never reads more than twelve times in any minute, and template and log each within 15 s", () => {
    fc.assert(
      fc.property(wishes, delays, (wished, late) => {
        const reads = follow(wished, late);
        assert.ok(busiest(reads) <= readsPerMinute, String(busiest(reads)));
        assert.ok(longestGap(reads, "template") <= 15_000, String(longestGap(reads, "template")));
        if (wished.log) assert.ok(longestGap(reads, "log") <= 15_000, String(longestGap(reads, "log")));
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it("reads the operation once a minute", () => {
    const reads = follow({ log: true, operation: true }, [0]);
    const count = reads.filter(({ kind }) => kind === "operation").length;
    assert.ok(count >= 9 && count <= 10, String(count));
  });

  it("reads only the template where there is nothing else to read", () => {
    const kinds = new Set(follow({ log: false, operation: false }, [0]).map(({ kind }) => kind));
    assert.deepEqual([...kinds], ["template"]);
  });

  it("stays within the limit and keeps the template's turns where the log is in a hurry all the time", () => {
    const reads: Read[] = [];
    let schedule = beginSchedule(0);
    for (let now = 0; now < 600_000;) {
      const { kind, at } = nextRead(schedule, { log: true, operation: true }, now);
      now = at;
      schedule = noteRead(schedule, kind, now);
      if (kind === "log") schedule = hurryLog(schedule, now);
      reads.push({ kind, at: now });
    }
    assert.ok(busiest(reads) <= readsPerMinute, String(busiest(reads)));
    assert.ok(longestGap(reads, "template") <= 15_000, String(longestGap(reads, "template")));
  });

  it("reads a log that is in a hurry two seconds later", () => {
    const schedule = hurryLog(noteRead(beginSchedule(0), "log", 12_000), 12_000);
    assert.deepEqual(nextRead(noteRead(schedule, "template", 12_500), { log: true, operation: false }, 12_500), {
      kind: "log",
      at: 14_000,
    });
  });

  it("makes the eighth read beside the template's wait for the first to be a minute ago", () => {
    let schedule = beginSchedule(0);
    for (let second = 1; second <= 7; second += 1) schedule = noteRead(schedule, "log", second * 1000);
    assert.equal(freeAt(schedule), 61_000);
  });
});
