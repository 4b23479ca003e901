/**
 * Any valid step gives a template that the strict schema takes, that keeps the service's other rules and that the
 * emulator accepts; any invalid one gives errors that name what is wrong, and no template. The cases are made from the
 * service's rules: the task's own registries are not asked. `FC_SEED` sets the seed, which a failure prints.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { build, signature } from "./any-inputs/build.ts";
import { type Case, validCases } from "./any-inputs/cases.ts";
import { openService, type Service } from "./any-inputs/emulator.ts";
import { inputMistakes, type Mistake, planMistakes } from "./any-inputs/mistakes.ts";
import { brokenRules } from "./any-inputs/rules.ts";
import { schemaFaults } from "./golden.ts";

const seed = Number(process.env["FC_SEED"] ?? 20261123);

describe("any step", () => {
  it("that is valid gives a template that the schema and the service's other rules take", () => {
    fc.assert(
      fc.property(validCases, (one) => {
        const { template, apiVersion } = build(one);
        assert.deepEqual(schemaFaults(JSON.parse(JSON.stringify(template)), apiVersion), []);
        assert.deepEqual(brokenRules(template, apiVersion), []);
        assert.ok(!describeTemplate(template).includes(signature));
      }),
      { seed, numRuns: 500 },
    );
  });

  describe("at the emulator", () => {
    let service: Service;
    before(async () => {
      service = await openService();
    });
    after(() => service.close());

    it("gives a template that is accepted", async () => {
      await fc.assert(
        fc.asyncProperty(validCases, async (one) => {
          const { template, apiVersion } = build(one);
          const answer = await service.put(template, apiVersion);
          assert.equal(answer.status, 201, answer.text);
        }),
        { seed, numRuns: 150 },
      );
    });
  });

  it("that is wrong names each mistake, with what is legal, and gives no template", () => {
    const some = fc.uniqueArray(fc.constantFrom(...inputMistakes), {
      minLength: 1,
      maxLength: 4,
      selector: ({ part }) => part,
    });
    fc.assert(
      fc.property(validCases, some, (one, mistakes) => assertNamed(one, mistakes)),
      { seed, numRuns: 500 },
    );
  });

  const [anyCase] = fc.sample(validCases, { seed, numRuns: 1 });
  for (const mistake of inputMistakes) {
    it(`is refused for a mistake of ${nameOf(mistake)}`, () => {
      assert.ok(anyCase !== undefined);
      assertNamed(anyCase, [mistake]);
    });
  }

  for (const os of ["linux", "windows"] as const) {
    const cases = validCases.filter((one) => one.os === os);
    for (const mistake of planMistakes(os)) {
      it(`for ${os} is refused for a mistake of ${nameOf(mistake)}`, () => {
        fc.assert(
          fc.property(cases, (one) => assertNamed(withoutOverrides(one), [mistake])),
          { seed, numRuns: 10 },
        );
      });
    }
  }
});

function nameOf({ input, code, changes }: Mistake): string {
  return `${input}, ${code}: ${(changes[input] ?? "").split("\n", 1)[0] ?? ""}`.slice(0, 110);
}

function withoutOverrides(one: Case): Case {
  return { ...one, inputs: { ...one.inputs, templateOverrides: "" } };
}

/** The case with mistakes gives an error for each, and every error says its code, its input and what is legal. */
function assertNamed(one: Case, mistakes: readonly Mistake[]): void {
  const inputs = mistakes.reduce((texts, { changes }) => ({ ...texts, ...changes }), one.inputs);
  assert.throws(
    () => build({ ...one, inputs }),
    (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      const named = error.problems.map(({ input, code }) => `${input} ${code}`);
      for (const { input, code } of mistakes) {
        assert.ok(named.includes(`${input} ${code}`), `${input} ${code} is not among ${named.join(", ")}`);
      }
      for (const { code, input, legal, message } of error.problems) {
        assert.match(code, /^AIB1\d\d$/);
        assert.ok(legal !== "" && message.includes(input) && message.includes("Legal: "), message);
      }
      return true;
    },
  );
}
