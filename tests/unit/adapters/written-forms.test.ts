/** The forms in which the task hides a secret in what it prints and writes. */
import assert from "node:assert/strict";
import { createHider } from "../../../tasks/AzureImageBuilderV1/src/adapters/agent/hider.ts";
import { hiddenForms } from "../../../tasks/AzureImageBuilderV1/src/adapters/agent/masks.ts";

const secret = `p/a+s <w>"o'r&d%\\ é9`;
const base64 = (text: string, encoding: BufferEncoding = "utf8"): string =>
  Buffer.from(text, encoding).toString("base64");

describe("a secret in what the task prints", () => {
  const hiding = createHider();
  hiding.add(hiddenForms(secret));

  const forms: readonly (readonly [form: string, text: string])[] = [
    ["as it is", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    ["URL-encoded with small letters", encodeURIComponent(secret).toLowerCase()],
    ["as a form field", new URLSearchParams({ a: secret }).toString().slice(2)],
    ["in JSON", JSON.stringify({ a: secret })],
    ["in JSON of .NET", '"p/a\\u002Bs \\u003Cw\\u003E\\u0022o\\u0027r\\u0026d%\\\\ \\u00E99"'],
    ["in markup", "p/a+s &lt;w&gt;\"o'r&amp;d%\\ é9"],
    ["in an attribute", "p/a+s &lt;w&gt;&quot;o&#39;r&amp;d%\\ é9"],
    ["in a shell's quotation marks", `export X='${secret.replaceAll("'", "'\\''")}'`],
    ["in PowerShell's quotation marks", `$env:X = '${secret.replaceAll("'", "''")}'`],
    ["in base64", base64(secret)],
    ["in base64 with a byte before it", base64(`:${secret} and more`)],
    ["in base64 with two bytes before it", base64(`u:${secret} and more`)],
    ["in base64 for addresses", base64(`user:${secret}`).replaceAll("+", "-").replaceAll("/", "_")],
    ["in base64 as PowerShell takes it", base64(`echo ${secret}`, "utf16le")],
  ];
  for (const [form, text] of forms) {
    it(`is hidden ${form}`, () => {
      const shown = hiding.hide(`before ${text} after`);
      assert.match(shown, /^before .*\*\*\*.* after$/);
      assert.ok(shown.length < 60, shown);
    });
  }

  it("is hidden where it overlaps with another secret", () => {
    const both = createHider();
    both.add(["abcdef", "defghi", "fgh"]);
    assert.equal(both.hide("xabcdefghiy abcdefabcdef"), "x***y ***");
  });

  it("leaves text without it as it is", () => {
    const text = "Building  https://management.azure.com/ 100 %\n";
    assert.equal(hiding.hide(text), text);
  });

  it("is hidden line by line, and in JSON, where it has several lines", () => {
    const lines = createHider();
    lines.add(hiddenForms("first line\nsecond line\n"));
    assert.equal(lines.hide('a second line\n"first line\\nsecond line\\n"'), 'a ***\n"***"');
  });
});
