/** Forms that somebody else may have written. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseForm, requestDigest, type RequestForm } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { formOf } from "./plans.ts";

const seed = Number(process.env["FC_SEED"] ?? 20261123);
const good = formOf({
  artifactPath: "out/web",
  storageAccount: "stimages",
  steps: "- shell: make",
  enableValidation: "true",
  validationScript: "true",
  optimizeWorkload: "https://h/tune.sh",
});

type Loose = Record<string, unknown>;

const wrong: readonly (readonly [what: string, change: Loose])[] = [
  ["another version", { version: 3 }],
  ["a version as a text", { version: "2" }],
  ["a property that is not its own", { more: 1 }],
  ["a source without a type", { source: { imageId: "a" } }],
  ["a source of another type", { source: { type: "Vhd", imageId: "a" } }],
  ["a source with a type from elsewhere", { source: { type: "toString" } }],
  ["a source of two kinds", { source: { type: "ManagedImage", imageId: "a", version: "1" } }],
  ["a source of no texts", { source: { type: "ManagedImage", imageId: 1 } }],
  ["no source", { source: null }],
  ["an artifact without a digest", { artifact: { content: "x", folder: "web" } }],
  ["an artifact with more", { artifact: { content: "c".repeat(64), folder: "web", url: "x" } }],
  ["steps that are no list", { steps: {} }],
  ["a step without a type", { steps: [{}] }],
  ["a step that is a list", { steps: [["Shell"]] }],
  ["a step with a script in clear", { steps: [{ type: "Shell", inline: ["rm"] }] }],
  ["a step with a property false", { steps: [{ type: "Shell", runElevated: false }] }],
  ["a step with a property of objects", { steps: [{ type: "Shell", other: { a: 1 } }] }],
  ["a step with lists in lists", { steps: [{ type: "Shell", other: [["a"]] }] }],
  ["steps without end", { steps: Array.from({ length: 2001 }, () => ({ type: "Artifact" })) }],
  ["a text without end", { steps: [{ type: "x".repeat(65_537) }] }],
  ["a validation without validators", { validation: { continueOnFailure: false, sourceOnly: false } }],
  ["a disk of no size", { disks: { os: -1, data: [] } }],
  ["a data disk of no size", { disks: { os: 0, data: [1.5] } }],
  ["identities out of order", { identities: ["b", "a"] }],
  ["an identity twice", { identities: ["a", "a"] }],
  ["an optimisation of words", { optimize: { vmBoot: "true" } }],
  ["an optimisation by no step", { optimize: { vmBoot: true, workload: "x" } }],
  ["a definition of another kind", { definitions: [{ kind: "disk" }] }],
  ["a gallery without a definition", { definitions: [{ kind: "gallery" }] }],
  ["a VHD with a definition", { definitions: [{ kind: "vhd", id: "a" }] }],
];

describe("a form that is read", () => {
  it("is the form that was written", () => {
    assert.deepEqual(parseForm(JSON.parse(JSON.stringify(good))), good);
  });

  for (const [what, change] of wrong) {
    it(`is none with ${what}`, () => {
      assert.equal(parseForm({ ...good, ...change }), undefined);
    });
  }

  for (const name of Object.keys(good).filter((one) => one !== "artifact" && one !== "validation")) {
    it(`is none without ${name}`, () => {
      const { [name]: _, ...rest } = good as unknown as Loose;
      assert.equal(parseForm(rest), undefined);
    });
  }

  it("is none for any other JSON, and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        assert.equal(parseForm(value), undefined);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("has a digest that says all of it: whatever is changed in one place is no form, or has another digest", () => {
    const names = Object.keys(good) as (keyof RequestForm)[];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(good[name]));
        const read = parseForm({ ...good, [name]: value });
        assert.ok(read === undefined || requestDigest(read) !== requestDigest(good));
      }),
      { seed, numRuns: 500 },
    );
  });
});
