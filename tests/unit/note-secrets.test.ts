/** The warning about secret variables whose value is in the image template, and the template as it is shown. */
import assert from "node:assert/strict";
import { noteSecrets } from "../../tasks/AzureImageBuilderV1/src/note-secrets.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { draftTemplate } from "../../tasks/AzureImageBuilderV1/src/template/draft.ts";
import { linuxCarry } from "../../tasks/AzureImageBuilderV1/src/kinds/customizer/place.ts";
import { hiddenForms } from "../../tasks/AzureImageBuilderV1/src/adapters/agent/masks.ts";
import { createHider } from "../../tasks/AzureImageBuilderV1/src/adapters/agent/hider.ts";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { agentOf, step } from "./inputs/step.ts";
import { factsOf } from "./plan/facts.ts";

const secret = "correct-horse";

function planWith(lines: readonly string[], name = "install"): BuildPlan {
  const plan = planBuild(parseInputs(agentOf(step())), factsOf());
  return { ...plan, customize: [{ kind: "customizer", customizer: { type: "Shell", name, inline: lines } }] };
}

/** An agent with one secret variable, whose value the input `inlineScript` holds where that is wished. */
const agentWith = (inputs: Readonly<Record<string, string>> = {}) => ({
  input: (name: string) => inputs[name] ?? "",
  secretVariablesIn: (text: string) => (hiddenForms(secret).some((form) => text.includes(form)) ? ["Db.Password"] : []),
});

describe("a secret variable in the image template", () => {
  it("is warned about by its name and that of the step, without the value, and with the way by Key Vault", () => {
    const [note, ...more] = noteSecrets(planWith([`login ${secret}`]), agentWith({ inlineScript: `login ${secret}` }));
    assert.deepEqual([note?.code, note?.input, more.length], ["AIB218", "inlineScript", 0]);
    assert.match(
      note?.message ?? "",
      /^the value of the secret variable Db\.Password is in the step `install`\. .*buildVmIdentities/,
    );
    assert.ok(!(note?.message ?? "").includes(secret));
  });

  const files: readonly (readonly [what: string, before: number])[] = [
    ["in one line of base64", 0],
    ["across two lines of base64", 51],
  ];
  for (const [what, before] of files) {
    const lines = linuxCarry(Buffer.from(`${"#".repeat(before)}${secret} and more`), "/etc/app.conf");
    it(`is found in a carried file ${what}`, () => {
      const [note] = noteSecrets(planWith(lines), agentWith());
      assert.deepEqual([note?.code, note?.input], ["AIB218", "steps"]);
    });

    it(`is hidden where the template shows a carried file ${what}`, () => {
      const hider = createHider();
      hider.add(hiddenForms(secret));
      const shown = describeTemplate(draftTemplate(planWith(lines)), (text) => hider.hide(text));
      const base64 = shown.split("\n").filter((line) => /\*\*\*/.test(line));
      assert.equal(base64.length, 1, shown);
      const plain = describeTemplate(draftTemplate(planWith(lines)));
      assert.ok(!plain.includes("***"));
    });
  }

  it("is not told of where no step holds it", () => {
    assert.deepEqual(noteSecrets(planWith(["login"]), agentWith({ resourceGroup: secret })), []);
  });

  it("is told of once, with all the steps that hold it", () => {
    const plan = planWith([`login ${secret}`]);
    const validate = {
      continueDistributeOnFailure: false,
      sourceValidationOnly: false,
      validators: [{ type: "Shell", name: "check", inline: [`check '${secret}'`] } as const],
    };
    const notes = noteSecrets({ ...plan, validate }, agentWith());
    assert.equal(notes.length, 1);
    assert.match(notes[0]?.message ?? "", /is in the step `install` and the validator `check`\./);
  });
});
