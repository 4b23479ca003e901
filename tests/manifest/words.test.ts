/** Everything a user reads goes through a few places, and is complete, whole English there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { messageTable } from "../../scripts/readme/messages.ts";
import { preflightTables } from "../../scripts/readme/preflight.ts";
import { root } from "../../scripts/lib/paths.ts";
import { readForm } from "../designer/rules.ts";

interface Text {
  readonly path: string;
  readonly text: string;
}

function filesOf(folder: string, ending: string): readonly Text[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(root, file).split(sep).join("/"), text: readFileSync(file, "utf8") }));
}

const sources = filesOf("tasks", ".ts");
const agent = "tasks/AzureImageBuilderV1/src/adapters/agent/";
const forms = ["AzureImageBuilderV1", "AzureImageLifecycleV1"].map(readForm);

/** Codes as the source has them, e.g. `AIB101`. */
function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/"(AIB\d{3}\w*)"/g)].map(([, code = ""]) => code);
}

describe("what the tasks print", () => {
  it("goes through the agent's adapter alone", () => {
    const others = sources
      .filter(({ path }) => !path.startsWith(agent))
      .filter(({ text }) => /\bconsole\.\w+\(|process\.(?:stdout|stderr)\b|from "azure-pipelines-task-lib/.test(text));
    assert.deepEqual(
      others.map(({ path }) => path),
      [],
    );
    assert.ok(sources.some(({ path, text }) => path.startsWith(agent) && text.includes("process.stdout.write")));
  });

  it("has a row of docs/messages.md or docs/preflight.md for every code", () => {
    const rows = `${messageTable()}\n${preflightTables()}`;
    const codes = [...new Set(sources.flatMap(({ text }) => codesIn(text)))];
    assert.ok(codes.length > 80);
    assert.deepEqual(
      codes.filter((code) => !new RegExp(`^\\| \`?${code}\`? \\|`, "m").test(rows)),
      [],
    );
  });

  it("has its codes in the tables of codes and in the preflight checks, nowhere else", () => {
    const homes = /\/(?:codes|failure-codes)\.ts$|\/src\/preflight\//;
    const others = sources.filter(({ path, text }) => codesIn(text).length > 0 && !homes.test(path));
    assert.deepEqual(
      others.map(({ path }) => path),
      [],
    );
  });

  it("explains every code in whole sentences", () => {
    const rows = `${messageTable()}\n${preflightTables()}`.split("\n").filter((row) => /^\| `?AIB/.test(row));
    const cells = rows
      .flatMap((row) => row.split(/(?<!\\) \| /).slice(1))
      .map((cell) => cell.replace(/ \|$/, "").trim());
    const sentences = cells.filter((cell) => cell.includes(" "));
    assert.ok(sentences.length > 100);
    assert.deepEqual(
      sentences.filter((cell) => !/^[A-Z`0-9].*[.)]$/.test(cell)),
      [],
    );
  });
});

describe("the words of the forms", () => {
  for (const { name, groups, inputs, outputVariables } of forms) {
    it(`${name}: labels, groups and options begin with a capital and end without a full stop`, () => {
      const labels = [
        ...groups.map(({ displayName }) => displayName),
        ...inputs.flatMap(({ label, options }) => [label, ...Object.values(options ?? {})]),
      ];
      assert.deepEqual(
        labels.filter((label) => !/^[A-Z][^\n]*[^\s.:]$/.test(label)),
        [],
      );
    });

    it(`${name}: help texts and descriptions are sentences`, () => {
      const descriptions = outputVariables.map((output) => (output as unknown as { description: string }).description);
      const texts = [...inputs.map(({ helpMarkDown }) => helpMarkDown), ...descriptions];
      assert.deepEqual(
        texts.filter((text) => !/^(?:[A-Z`]|true )[^\n]*[.]$/.test(text) || /\s{2}|\s[.,;:]/.test(text)),
        [],
      );
      for (const { helpMarkDown } of inputs) assert.equal(helpMarkDown.split("`").length % 2, 1, helpMarkDown);
    });
  }
});

describe("spelling", () => {
  /** Slips that happen, as the words they begin or are. */
  const slips =
    "recieve seperat occured occurence untill existance dependan[ct] wich teh adress lenght heigth sucess succes\\b " +
    "neccess neces+ery paramter enviroment subscribtion explicitely transfered prefered refered begining wether whith " +
    "acces\\b proccess artefact informations allready thier alot retreive publically authentification availib " +
    "compatib(?:el|ilty) definat idenity neccesar";
  const spellings = new RegExp(`\\b(?:${slips.replaceAll(" ", "|")})`, "i");
  const twice = /\b(the|a|an|of|to|is|in|and|or|for|it|by|on|with|from|be)\s+\1\b/i;
  const texts = [
    ...filesOf("docs", ".md"),
    ...filesOf("tasks", "task.json"),
    ...sources,
    ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "overview.md"].map((path) => ({
      path,
      text: readFileSync(join(root, path), "utf8"),
    })),
  ];

  it("has none of the usual slips in what users read", () => {
    const found = texts.flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, at) => {
        const slip = spellings.exec(line)?.[0] ?? twice.exec(line)?.[0];
        return slip === undefined ? [] : [`${path}:${at + 1}: ${slip}`];
      }),
    );
    assert.deepEqual(found, []);
  });
});
