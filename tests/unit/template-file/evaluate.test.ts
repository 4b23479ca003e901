/** Expressions: values by documented meaning, errors with their place, and nothing else thrown. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ExpressionError } from "../../../tasks/AzureImageBuilderV1/src/template-file/expression/errors.ts";
import { evaluate, type Names } from "../../../tasks/AzureImageBuilderV1/src/template-file/expression/evaluate.ts";
import {
  isExpression,
  parseExpression,
  unescapeLiteral,
} from "../../../tasks/AzureImageBuilderV1/src/template-file/expression/parse.ts";
import type { Json } from "../../../tasks/AzureImageBuilderV1/src/template-file/nodes.ts";

const subscription = "11111111-2222-4333-8444-555555555555";
const known: Readonly<Record<string, Json>> = {
  text: "Web",
  empty: "",
  number: 7,
  list: ["a", "b"],
  image: { type: "PlatformImage", Publisher: "Canonical" },
  nothing: null,
};

const names = (inDefault = false): Names => ({
  parameter: (name, at) => {
    if (Object.hasOwn(known, name)) return known[name] ?? null;
    throw new ExpressionError(`no ${name}`, at);
  },
  variable: (name) => `value of ${name}`,
  surroundings: {
    subscriptionId: subscription,
    resourceGroup: "rg",
    groupLocation: "westeurope",
    tenantId: "tenant",
    now: new Date("2026-11-23T10:05:09.123Z"),
  },
  inDefault,
});

const valueOf = (text: string, inDefault = false): Json => evaluate(parseExpression(`[${text}]`), names(inDefault));
const group = `/subscriptions/${subscription}/resourceGroups/rg`;

const values: readonly (readonly [text: string, value: Json])[] = [
  ["'it''s'", "it's"],
  [" -12 ", -12],
  ["parameters('text')", "Web"],
  ["PARAMETERS('text')", "Web"],
  ["variables('x')", "value of x"],
  ["concat('a', parameters('text'), 3)", "aWeb3"],
  ["concat(createArray(1), createArray('x', 2))", [1, "x", 2]],
  ["format('{0}-{1}-{0}', 'a', 5)", "a-5-a"],
  ["format('{{0}}{0}', true())", "{0}True"],
  ["toLower('AbC')", "abc"],
  ["toUpper('AbC')", "ABC"],
  ["trim('  a b ')", "a b"],
  ["replace('a.b.c', '.', '$&')", "a$&b$&c"],
  ["split('a,b;c', createArray(',', ';'))", ["a", "b", "c"]],
  ["split('a/b', '/')", ["a", "b"]],
  ["join(createArray('a', 1), '-')", "a-1"],
  ["substring('abcdef', 2)", "cdef"],
  ["substring('abcdef', 2, 3)", "cde"],
  ["padLeft(7, 3, '0')", "007"],
  ["startsWith('Hello', 'hE')", true],
  ["endsWith('Hello', 'LO')", true],
  ["indexOf('Hello', 'L')", 2],
  ["lastIndexOf('Hello', 'L')", 3],
  ["base64('ä')", "w6Q="],
  ["base64ToString('w6Q=')", "ä"],
  ["uriComponent('a b/c')", "a%20b%2Fc"],
  ["string(createObject('a', 1))", '{"a":1}'],
  ["string(12)", "12"],
  ["int('12')", 12],
  ["bool('TRUE')", true],
  ["bool(0)", false],
  ["json('{\"a\":[1]}').a[0]", 1],
  ["if(equals(1, 1), 'yes', parameters('unknown'))", "yes"],
  ["if(false(), parameters('unknown'), 'no')", "no"],
  ["not(and(true(), or(false(), false())))", true],
  ["equals('a', 'A')", false],
  ["equals(createArray(1, 'a'), createArray(1, 'a'))", true],
  ["equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1))", true],
  ["less(1, 2)", true],
  ["greaterOrEquals('b', 'a')", true],
  ["coalesce(null(), parameters('nothing'), 3)", 3],
  ["coalesce(null())", null],
  ["add(1, mul(2, 3))", 7],
  ["div(-7, 2)", -3],
  ["mod(7, 3)", 1],
  ["sub(1, 2)", -1],
  ["min(3, 1, 2)", 1],
  ["max(createArray(3, 1))", 3],
  ["empty(parameters('empty'))", true],
  ["empty(null())", true],
  ["empty(createObject())", true],
  ["empty(parameters('text'))", false],
  ["length(parameters('list'))", 2],
  ["length(parameters('image'))", 2],
  ["contains('Hello', 'hell')", false],
  ["contains(parameters('image'), 'PUBLISHER')", true],
  ["contains(parameters('list'), 'A')", false],
  ["first(parameters('list'))", "a"],
  ["last('abc')", "c"],
  ["first(createArray())", null],
  ["take('abc', 2)", "ab"],
  ["skip(parameters('list'), 1)", ["b"]],
  ["range(3, 2)", [3, 4]],
  ["array('a')", ["a"]],
  ["array(createArray('a'))", ["a"]],
  ["union(createArray('a', 'b'), createArray('b', 'c'))", ["a", "b", "c"]],
  ["union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)))", { a: { x: 1, y: 2 } }],
  ["shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', 2)))", { a: 2 }],
  ["intersection(createArray('a', 'b'), createArray('b'))", ["b"]],
  ["objectKeys(createObject('b', 1, 'a', 2))", ["a", "b"]],
  ["createObject('__proto__', 1)['__proto__']", 1],
  ["tryGet(parameters('image'), 'type')", "PlatformImage"],
  ["tryGet(parameters('image'), 'sku', 'deeper')", null],
  ["tryGet(parameters('list'), 5)", null],
  ["parameters('image').publisher", "Canonical"],
  ["parameters('list')[1]", "b"],
  ["parameters('image')['type']", "PlatformImage"],
  ["map(parameters('list'), lambda('x', 'i', concat(lambdaVariables('x'), lambdaVariables('i'))))", ["a0", "b1"]],
  ["filter(range(0, 4), lambda('n', greater(lambdaVariables('n'), 1)))", [2, 3]],
  ["reduce(range(1, 3), 0, lambda('all', 'n', add(lambdaVariables('all'), lambdaVariables('n'))))", 6],
  ["subscription().subscriptionId", subscription],
  ["subscription().id", `/subscriptions/${subscription}`],
  ["subscription().tenantId", "tenant"],
  ["tenant().tenantId", "tenant"],
  ["resourceGroup().location", "westeurope"],
  ["resourceGroup().id", group],
  ["resourceId('Microsoft.Compute/images', 'i')", `${group}/providers/Microsoft.Compute/images/i`],
  [
    "resourceId('other', 'Microsoft.Compute/galleries/images', 'g', 'd')",
    `/subscriptions/${subscription}/resourceGroups/other/providers/Microsoft.Compute/galleries/images/g/d`.replace(
      "images/g/d",
      "g/images/d",
    ),
  ],
  [
    "resourceId('99999999-2222-4333-8444-555555555555', 'other', 'Microsoft.Compute/images', 'i')",
    "/subscriptions/99999999-2222-4333-8444-555555555555/resourceGroups/other/providers/Microsoft.Compute/images/i",
  ],
  [
    "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')",
    `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/r`,
  ],
  ["tenantResourceId('Microsoft.A/b', 'c')", "/providers/Microsoft.A/b/c"],
  ["extensionResourceId('/x', 'Microsoft.A/b', 'c')", "/x/providers/Microsoft.A/b/c"],
];

const faults: readonly (readonly [text: string, message: RegExp, offset: number])[] = [
  ["", /ends too early/, 1],
  ["concat('a'", /`,` is expected/, 11],
  ["'a", /does not end/, 1],
  ["1.5", /not a whole number/, 1],
  ["text", /followed by no/, 1],
  ["my.fn()", /functions of the template's own/, 1],
  ["concat('a') 'b'", /`b` is not expected/, 13],
  ["concat('a', #)", /`#` means nothing/, 13],
  ["concat()", /0 arguments are given, and it takes at least 1/, 1],
  ["toLower(3)", /argument 1 is int, and a string is expected/, 9],
  ["concat('a', createArray())", /argument 1 is string, and an array is expected/, 8],
  ["if('true', 1, 2)", /argument 1 is string, and a bool is expected/, 4],
  ["add(1, 'a')", /argument 2 is string/, 8],
  ["div(1, 0)", /division by zero/, 8],
  ["substring('abc', 2, 9)", /has 3 characters only/, 18],
  ["format('{1}', 'a')", /no argument for \{1\}/, 8],
  ["format('{0:D3}', 1)", /not supported/, 8],
  ["json('{')", /not JSON/, 6],
  ["int('x')", /not a whole number/, 5],
  ["parameters('list')[2]", /2 elements, and none at 2/, 20],
  ["parameters('image').publishr", /no property `publishr` \(did you mean `Publisher`\?\)/, 21],
  ["parameters('text').x", /does not lead into string/, 20],
  ["subscription().displayName", /no property `displayName`/, 16],
  ["toLowr('a')", /no function toLowr \(did you mean `toLower`\?\)/, 1],
  ["reference('x').y", /reference is not evaluated here: it needs the answer of a deployment/, 1],
  ["listKeys('x', '2020-01-01')", /listKeys is not evaluated here: it reads secrets/, 1],
  ["uniqueString('a')", /uniqueString is not evaluated here/, 1],
  ["guid('a')", /guid is not evaluated here/, 1],
  ["newGuid()", /newGuid is not evaluated here/, 1],
  ["copyIndex()", /copyIndex is not evaluated here: copy loops/, 1],
  ["deployment().name", /deployment is not evaluated here/, 1],
  ["utcNow()", /default of a parameter only/, 1],
  ["lambdaVariables('x')", /no lambda variable `x`/, 17],
  ["lambda('x', 1)", /argument of map, filter and reduce only/, 1],
  ["map(parameters('list'), 1)", /argument 2 is no lambda/, 25],
  ["resourceId('Microsoft.Compute/images')", /1 arguments are given/, 1],
  ["resourceId('Microsoft.Compute/images', 'a', 'b')", /and 2 names do not go together/, 12],
  ["resourceId('a', 'b')", /no resource type/, 12],
  ["createObject('a')", /in pairs/, 1],
  ["range(0, 20000)", /from 0 to 10000/, 10],
  [`${"not(".repeat(150)}true()${")".repeat(150)}`, /nested too deeply/, 405],
];

describe("expressions of deployment templates", () => {
  for (const [text, value] of values) {
    it(`${text} is ${JSON.stringify(value)}`, () => assert.deepEqual(valueOf(text), value));
  }

  for (const [text, message, offset] of faults) {
    it(`${text.slice(0, 60)} is refused at its place`, () => {
      assert.throws(
        () => valueOf(text),
        (error) => error instanceof ExpressionError && message.test(error.message) && error.offset === offset,
      );
    });
  }

  const times: readonly (readonly [format: string, written: string])[] = [
    ["", "20261123T100509Z"],
    ["'yyyy-MM-dd'", "2026-11-23"],
    ["'yyyyMMddHHmmss'", "20261123100509"],
    ["'u'", "2026-11-23 10:05:09Z"],
    ["'d'", "11/23/2026"],
  ];
  for (const [format, written] of times) {
    it(`utcNow(${format}) in a default is ${written}`, () => assert.equal(valueOf(`utcNow(${format})`, true), written));
  }

  it("refuses formats of time it does not know", () => {
    assert.throws(() => valueOf("utcNow('dddd')", true), ExpressionError);
  });

  it("tells expressions from texts that begin with a bracket", () => {
    assert.deepEqual(["[a]", "[[a]", "[a", "a]", "[[a]]"].map(isExpression), [true, false, false, false, false]);
    assert.deepEqual(["[[a]", "[a", "a"].map(unescapeLiteral), ["[a]", "[a", "a"]);
  });

  it("throws nothing but its own error, whatever the text", () => {
    const words = fc.constantFrom(
      ...[
        "concat",
        "if",
        "map",
        "lambda",
        "lambdaVariables",
        "json",
        "format",
        "split",
        "parameters",
        "union",
        "range",
      ],
      ...["resourceId", "tryGet", "substring", "padLeft", "utcNow", "(", ")", "[", "]", ",", ".", "'a'", "'{0}'", "''"],
      ...["true()", "null()", "-1", "999999999999999999", "createArray()", "createObject('a', 1)", " ", "'\uD800'"],
    );
    const texts = fc.oneof(
      fc.array(words, { maxLength: 30 }).map((parts) => parts.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), (text, inDefault) => {
        try {
          JSON.stringify(valueOf(text, inDefault));
        } catch (error) {
          if (!(error instanceof ExpressionError)) throw error;
          assert.ok(error.offset >= 0 && error.offset <= text.length + 2);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
