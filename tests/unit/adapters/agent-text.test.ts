import assert from "node:assert/strict";
import { hiddenForms, maskedForms } from "../../../tasks/AzureImageBuilderV1/src/adapters/agent/masks.ts";
import { defuse } from "../../../tasks/AzureImageBuilderV1/src/values/defuse.ts";

describe("Text on its way into the log", () => {
  const cases: readonly (readonly [given: string, harmless: string])[] = [
    ["plain # text ## with signs", "plain # text ## with signs"],
    ["##vso[task.complete result=Succeeded]", "#vso[task.complete result=Succeeded]"],
    ["a ##VSO[task.x]b", "a #VSO[task.x]b"],
    ["##[error]forged", "#[error]forged"],
    ["####vso[task.x]", "#vso[task.x]"],
    ["##vso##vso[[task.x]", "##vso#vso[[task.x]"],
    ["one\n##vso[task.x]", "one\n#vso[task.x]"],
  ];
  for (const [given, harmless] of cases) {
    it(`has no logging command left: ${JSON.stringify(given)}`, () => {
      assert.equal(defuse(given), harmless);
      assert.doesNotMatch(defuse(given), /##(?:vso)?\[/i);
    });
  }
});

describe("The forms in which a secret is masked", () => {
  it("are the text itself, which the agent encodes by itself", () => {
    assert.deepEqual(maskedForms("p/ss w+rd"), ["p/ss w+rd"]);
  });

  it("are the lines of a text of several", () => {
    assert.deepEqual(maskedForms("first\r\nsecond line\n"), ["first", "second line"]);
  });

  it("leave out what would mask ordinary text", () => {
    assert.deepEqual(maskedForms("abc"), []);
  });

  const sas = "https://st.blob.core.windows.net/c/b?sv=2026-04-06&sp=r&sig=a%2Fb%2Bc%3D";

  it("are, of a SAS, the bare signature and then the whole query, in which it stands", () => {
    assert.deepEqual(maskedForms(sas), ["a/b+c=", "sv=2026-04-06&sp=r&sig=a/b+c="]);
  });

  it("are, for the task's own text, the encoded ones too", () => {
    const forms = hiddenForms(sas);
    for (const form of ["sv=2026-04-06&sp=r&sig=a%2Fb%2Bc%3D", "a%2Fb%2Bc%3D", "a%2fb%2bc%3d", "a/b+c="])
      assert.ok(forms.includes(form), form);
    assert.ok(!forms.some((form) => form.includes("blob.core.windows.net")), "the address itself stays legible");
    assert.ok(!forms.includes("2026-04-06"), "what is no secret stays legible");
  });

  it("are, of a signed operation address, its two signatures", () => {
    const forms = maskedForms("https://arm/operations/1?api-version=2024-02-01&t=1&c=MIIH&s=signature1&h=signature2");
    assert.ok(forms.includes("signature1") && forms.includes("signature2"));
  });
});
