/** The command line, what people see, and the JSON report. */
import assert from "node:assert/strict";
import { parseTaskOptions, UsageError } from "../../../scripts/runner/options.ts";
import { createConsole } from "../../../scripts/runner/run/console.ts";
import { formatTable } from "../../../scripts/runner/made.ts";
import { fakeStep, runFake } from "./support.ts";

describe("the command line", () => {
  it("is read in full", () => {
    const args = ["p.yml", "--json", "o.json", "--node", "/n", "--var", "a=1=2", "--var", "b=", "--input", "x=y", "--cancel-after", "2.5", "--attempt", "3", "--connection", "c", "--proxy"]; // prettier-ignore
    assert.deepEqual(parseTaskOptions(args), {
      pipeline: "p.yml",
      json: "o.json",
      node: "/n",
      variables: { a: "1=2", b: "" },
      inputs: { x: "y" },
      cancelAfterMs: 2500,
      attempt: 3,
      connection: "c",
      proxied: true,
    });
  });

  const wrong: readonly (readonly string[])[] = [[], ["a", "b"], ["a", "--nope"], ["a", "--var", "x"], ["a", "--var", "=x"], ["a", "--cancel-after", "soon"], ["a", "--attempt", "0"], ["a", "--json"]]; // prettier-ignore
  for (const args of wrong) {
    it(`refuses ${args.join(" ") || "nothing"}`, () => assert.throws(() => parseTaskOptions(args), UsageError));
  }
});

describe("what people see", () => {
  const shown = (colour: boolean, ...lines: readonly string[]): string => {
    let text = "";
    const sink = createConsole({ write: (part) => (text += part), colour });
    for (const line of lines) sink(line);
    return text;
  };

  it("has words for decorations and indents for groups", () => {
    const text = shown(
      false,
      "##[section]Starting: Bake",
      "plain",
      "##[group]Template",
      "inside",
      "##[warning]careful",
      "##[endgroup]",
      "##[error]bad",
      "##[command]ls",
      "##[section]Finishing: Bake",
    );
    assert.equal(
      text,
      "\n== Starting: Bake\nplain\n> Template\n  inside\n  Warning: careful\nError: bad\n$ ls\n-- Finishing: Bake\n",
    );
  });

  it("leaves other brackets alone", () =>
    assert.equal(shown(false, "##[unknown]x", " ##[error]y"), "##[unknown]x\n ##[error]y\n"));

  it("has colours on a terminal only", () => {
    assert.equal(shown(true, "##[error]bad"), "\u001b[31mError: bad\u001b[0m\n");
  });

  it("has tables in columns", () => {
    const rows = [
      { what: "a", name: "long name", detail: "x" },
      { what: "longer", name: "b", detail: "y" },
    ];
    assert.equal(formatTable(rows), "  a       long name  x\n  longer  b          y");
  });
});

describe("the JSON report", () => {
  it("has exactly its keys, times in ms, and null where there is nothing", async () => {
    const scripts = {
      "main.js": `const { writeFileSync } = require("node:fs"); const f = process.env.AGENT_TEMPDIRECTORY + "/s.md"; writeFileSync(f, "# key-very-secret");
        console.log("##vso[task.uploadsummary]" + f); console.log("##vso[task.logissue type=warning;code=W1]w");
        console.log("##vso[task.setvariable variable=id;isoutput=true]7"); console.log("##vso[task.logdetail id=6b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0;name=n;type=t]");`,
    };
    const { json } = await runFake({ pipeline: `${fakeStep()}  - bash: exit 3\n    name: b\n`, tasks: [{ scripts }] });
    assert.deepEqual(Object.keys(json), ["result", "steps", "variables", "outputs", "attachments", "timeline"]);
    const [checkout, it, b] = json.steps;
    assert.deepEqual(checkout?.exitCode, null);
    assert.deepEqual(Object.keys(it ?? {}), ["name", "task", "result", "exitCode", "outputs", "issues", "durationMs", "attempt"]); // prettier-ignore
    assert.deepEqual([it?.task, it?.exitCode, it?.outputs, it?.issues, it?.attempt], ["Fake@1", 0, { id: "7" }, [{ type: "warning", code: "W1", message: "w" }], 1]); // prettier-ignore
    assert.deepEqual([b?.task, b?.result, b?.exitCode, b?.issues[0]?.code], ["Bash@3", "Failed", 3, null]);
    assert.deepEqual([json.outputs, json.variables["it.id"], json.result], [{ "it.id": "7" }, "7", "Failed"]);
    assert.ok(Number.isInteger(it?.durationMs));
    assert.deepEqual(json.attachments, [
      { step: "it", type: "Distributedtask.Core.Summary", name: "s.md", size: 17, content: "# ***" },
    ]);
    const record = json.timeline.find(({ refName }) => refName === "it");
    assert.deepEqual([record?.type, record?.attempt, record?.details[0]?.name], ["Task", 1, "n"]);
    assert.ok((record?.finishTime ?? 0) >= (record?.startTime ?? Infinity));
    assert.equal(json.timeline.find(({ id }) => id === record?.parentId)?.type, "Job");
  });
});
