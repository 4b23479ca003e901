import assert from "node:assert/strict";
import {
  catalogue,
  toldInDebugLines,
  topics,
} from "../../../tasks/AzureImageBuilderV1/src/diagnosis/catalogue/index.ts";
import { judgeRegex } from "./regex-cost.ts";
import { listSamples } from "./samples.ts";

/** Tries of one pattern from one place of a text; times the places of a million characters it is still no wait. */
const mostWays = 5000;

const adversarial = 1_000_000;
const runs: Readonly<Record<string, (size: number) => string>> = {
  letters: (size) => "a".repeat(size),
  blanks: (size) => " ".repeat(size),
  "line ends": (size) => "\n".repeat(size),
  quotes: (size) => "'\"".repeat(size / 2),
  backslashes: (size) => "\\".repeat(size),
  digits: (size) => "1".repeat(size),
};

describe("the catalogue of known failures", () => {
  it("names every failure once, by its topic", () => {
    const ids = catalogue.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const id of ids) assert.match(id, /^[a-z]+\d*(?:-[a-z0-9]+)+$/);
  });

  for (const [topic, entries] of Object.entries(topics)) {
    it(`has a sample of every failure of ${topic}, and says where it was read`, () => {
      const listed = listSamples(topic);
      assert.deepEqual(listed.map(({ id }) => id).sort(), entries.map(({ id }) => id).sort());
      for (const { id, source } of listed)
        assert.match(source, /^https:\/\/|^corpus \d\d|\bwire\b|^public repository document/, id);
    });
  }

  it("tells cause and remedy of each in sentences, with a link, and commands that az knows by form", () => {
    for (const { id, cause, remedy, command, link } of catalogue) {
      for (const text of [cause, remedy]) {
        assert.match(text, /[.)`]$/, id);
        assert.ok(text.length >= 10 && text.length <= 400, `${id}: ${text.length} characters`);
      }
      assert.match(link, /^https:\/\//, id);
      if (command !== undefined) assert.match(command, /^az [a-z]/, id);
    }
  });

  it("looks in the debug log only for failures that it has", () => {
    const ids = new Set(catalogue.map(({ id }) => id));
    assert.deepEqual(
      [...toldInDebugLines].filter((id) => !ids.has(id)),
      [],
    );
  });
});

describe("the catalogue's patterns", () => {
  const patterns = catalogue.flatMap(({ id, patterns, unless }) =>
    [...patterns, ...(unless ?? [])].map((pattern) => ({ id, pattern })),
  );

  for (const { id, pattern } of patterns)
    it(`cannot be made to run away: ${id} ${pattern.source.slice(0, 60)}`, () => {
      assert.doesNotMatch(pattern.flags, /[gy]/, "keeps a place between two texts");
      const { ways, faults } = judgeRegex(pattern);
      assert.deepEqual(faults, []);
      assert.ok(ways <= mostWays, `${ways} ways`);
    });

  for (const [name, make] of Object.entries(runs))
    it(`match nothing in a million ${name}, and come to an end`, () => {
      const text = make(adversarial);
      assert.deepEqual(
        patterns.filter(({ pattern }) => pattern.test(text)).map(({ id }) => id),
        [],
      );
    });
});

describe("the judgement of patterns", () => {
  const table: readonly (readonly [RegExp, string])[] = [
    [/a(?:b\s+c)?\s+[^:]+:/, "\\s without end, and what follows matches the same"],
    [/x.*y.*z/, ". without end, and what follows matches the same"],
    [/[^"]+"/, 'begins with [^"], which many places match'],
  ];
  for (const [pattern, fault] of table)
    it(`finds the fault of ${pattern.source}`, () => {
      assert.ok(judgeRegex(pattern).faults.includes(fault), judgeRegex(pattern).faults.join("; "));
    });

  it("counts what bounded quantifiers may try again, and lets clear ones be", () => {
    assert.deepEqual(judgeRegex(/a[^\n]{0,9}b[\s\S]{0,99}c/), { ways: 1000, faults: [] });
    assert.deepEqual(judgeRegex(/name '[^'\n]+'\s+gone/), { ways: 1, faults: [] });
  });

  it("refuses groups that repeat without end", () => {
    assert.throws(() => judgeRegex(/(?:a+)+b/), /more than five times/);
  });
});
