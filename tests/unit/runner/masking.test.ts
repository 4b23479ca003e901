/** Agent contract, section 3.6: what is masked, and what is not. */
import assert from "node:assert/strict";
import { createMasker } from "../../../scripts/runner/agent/masker.ts";
import { fakeStep, printing, runFake } from "./support.ts";

const awkward = 'a"b\\c d/e+f&g';

describe("the masker", () => {
  const forms: readonly (readonly [title: string, text: string])[] = [
    ["the value", awkward],
    ["its JSON form", JSON.stringify(awkward).slice(1, -1)],
    ["its URI form", encodeURIComponent(awkward)],
    ["its backslash-escaped form", awkward.replaceAll("\\", "\\\\")],
  ];
  for (const [title, text] of forms) {
    it(`hides ${title} of a value registered at any time`, () => {
      const masker = createMasker();
      masker.add(awkward);
      assert.equal(masker.mask(`<${text}>`), "<***>");
    });
  }

  const startForms: readonly (readonly [title: string, secret: string, text: string])[] = [
    ["trimmed", "  padded secret ", "padded secret"],
    ["without its quotes", '"quoted secret"', "quoted secret"],
    ["escaped for a command", "50%\nof it", "50%AZP25%0Aof it"],
    ["in base64", "plain secret", Buffer.from("plain secret").toString("base64")],
  ];
  for (const [title, secret, text] of startForms) {
    it(`hides a secret known at the start ${title}`, () => {
      const masker = createMasker();
      masker.addAtStart(secret);
      assert.equal(masker.mask(`<${text}>`), "<***>");
    });
    it(`shows a value registered later ${title}`, () => {
      const masker = createMasker();
      masker.add(secret);
      assert.equal(masker.mask(`<${text}>`).includes(text), !text.includes(secret));
    });
  }

  it("shows hexadecimal and changed case", () => {
    const masker = createMasker();
    masker.addAtStart("Secret-Value");
    const text = `${Buffer.from("Secret-Value").toString("hex")} secret-value`;
    assert.equal(masker.mask(text), text);
  });

  it("makes one mask of values that overlap or touch", () => {
    const masker = createMasker();
    for (const value of ["abcd", "cdef", "gh"]) masker.add(value);
    assert.equal(masker.mask("<abcdefgh> abcd"), "<***> ***");
  });

  it("hides the password in an address", () => {
    assert.equal(createMasker().mask("https://me:pa55word@host/x"), "https://me:***@host/x");
  });

  it("registers nothing for an empty value", () => {
    const masker = createMasker();
    masker.addAtStart("");
    assert.equal(masker.mask("text"), "text");
  });
});

describe("masking in a run", () => {
  it("hides each key, client id and token of the connections, but not what is open or data", async () => {
    const { log } = await runFake({
      pipeline: fakeStep(),
      tasks: [{ scripts: printing("key-very-secret client-0001 job-token-secret tenant-0001 sub-0001") }],
    });
    assert.ok(log.includes("*** *** *** tenant-0001 sub-0001"));
  });

  it("masks line by line, so that a registered value of two lines is shown", async () => {
    const { log } = await runFake({
      pipeline: fakeStep(),
      tasks: [
        {
          scripts: printing(
            "##vso[task.setsecret]line one%0Aline two",
            "##vso[task.setsecret]line three",
            "line one",
            "line three",
          ),
        },
      ],
    });
    assert.ok(log.includes("line one"));
    assert.ok(log.includes("***"));
    assert.ok(!log.includes("line three"));
  });

  it("hides secrets of the pipeline, issues and the JSON report alike", async () => {
    const outcome = await runFake({
      pipeline: fakeStep(),
      secretVariables: { password: "canary-value" },
      tasks: [
        {
          scripts: printing(
            "says canary-value",
            "##vso[task.logissue type=error]has canary-value",
            "##vso[task.setvariable variable=out;isoutput=true]with canary-value",
            "##vso[task.setvariable variable=hidden;isoutput=true;issecret=true]other-canary",
          ),
        },
      ],
    });
    const { log } = outcome;
    const json = JSON.stringify(outcome.json);
    assert.ok(log.includes("says ***"));
    assert.ok(!/canary/.test(log.join("\n")));
    assert.ok(!/canary/.test(json));
    assert.match(json, /"it.hidden":"\*\*\*"/);
    assert.match(json, /"it.out":"with \*\*\*"/);
    assert.match(json, /"message":"has \*\*\*"/);
  });

  it("does not know in the next job what one job registered, unless it is handed on as a secret output", async () => {
    const lines = [
      "##vso[task.setsecret]only-here",
      "##vso[task.setvariable variable=pw;isoutput=true;issecret=true]handed-on",
    ];
    const { log } = await runFake({
      pipeline: `
jobs:
  - job: A
    steps: [{ task: Fake@1, name: it }]
  - job: B
    dependsOn: A
    variables: { given: "$[dependencies.A.outputs['it.pw']]" }
    steps: [{ bash: 'echo "only-here handed-on [$GIVEN]"' }]
`,
      tasks: [{ scripts: printing(...lines) }],
    });
    assert.ok(log.includes("only-here *** []"));
  });
});
