import assert from "node:assert/strict";
import fc from "fast-check";
import { catalogue } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/catalogue/index.ts";
import { diagnose, diagnoseAnywhere } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";
import { sift } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/match.ts";
import { readPassage } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/passage.ts";
import type { Finding } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";
import type { Where } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/types.ts";
import { samples } from "./samples.ts";

/** Samples that tell two causes, and why both are true. */
const both: Readonly<Record<string, readonly string[]>> = {};

const blamed = samples.filter(({ entry }) => entry.weight !== "harmless");
const harmless = samples.filter(({ entry }) => entry.weight === "harmless");
const weightOf = new Map(catalogue.map(({ id, weight }) => [id, weight]));
const causesOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ id }) => id).filter((id) => weightOf.get(id) === "cause");

function findIn(text: string, where: Where): readonly Finding[] {
  return diagnose({ text: { where, content: text } }).findings;
}

/** The lines of harmless samples that are taken out of a text of that place, as they stand together. */
function harmlessBlocks(where: Where): readonly string[] {
  const entries = catalogue.filter(({ weight }) => weight === "harmless");
  return harmless.flatMap(({ text, where: from }) => {
    if (from !== where) return [];
    const passage = readPassage(text, [where]);
    const kept = new Set(sift(passage, entries).passage.lines);
    const blocks: string[][] = [];
    let open = false;
    for (const line of passage.lines) {
      if (!kept.has(line) && !open) blocks.push([]);
      open = !kept.has(line);
      if (open) blocks.at(-1)?.push(line.raw);
    }
    return blocks.map((lines) => lines.join("\n"));
  });
}

describe("samples of failures", () => {
  for (const { id, entry, text, where } of blamed) {
    it(`give ${id} first, and no other cause`, () => {
      const findings = findIn(text, where);
      assert.equal(findings[0]?.id, id);
      const others = causesOf(findings).filter((other) => other !== id);
      assert.deepEqual(others, both[id] ?? []);
      if (entry.weight === "symptom") assert.deepEqual(causesOf(findings), []);
    });

    it(`quote ${id} as it stands in the text`, () => {
      const evidence = findIn(text, where)[0]?.evidence ?? "";
      assert.ok(evidence.trim() !== "" && text.includes(evidence), evidence);
    });

    it(`give ${id} first with the line ends of Windows, and where it is not known what the text is`, () => {
      assert.equal(findIn(text.replace(/\n/g, "\r\n"), where)[0]?.id, id);
      assert.ok(diagnoseAnywhere(text).findings.some((finding) => finding.id === id));
    });
  }
});

describe("samples of harmless lines", () => {
  for (const { id, text, where } of harmless)
    it(`are harmless: ${id}`, () => {
      assert.deepEqual(diagnose({ text: { where, content: text } }), { findings: [], harmless: true });
    });

  for (const { id, text, where } of blamed) {
    const blocks = harmlessBlocks(where);
    if (blocks.length === 0) continue;
    it(`change nothing of ${id}, wherever they stand`, () => {
      const lines = text.replace(/\n$/, "").split("\n");
      // An answer of the service is one JSON text: only before and after it is there room for another.
      const isLog = where === "customization-log" || where === "pipeline-log";
      const place = isLog ? fc.nat(lines.length) : fc.constantFrom(0, lines.length);
      const places = fc.array(fc.tuple(place, fc.constantFrom(...blocks)), { maxLength: 4 });
      fc.assert(
        fc.property(places, (insertions) => {
          const mixed = lines.flatMap((line, index) => [...blocksAt(insertions, index), line]);
          mixed.push(...blocksAt(insertions, lines.length));
          assert.equal(findIn(mixed.join("\n"), where)[0]?.id, id);
        }),
        { numRuns: 15 },
      );
    });
  }
});

function blocksAt(insertions: readonly (readonly [number, string])[], index: number): readonly string[] {
  return insertions.filter(([place]) => place === index).map(([, block]) => block);
}
