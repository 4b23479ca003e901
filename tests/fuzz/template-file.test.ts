/** Whatever a template file or its parameters hold, the step is planned or refused with its faults by name. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { checkOverrides } from "../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { templateOf } from "../unit/plan/template-of.ts";
import { readTemplateFile } from "../../tasks/AzureImageBuilderV1/src/template-file/read.ts";
import type { Json } from "../golden/any-inputs/tree.ts";
import { schemaFaults } from "../golden/golden.ts";
import { agentOf, identity } from "../unit/inputs/step.ts";
import { factsOf } from "../unit/plan/facts.ts";
import { assertHarmless, assertInputError } from "./errors.ts";
import { mutations } from "./json.ts";
import { inTime, longestKind, runs, tryMany } from "./settings.ts";
import { anyText, nearly } from "./texts.ts";

const folder = join(import.meta.dirname, "../golden/templates-corpus");
const files = readdirSync(folder).filter((file) => file.endsWith(".json") && !file.endsWith(".expected.json"));
const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
const trees = texts.map((text) => parse(text) as Json);
const inputs = {
  azureSubscription: "connection",
  resourceGroup: "rg-images",
  location: "westeurope",
  managedIdentity: identity,
};

/** Reads a file and plans the step as far as it goes. */
function plan(text: string, parameters?: { readonly text: string; readonly file?: string }): void {
  const surroundings = {
    subscriptionId: "11111111-2222-4333-8444-555555555555",
    resourceGroup: "rg-images",
    groupLocation: "westeurope",
    now: new Date("2026-11-23T10:00:00Z"),
  };
  const reading = readTemplateFile({ text, file: "image.json", parameters, surroundings, replaced: [] });
  try {
    const checked = checkOverrides(
      planBuild(parseInputs(agentOf({ ...inputs, templateFile: "image.json" }), reading), factsOf()),
    );
    for (const { message } of checked.notes) assertHarmless(message);
    const template = templateOf(checked, undefined);
    describeTemplate(template);
    assert.deepEqual(schemaFaults(JSON.parse(JSON.stringify(template)), checked.apiVersion), []);
  } catch (error) {
    assertInputError(error);
  }
}

/** Few characters that ask for much, and calls at the edge of what functions take. */
const calls = [
  "[range(0, 2147483647)]",
  "[range(9007199254740991, 3)]",
  "[padLeft('a', 2147483647, 'b')]",
  "[padLeft('a', -1)]",
  "[string(range(0, 9999))]",
  "[reduce(range(0, 64), 'a', lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))]",
  "[reduce(range(0, 40), createArray(1), lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))]",
  "[map(range(0, 9999), lambda('x', map(range(0, 9999), lambda('y', lambdaVariables('x')))))]",
  "[join(map(range(0, 9999), lambda('x', string(range(0, 9999)))), '')]",
  "[replace(padLeft('', 9999, 'a'), 'a', padLeft('', 9999, 'b'))]",
  "[substring('abc', -1, 99999999999)]",
  "[div(1, 0)]",
  "[mod(1, 0)]",
  "[mul(9007199254740993, 9007199254740993)]",
  "[int('9999999999999999999999')]",
  "[json('{')]",
  '[json(\'{"__proto__": {"a": 1}}\').a]',
  "[createObject('__proto__', createObject('a', 1)).a]",
  "[parameters('__proto__')]",
  "[variables('constructor')]",
  "[constructor('a')]",
  "[base64ToString('!!!')]",
  "[uriComponentToString('%')]",
  "[uri('a', 'b')]",
  "[format('{0}{999999999}', 'a')]",
  "[format('{0,2147483647}', 'a')]",
  "[dateTimeAdd('x', 'P99999999999Y')]",
  "[utcNow('yyyyyyyyyyyyyyyyyyyyyyyy')]",
  "[guid('a')]",
  "[split('aaa', '')]",
  "[first('')]",
  "[take(createArray(), 99999999999)]",
  "[skip('abc', -99999999999)]",
  "[lambda('x')]",
  "[lambdaVariables('x')]",
  "['it''s']",
  "['",
  "[]",
  "[ ]",
];

/** An expression in as many arguments and levels as it takes. */
const expression = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("concat(", "not(", "if(true,", "map(range(0,9),lambda('x',", "[", "("),
      fc.constantFrom(10, 5_000),
    )
    .map(([part, count]) => `[${part.repeat(count)}`),
  fc
    .tuple(fc.constantFrom("concat", "not", "string", "createArray"), fc.constantFrom(10, 3_000))
    .map(([name, depth]) => `[${`${name}(`.repeat(depth)}'a'${")".repeat(depth)}]`),
  nearly(fc.constantFrom(...calls.filter((text) => !/reduce|map|9{4}/.test(text)))),
  anyText.map((text) => `[${text}]`),
  anyText.map((text) => `[concat('${text}')]`),
);

const deployment = (value: string): string =>
  JSON.stringify({
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    parameters: { given: { type: "string", defaultValue: value } },
    variables: { one: value, two: "[variables('one')]" },
    resources: [
      {
        type: "Microsoft.VirtualMachineImages/imageTemplates",
        apiVersion: "2024-02-01",
        name: "[parameters('given')]",
        location: "westeurope",
        identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
        tags: { [value]: "a", b: "[variables('two')]" },
        properties: {
          source: { type: "PlatformImage", publisher: "p", offer: value, sku: "s", version: "latest" },
          distribute: [{ type: "VHD", runOutputName: "vhd" }],
        },
      },
    ],
  });

const given = fc.oneof(
  nearly(
    fc.constantFrom(
      "managedIdentityId: x\nlocation: westeurope",
      '{"parameters": {"location": {"value": "westeurope"}}}',
      '{"location": "westeurope"}',
    ),
  ),
  anyText,
);

describe("a bad template file", function () {
  this.timeout(longestKind);
  it("whose values are others is refused by name, or makes a template all the same", () => {
    tryMany(fc.tuple(fc.constantFrom(...trees), mutations(4)), ([tree, change]) =>
      plan(JSON.stringify(change(tree), undefined, 1)),
    );
  });

  it("whose text is broken is refused by name, or makes a template all the same", () => {
    tryMany(
      fc.oneof({ arbitrary: nearly(fc.constantFrom(...texts)), weight: 3 }, { arbitrary: anyText, weight: 1 }),
      (text) => plan(text),
    );
  });

  it("with any expression is refused by name, or makes a template all the same", () => {
    tryMany(expression, (text) => plan(deployment(text)));
  });

  for (const text of calls) {
    it(`with ${text.slice(0, 60)} is refused by name, or makes a template all the same`, () => {
      inTime(() => plan(deployment(text)));
    });
  }

  it("with any parameters is refused by name, or makes a template all the same", () => {
    const file = fc.constantFrom({}, { file: "values.json" });
    tryMany(fc.tuple(fc.constantFrom(...texts), given, file), ([text, parameters, where]) =>
      plan(text, { text: parameters, ...where }),
    );
  });

  it("that is long takes no long time", () => {
    const length = runs >= 10_000 ? 4_000_000 : 200_000;
    for (const part of ["[", "{", '{"a":', "[1,", '"', "/", "/*", "//", " ", "\n", "a", "\\", '{"resources":[']) {
      inTime(() => plan(part.repeat(Math.ceil(length / part.length))));
    }
    for (const part of ["(", "concat(", "'", "a.", "[0]", " ", "a[", "1,", "-"]) {
      inTime(() => plan(deployment(`[${part.repeat(Math.ceil(length / 10 / part.length))}]`)));
    }
  });
});
