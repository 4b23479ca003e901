/** Which versions retain keeps, excludes and deletes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decideRetention,
  readMark,
  type RetainFacts,
  writeMark,
} from "../../../tasks/AzureImageLifecycleV1/src/retain/decide.ts";
import { latestOf } from "../../../tasks/AzureImageLifecycleV1/src/gallery/latest.ts";
import { version, type VersionChange } from "./versions.ts";

const now = new Date("2026-06-01T00:00:00Z");
const day = 24 * 60 * 60_000;
const leaving = { "aib-task-leaving": "2026-05-01T00:00:00.000Z build/6" };
const free = { byVersion: new Map<string, readonly string[]>(), unknown: [], unread: [] };

type Versions = Readonly<Record<string, VersionChange>>;

function decide(versions: Versions, change: Partial<RetainFacts> = {}): Readonly<Record<string, string>> {
  const all = Object.entries(versions).map(([name, one]) => version(name, one));
  const facts = { versions: all, uses: free, keepNewest: 1, keepYoungerThan: 30 * day, now, run: "build/7", ...change };
  return Object.fromEntries(decideRetention(facts).map((one) => [one.version.name, `${one.becomes}: ${one.why}`]));
}

describe("retain", () => {
  const out: VersionChange = { excluded: true, tags: leaving };
  const cases: readonly (readonly [title: string, versions: Versions, change: Partial<RetainFacts>, name: string, verdict: RegExp])[] = [
    ["excludes what is neither new, young nor used", { "1.0.0": {}, "2.0.0": {} }, {}, "1.0.0", /^excluded/],
    ["keeps the latest", { "1.0.0": {} }, {}, "1.0.0", /^kept: it is the latest/],
    ["keeps what is the latest in one region only", { "1.0.0": { regions: { "UK South": null } }, "2.0.0": {} }, {}, "1.0.0", /^kept: it is the latest/],
    ["keeps the newest N", { "1.0.0": {}, "2.0.0": {}, "3.0.0": {} }, { keepNewest: 2 }, "2.0.0", /^kept: one of the newest 2/],
    ["counts failed and excluded ones not among the newest", { "1.0.0": {}, "2.0.0": { state: "Failed" }, "2.5.0": { excluded: true }, "3.0.0": {} }, { keepNewest: 2 }, "1.0.0", /^kept: one of the newest/],
    ["keeps the young", { "1.0.0": { published: "2026-05-20T00:00:00Z" }, "2.0.0": {} }, {}, "1.0.0", /^kept: published/],
    ["keeps what does not tell its age", { "1.0.0": { published: null }, "2.0.0": {} }, {}, "1.0.0", /^kept: it is not told when/],
    ["keeps what is used", { "1.0.0": {}, "2.0.0": {} }, { uses: { ...free, byVersion: new Map([["1.0.0", ["virtual machine a"]]]) } }, "1.0.0", /^kept: in use: virtual machine a/],
    ["keeps all where somebody does not tell", { "1.0.0": {}, "2.0.0": {} }, { uses: { ...free, unknown: ["virtual machine a"] } }, "1.0.0", /^kept: perhaps in use/],
    ["keeps all where something could not be read", { "1.0.0": out, "2.0.0": {} }, { uses: { ...free, unread: ["no right"] } }, "1.0.0", /^kept: what uses it could not be read/],
    ["keeps what waits for its promotion", { "1.0.0": {}, "2.0.0": { excluded: true } }, {}, "2.0.0", /^kept: newer than the latest/],
    ["marks a retired one, though it is newer", { "1.0.0": {}, "2.0.0": { excluded: true, tags: { "aib-task-retired": "x" } } }, {}, "2.0.0", /^excluded/],
    ["keeps everything that may be promoted where nothing is part of latest", { "1.0.0": { excluded: true } }, {}, "1.0.0", /^kept: no version is part of latest/],
    ["marks a failed one", { "1.0.0": { state: "Failed" }, "2.0.0": {} }, {}, "1.0.0", /^excluded/],
    ["leaves one alone that is being made", { "1.0.0": { state: "Creating" }, "2.0.0": {} }, {}, "1.0.0", /^kept: its state is Creating/],
    ["leaves one alone that is being changed", { "1.0.0": { state: "Updating" }, "2.0.0": {} }, {}, "1.0.0", /^kept: its state is Updating/],
    ["keeps what the gallery keeps", { "1.0.0": { kept: true, endOfLife: "2027-01-01" }, "2.0.0": {} }, {}, "1.0.0", /^kept: the gallery keeps it/],
    ["deletes what an earlier run excluded", { "1.0.0": out, "2.0.0": {} }, {}, "1.0.0", /^deleted: excluded since 2026-05-01T00:00:00.000Z \(build\/6\)/],
    ["does not delete what this run excluded", { "1.0.0": out, "2.0.0": {} }, { run: "build/6" }, "1.0.0", /^kept: excluded by this very run/],
    ["begins anew with one that is part of latest again", { "1.0.0": { tags: leaving }, "2.0.0": {} }, {}, "1.0.0", /^excluded/],
    ["begins anew where a region makes it part of latest again", { "1.0.0": { ...out, regions: { "West Europe": false } }, "2.0.0": {} }, {}, "1.0.0", /^excluded/],
    ["takes no mark for its own that it would not write", { "1.0.0": { excluded: true, tags: { "aib-task-leaving": "yes" } }, "2.0.0": {} }, {}, "1.0.0", /^excluded/],
    ["does not delete by a mark of a time to come", { "1.0.0": { excluded: true, tags: { "aib-task-leaving": "2027-01-01T00:00:00.000Z build/6" } }, "2.0.0": {} }, {}, "1.0.0", /^kept: its mark/],
    ["finds the mark in any letter case", { "1.0.0": { excluded: true, tags: { "AIB-Task-Leaving": leaving["aib-task-leaving"] } }, "2.0.0": {} }, {}, "1.0.0", /^deleted/],
  ]; // prettier-ignore
  for (const [title, versions, change, name, verdict] of cases) {
    it(title, () => assert.match(decide(versions, change)[name] ?? "", verdict));
  }

  it("never lets go of the latest, of what is used, or of anything where not all could be read, whatever there is", () => {
    const change = fc.record({
      state: fc.constantFrom("Succeeded", "Failed", "Updating", "Creating"),
      excluded: fc.boolean(),
      regions: fc.dictionary(fc.constantFrom("West Europe", "UK South"), fc.constantFrom(true, false, null)),
      published: fc.constantFrom("2020-01-01T00:00:00Z", "2026-05-31T00:00:00Z", null),
      tags: fc.constantFrom({}, leaving, { "aib-task-retired": "x" }),
    });
    const all = fc.dictionary(fc.constantFrom("1.0.0", "1.2.0", "1.10.0", "2.0.0", "3.1.4"), change);
    fc.assert(
      fc.property(all, fc.boolean(), fc.integer({ min: 1, max: 4 }), (versions, isUnread, keepNewest) => {
        const unread = isUnread ? ["no right"] : [];
        const uses = { ...free, unread, byVersion: new Map([["1.2.0", ["a"]]]) };
        const told = decide(versions, { uses, keepNewest });
        const made = Object.entries(versions).map(([name, one]) => version(name, one));
        const latest = new Set(latestOf(made).values());
        for (const [name, verdict] of Object.entries(told)) {
          if (isUnread || name === "1.2.0" || latest.has(name)) assert.match(verdict, /^kept/);
          if (verdict.startsWith("deleted"))
            assert.ok(versions[name]?.tags !== undefined && "aib-task-leaving" in versions[name].tags);
        }
      }),
    );
  });

  it("reads the mark that it writes", () => {
    assert.deepEqual(readMark(writeMark(now, "release/12")), { since: now, run: "release/12" });
    for (const text of [undefined, "", "build/6", "2026-99-99T00:00:00Z build/6", "2026-05-01T00:00:00Z x/6"]) {
      assert.equal(readMark(text), undefined);
    }
  });
});
