/** Numbers of gallery versions that the step chooses, and what is said of `latest`. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { rememberVersions } from "../../../tasks/AzureImageBuilderV1/src/facts/remember.ts";
import { refuseTakenVersions } from "../../../tasks/AzureImageBuilderV1/src/facts/taken-versions.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import type { GalleryVersionFacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { draftTemplate } from "../../../tasks/AzureImageBuilderV1/src/template/draft.ts";
import { portsOf } from "../facts/world.ts";
import { agentOf, definition, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

type Version = Partial<GalleryVersionFacts> & Pick<GalleryVersionFacts, "name">;

function versionsOf(versions: readonly Version[]): readonly GalleryVersionFacts[] {
  return versions.map((one) => ({
    provisioningState: "Succeeded",
    excludeFromLatest: false,
    regions: ["westeurope"],
    tags: {},
    ...one,
  }));
}

function planOf(inputs: StepInputs, versions: readonly Version[] | undefined): BuildPlan {
  const target = { definitionLocation: "westeurope", ...(versions && { versions: versionsOf(versions) }) };
  return planBuild(parseInputs(agentOf(step(inputs))), factsOf({ target, otherTargets: [target] }));
}

function numbersOf({ target, otherTargets }: BuildPlan): readonly string[] {
  return [target, ...otherTargets].map((one) =>
    one.kind === "gallery" ? (one.galleryImageId.split("/versions/")[1] ?? "") : "",
  );
}

function numberOf(galleryVersion: string, versions: readonly Version[]): string | undefined {
  return numbersOf(planOf({ galleryVersion }, versions))[0];
}

function noteOf(inputs: StepInputs, versions: readonly Version[] | undefined): string | undefined {
  return planOf(inputs, versions).notes.find(({ code }) => code === "AIB221")?.message;
}

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ input, code, message }) => `${input} ${code} ${message}`);
  }
}

const template = "aib-of-this-step";
const own = { "aib-task-run": "build/1042", "aib-task-template": template };

describe("the number of a gallery version", () => {
  it("is the next of its pattern, whatever has become of the versions before", () => {
    const there = [{ name: "1.2.9" }, { name: "1.2.10", provisioningState: "Failed" }, { name: "1.3.0" }];
    assert.equal(numberOf("1.2.{next}", there), "1.2.11");
  });

  it("stands in the template as a version's ID, and the service numbers nothing", () => {
    const [gallery] = draftTemplate(planOf({ galleryVersion: "1.2.{next}" }, [])).properties.distribute;
    assert.ok(gallery?.type === "SharedImage" && gallery.versioning === undefined);
    assert.equal(gallery.galleryImageId, `${definition}/versions/1.2.0`);
  });

  it("has the date on which the pipeline run began, in UTC, on whatever day the attempt is made", () => {
    const run = { ...factsOf().run, startedAt: new Date("2026-11-22T23:59:00-01:00") };
    const target = { definitionLocation: "westeurope", versions: [] };
    const facts = factsOf({ run, target, now: new Date("2026-11-25T00:00:00Z") });
    const inputs = parseInputs(agentOf(step({ galleryVersion: "{yyyy}.{MMdd}.{next}" })));
    assert.deepEqual(numbersOf(planBuild(inputs, facts)), ["2026.1123.0"]);
  });

  it("has today's date where the agent does not say when the run began", () => {
    assert.equal(numberOf("{yyyy}.{MMdd}.{next}", []), "2026.1123.0");
  });

  it("cannot be told without the list of versions, where it is the next", () => {
    const [problem = ""] = problemsOf(() => planOf({ galleryVersion: "1.2.{next}" }, undefined));
    assert.match(problem, /^galleryVersion AIB131 .*may not list the versions/);
    assert.deepEqual(numbersOf(planOf({ galleryVersion: "1.{yyyy}.{MMdd}" }, undefined)), ["1.2026.1123"]);
  });

  it("is refused where a build number makes none", () => {
    const [problem = ""] = problemsOf(() => planOf({ galleryVersion: "1.{build}" }, []));
    assert.match(problem, /^galleryVersion AIB122 .*build number is not known here/);
  });

  it("is refused at the end of the numbers", () => {
    const [problem = ""] = problemsOf(() => planOf({ galleryVersion: "1.2.{next}" }, [{ name: "1.2.2147483647" }]));
    assert.match(problem, /^galleryVersion AIB122 .*at their end/);
  });

  it("is another for each of several targets of one definition", () => {
    const target = `{ image: ${definition}, version: "1.2.{next}" }`;
    const targets = `- gallery: ${target}\n- gallery: ${target}`;
    const inputs = { targetType: "several", galleryImage: "", targets };
    assert.deepEqual(numbersOf(planOf(inputs, [{ name: "1.2.4" }])), ["1.2.5", "1.2.6"]);
  });
});

describe("a second attempt's number", () => {
  const again = (versions: readonly Version[]): string | undefined =>
    numbersOf(planOf({ galleryVersion: "1.2.{next}", templateName: template }, versions))[0];
  const cases: readonly (readonly [title: string, version: Omit<Version, "name">, number: string])[] = [
    ["is that of the image it has made", { tags: own }, "1.2.5"],
    ["is that of the image that is still being made", { tags: own, provisioningState: "Creating" }, "1.2.5"],
    ["is that of the image whose tags are written in another case", { tags: { "AIB-Task-Run": "build/1042", "aib-task-TEMPLATE": template } }, "1.2.5"],
    ["is free where its image has failed", { tags: own, provisioningState: "Failed" }, "1.2.8"],
    ["is free where the image is another run's", { tags: { ...own, "aib-task-run": "build/1041" } }, "1.2.8"],
    ["is free where the image is another step's", { tags: { ...own, "aib-task-template": "aib-2" } }, "1.2.8"],
    ["is free where the image bears no tags", {}, "1.2.8"],
  ]; // prettier-ignore
  for (const [title, version, number] of cases) {
    it(title, () => {
      assert.equal(again([{ name: "1.2.7" }, { name: "1.2.5", ...version }]), number);
    });
  }

  it("is not taken from an image of another pattern", () => {
    assert.equal(again([{ name: "1.3.5", tags: own }]), "1.2.0");
  });

  it("is a given one although its image is there", () => {
    const versions = [{ name: "1.4.0", tags: own }];
    assert.deepEqual(numbersOf(planOf({ galleryVersion: "1.4.0", templateName: template }, versions)), ["1.4.0"]);
  });
});

describe("what `latest` will mean", () => {
  const higher = [{ name: "1.9.0" }, { name: "2.0.0" }];
  const cases: readonly (readonly [title: string, StepInputs, versions: readonly Version[], note: RegExp | undefined])[] = [
    ["the new version, where it is the highest", { galleryVersion: "2.{next}.0" }, [{ name: "1.9.0" }], /gets the number 2\.0\.0, and `latest` will mean it\.$/],
    ["the new version, where there is no other", { galleryVersion: "1.0.0" }, [], /gets the number 1\.0\.0, and `latest` will mean it\.$/],
    ["the new version, where a higher one is excluded", { galleryVersion: "1.10.0" }, [{ name: "2.0.0", excludeFromLatest: true }], /and `latest` will mean it/],
    ["the new version, where a higher one is past its end of life", { galleryVersion: "1.10.0" }, [{ name: "2.0.0", endOfLife: new Date("2026-01-01") }], /and `latest` will mean it/],
    ["a higher one, by number", { galleryVersion: "1.{next}.0" }, [{ name: "1.9.0" }, { name: "10.0.0" }], /1\.10\.0; `latest` will go on meaning 10\.0\.0, which is higher\.$/],
    ["what it means now, with excludeFromLatest", { galleryVersion: "3.0.0", excludeFromLatest: "true" }, higher, /3\.0\.0; `latest` will mean 2\.0\.0, as it does now, because excludeFromLatest is set\.$/],
    ["nothing, with excludeFromLatest alone", { galleryVersion: "3.0.0", excludeFromLatest: "true" }, [], /`latest` will mean nothing, since no other version counts/],
    ["not said where the version is there", { galleryVersion: "2.0.0" }, higher, undefined],
    ["not said where the service numbers", {}, higher, undefined],
  ]; // prettier-ignore
  for (const [title, inputs, versions, note] of cases) {
    it(`is ${title}`, () => {
      const said = noteOf(inputs, versions);
      if (note === undefined) assert.equal(said, undefined);
      else assert.match(said ?? "", note);
    });
  }

  it("is not said where the versions could not be read", () => {
    assert.equal(noteOf({ galleryVersion: "1.4.0" }, undefined), undefined);
    assert.equal(
      noteOf({ galleryVersion: "1.{yyyy}.0" }, undefined),
      "A version that is built now gets the number 1.2026.0.",
    );
  });
});

describe("a number that is taken", () => {
  const refused = (galleryVersion: string, versions: readonly Version[]): readonly string[] =>
    problemsOf(() =>
      refuseTakenVersions(draftTemplate(planOf({ galleryVersion }, [])).properties.distribute, {
        versions: new Map([[definition.toLowerCase(), versionsOf(versions)]]),
        managed: new Map(),
      }),
    );
  for (const provisioningState of ["Succeeded", "Failed", "Creating", "Deleting"]) {
    it(`is refused where the version is ${provisioningState}`, () => {
      const [problem = ""] = refused("1.4.0", [{ name: "1.4.0", provisioningState }]);
      assert.match(problem, /^galleryVersion AIB122 .*has a version 1\.4\.0 already/);
      assert.ok(problem.includes(`(${provisioningState})`) && problem.includes("1.4.{next}"));
    });
  }

  it("is found by number, however it is written", () => {
    assert.equal(refused("1.4.0", [{ name: "1.04.0" }]).length, 1);
  });

  it("is no other version's, and none where the service numbers", () => {
    assert.deepEqual(refused("1.4.0", [{ name: "1.4.1" }]), []);
    assert.deepEqual(refused("Latest 1", [{ name: "1.4.1" }]), []);
  });
});

describe("the versions of a definition", () => {
  it("are read once, however its ID is written, and again after a failure", async () => {
    const reads: string[] = [];
    const { facts } = portsOf({
      reader: {
        galleryVersions: async (id) => {
          reads.push(id);
          if (reads.length === 1) throw new Error("down");
          return [];
        },
      },
    });
    const reader = rememberVersions(facts);
    await assert.rejects(reader.galleryVersions(definition));
    await reader.galleryVersions(definition);
    await reader.galleryVersions(definition.toUpperCase());
    await reader.galleryVersions(`${definition}2`);
    assert.deepEqual(reads, [definition, definition, `${definition}2`]);
  });
});
