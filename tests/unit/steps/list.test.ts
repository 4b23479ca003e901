/** The language of steps: what is written, and what is said about mistakes. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { PlannedStep } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";

const windows = { source: { osType: "windows" as const } };

function plan(inputs: StepInputs, facts = {}): readonly PlannedStep[] {
  return planBuild(parseInputs(agentOf(step(inputs))), factsOf(facts)).customize;
}

/** `input line:column why` of each problem. */
function problems(inputs: StepInputs, facts = {}): readonly string[] {
  try {
    plan(inputs, facts);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message.replace(/ Legal: .*/s, "")}`);
  }
}

describe("a list of steps", () => {
  const mistakes: readonly (readonly [title: string, steps: string, found: readonly RegExp[]])[] = [
    ["is YAML", "- shell: {", [/^\d+:\d+ steps: this is not YAML/]],
    ["is a list", "shell: true", [/^1:1 steps: this is a map and no list/]],
    ["has steps", "[]", [/^1:1 steps: the list is empty/]],
    [
      "names its kinds",
      "- shell: a\n- powershel: b",
      [/^2:3 .*`powershel` is not a kind of step \(did you mean `powershell`\?\)/],
    ],
    ["does not guess wildly", "- ansible: b", [/^1:3 .*`ansible` is not a kind of step\.$/]],
    ["has one kind a step", "- shell: a\n  name: b", [/^2:3 .*put `name` beneath `shell`/]],
    [
      "names options",
      "- shell:\n    inlin: a",
      [/^2:5 .*`inlin` is not an option here \(did you mean `inline`\?\)/, /^1:3 .*no script/],
    ],
    ["has one script", "- shell: { inline: a, file: b }", [/^1:3 .*inline and file exclude each other/]],
    ["has a script that is there", "- shell: { file: '' }", [/^1:12 .*`file` is empty/]],
    ["gives texts", "- shell: { inline: [a] }", [/^1:20 .*`inline` is a list/]],
    [
      "has names of their own",
      "- shell: { inline: a, name: x }\n- shell: { inline: b, name: x }",
      [/^2:3 .*`x` is there twice/],
    ],
    ["leaves the task's names alone", "- shell: { inline: a, name: fetch-artifact }", [/^1:3 .*the task's own/]],
    ["gives checksums of 64 digits", "- shell: { uri: 'https://h/x', sha256: abc }", [/^1:40 .*sha256/]],
    ["gives https addresses", "- shell: { uri: 'http://h/x' }", [/^1:17 .*not an https address/]],
    ["names variables", "- shell: { inline: a, environment: { 1A: b } }", [/^1:23 .*`1A` is not a name/]],
    ["says where a file goes", "- file: { source: a }", [/^1:3 .*where the file goes/]],
    ["checks large files", "- file: { uri: 'https://h/x', large: true, destination: /a }", [/^1:31 .*checked/]],
    ["refuses references", "- &a shell\n- *a", [/^2:3 .*references/]],
    ["reports everything", "- shel: a\n- file: {}", [/`shel`/, /names no file/, /where the file goes/]],
  ];
  for (const [title, steps, found] of mistakes) {
    it(`${title}, or says where it does not`, () => {
      const said = problems({ steps });
      assert.equal(said.length, found.length, said.join("\n"));
      found.forEach((pattern, index) => assert.match(said[index] ?? "", pattern));
    });
  }

  const late: readonly (readonly [title: string, steps: string, facts: object, found: RegExp])[] = [
    [
      "PowerShell on Linux",
      "- shell: a\n- powershell: b",
      {},
      /^2:3 .*`powershell-2`: a powershell step does not run here/,
    ],
    ["shell on Windows", "- shell: a", windows, /^1:3 .*`shell-1`: a shell step .* Windows/],
    [
      "a relative destination",
      "- file: { uri: 'https://h/x', destination: app.json }",
      {},
      /^1:3 .*`app.json` is not a place/,
    ],
    [
      "a Linux destination on Windows",
      "- file: { uri: 'https://h/x', destination: /tmp/x }",
      windows,
      /is not a place/,
    ],
    [
      "an environment for an address",
      "- shell: { uri: 'https://h/x', environment: { A: b } }",
      {},
      /no environment on/,
    ],
    [
      "an environment for another interpreter",
      "- shell: { inline: '#!/usr/bin/python3', environment: { A: b } }",
      {},
      /only shell scripts/,
    ],
  ];
  for (const [title, steps, facts, found] of late) {
    it(`is refused with ${title}`, () => {
      const said = problems({ steps }, facts);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", found);
    });
  }

  it("is not mixed with the short inputs, which the message shows as steps", () => {
    const short = { inlineScript: "true", windowsUpdate: "true", runElevated: "true" };
    const said = problems({ ...short, steps: "- restart" }, windows);
    assert.deepEqual(said.map((one) => /- (shell|windowsUpdate|powershell)/.exec(one)?.[1]), ["shell", "windowsUpdate", "powershell"]); // prettier-ignore
  });

  it("takes JSON as well as YAML", () => {
    assert.deepEqual(plan({ steps: '[{"shell": "a"}]' }), plan({ steps: "- shell: a" }));
  });

  it("runs between the artifact's arrival and its removal", () => {
    const inputs = { artifactPath: "web", storageAccount: "stimages", removeArtifact: "true", steps: "- shell: a" };
    const names = plan(inputs).map((one) => (one.kind === "customizer" ? one.customizer.name : one.kind));
    assert.deepEqual(names, ["fetchArtifact", "shell-1", "remove-artifact"]);
  });

  it("removes the artifact after Windows Update, too", () => {
    const inputs = { artifactPath: "web", storageAccount: "stimages", removeArtifact: "true", windowsUpdate: "true" };
    const last = plan(inputs, windows).at(-1);
    assert.equal(last?.kind === "customizer" && last.customizer.name, "remove-artifact");
  });

  it("is shown in its order", () => {
    const { notes } = planBuild(
      parseInputs(agentOf(step({ steps: "- shell: a\n- shell: { inline: b, name: last }" }))),
      factsOf(),
    );
    assert.ok(notes.some(({ code, message }) => code === "AIB213" && message.includes("shell-1, last")));
  });
});

describe("a list of validators", () => {
  const validation = { enableValidation: "true" };
  it("takes no restart and no Windows Update", () => {
    const said = problems({ ...validation, validators: "- restart" });
    assert.match(said.join(), /^1:3 validators: `restart` is not a kind of validator/);
  });

  it("does not go together with the one script", () => {
    const said = problems({ ...validation, validationScript: "true", validators: "- shell: a" });
    assert.match(said.join(), /validators: it does not go together with validationScript/);
  });

  it("or the script must be there", () => {
    assert.match(problems(validation).join(), /validationScript: validation is enabled and there is nothing to run/);
  });

  it("is not given the steps' environment", () => {
    const { validate } = planBuild(parseInputs(agentOf(step({ ...validation, environment: "A: b", validators: "- shell: a" }))), factsOf()); // prettier-ignore
    assert.deepEqual(validate?.validators, [{ type: "Shell", name: "shell-1", inline: ["a"] }]);
  });
});
