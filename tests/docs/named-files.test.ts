/** Files and claims that the pages name: paths in CONTRIBUTING, evidence in the comparison, entries of the troubleshooting page. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readable, troubleshootingSections } from "../../scripts/readme/troubleshooting.ts";
import { catalogue } from "../../tasks/AzureImageBuilderV1/src/diagnosis/catalogue/index.ts";
import { readText, repositoryFiles, root } from "./markdown.ts";

/** Paths in code marks, as they stand in a text. */
function pathsOf(text: string, folders: readonly string[]): readonly string[] {
  const form = new RegExp(`\`((?:${folders.join("|")})/[A-Za-z0-9_./-]+)\``, "g");
  return [...text.matchAll(form)].map(([, path = ""]) => path);
}

describe("CONTRIBUTING.md", () => {
  const text = readText("CONTRIBUTING.md");

  it("names files and folders that are there", () => {
    const paths = pathsOf(text, ["tasks", "tests", "scripts", "docs", "images"]);
    assert.ok(paths.length > 25, String(paths.length));
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  it("names files of the task that are there", () => {
    const paths = pathsOf(text, ["src"]);
    assert.ok(paths.length > 5, String(paths.length));
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, "tasks/AzureImageBuilderV1", path))),
      [],
    );
  });

  for (const what of ["An input", "A kind of customizer", "An output", "An emulated API"]) {
    it(`says step by step how to add: ${what}`, () => {
      const [, section = ""] = new RegExp(`^## ${what}, step by step$([^]*?)^## `, "m").exec(text) ?? [];
      assert.ok((section.match(/^\d+\. /gm) ?? []).length >= 4, section);
      assert.ok(pathsOf(section, ["tests"]).length > 0, "names a test");
    });
  }
});

describe("docs/comparison.md", () => {
  const rows = readText("docs/comparison.md")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()));

  it("has a page or a test for each claim about this task", () => {
    assert.ok(rows.length > 25, String(rows.length));
    const empty = rows.filter((cells) => !/\]\([^)]+\)|`tests\/[^`]+`/.test(cells.at(-2) ?? ""));
    assert.deepEqual(empty, []);
  });

  it("names tests that are there", () => {
    const paths = ["docs/comparison.md", "docs/offline.md", "docs/upgrading.md", "docs/releasing.md"].flatMap((name) =>
      pathsOf(readText(name), ["tests"]),
    );
    assert.ok(paths.length > 15, String(paths.length));
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  it("says of each of the others what it does better", () => {
    const [, better = ""] = /^## Where the others are better$([^]*?)^## /m.exec(readText("docs/comparison.md")) ?? [];
    for (const other of ["**Packer**", "**`az image builder`**", "**v1**", "**v2**"])
      assert.ok(better.includes(other), other);
  });
});

describe("The README", () => {
  const [, section = ""] = /^## How each behaviour is proven$([^]*?)^## /m.exec(readText("README.md")) ?? [];
  const rows = section.split("\n").filter((line) => /^\| (?!behaviour|-)/.test(line)).map((line) => line.split("|")); // prettier-ignore

  it("has a column for what a real subscription has shown, and says who fills it", () => {
    assert.ok(rows.length > 15, String(rows.length));
    for (const row of rows) assert.match(row[4] ?? "", /^ (?:not yet|yes[^|]*) $/, row.join("|"));
    assert.match(section, /samples\/acceptance/);
  });

  it("says that the column is empty as long as it is", () => {
    const isEmpty = rows.every((row) => row[4]?.trim() === "not yet");
    assert.equal(section.includes("That column is empty"), isEmpty);
  });
});

describe("docs/troubleshooting.md", () => {
  const text = readText("docs/troubleshooting.md");

  it("has an entry for every known failure, with its remedy", () => {
    const ids = new Set([...text.matchAll(/^### (\S+)$/gm)].map(([, id]) => id));
    assert.deepEqual([...ids].sort(), catalogue.map(({ id }) => id).sort());
    assert.equal((text.match(/^\*\*Next:\*\* \S/gm) ?? []).length, catalogue.length);
  });

  it("shows what is seen as words, not as patterns", () => {
    for (const { id, patterns } of catalogue) {
      for (const { source } of patterns) {
        const words = readable(source);
        assert.doesNotMatch(words, /\\|\(\?|\[\^|[+*}]$|\u0000/, `${id}: ${words}`);
        assert.ok(/[A-Za-z0-9]{3}/.test(words), `${id}: ${words}`);
      }
    }
  });

  it("keeps what stands for itself in a pattern", () => {
    assert.equal(readable(String.raw`^are\s+you\s+root\?`), "are you root?");
    assert.equal(readable(String.raw`(?:script|file)\b [^\n]{0,80}\(x\)\.\s?$`), "script|file …(x).");
    assert.equal(readable(String.raw`Key ?[Vv]ault[\s\S]{0,20}?B(?!c)`), "Key Vault…B");
  });

  it("holds the same entries in one order, whenever it is made", () => {
    assert.equal(troubleshootingSections(), troubleshootingSections());
    assert.ok(troubleshootingSections().lastIndexOf("## Lines that look like failures") > 40_000);
  });
});

describe("docs/architecture.md", () => {
  it("names every room of the tasks", () => {
    const text = readText("docs/architecture.md");
    const rooms = new Set(
      repositoryFiles().flatMap((name) => /^tasks\/[^/]+\/src\/([^/]+)\//.exec(name)?.slice(1) ?? []),
    );
    assert.ok(rooms.size > 15);
    assert.deepEqual([...rooms].filter((room) => !new RegExp(`\`(?:[\\w/]*/)?${room}(?:/\\w*)?\``).test(text)), []); // prettier-ignore
  });
});

describe("The project", () => {
  it("has the pages that a visitor looks for", () => {
    const files = new Set(repositoryFiles());
    for (const name of [
      "README.md",
      "LICENSE",
      "SECURITY.md",
      "SUPPORT.md",
      "CONTRIBUTING.md",
      "CHANGELOG.md",
      "overview.md",
    ]) {
      assert.ok(files.has(name), name);
    }
  });
});
