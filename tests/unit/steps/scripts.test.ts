/** The lines that steps become, run for real where a shell is enough. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Language, Parser } from "web-tree-sitter";
import {
  powershellEnvironment,
  shellEnvironment,
} from "../../../tasks/AzureImageBuilderV1/src/kinds/customizer/environment.ts";
import { buildStep, type StepRequest } from "../../../tasks/AzureImageBuilderV1/src/kinds/customizer/index.ts";
import { linuxCarry, linuxCopy, windowsCarry } from "../../../tasks/AzureImageBuilderV1/src/kinds/customizer/place.ts";
import type { StepFile } from "../../../tasks/AzureImageBuilderV1/src/kinds/customizer/types.ts";

const at = { line: 1, column: 1 };

describe("scripts of steps", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "steps-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (lines: readonly string[]): string => {
    const script = join(folder, "script.sh");
    // As Packer does it: one script, CRLF turned into LF.
    const text = lines.join("\n").replaceAll("\r\n", "\n");
    writeFileSync(script, text.startsWith("#!") ? text : `#!/bin/sh -e\n${text}\n`);
    chmodSync(script, 0o755);
    return execFileSync(script, { encoding: "utf8" });
  };

  const values = [
    "it's",
    '"$HOME" `id` \\n',
    "two\nlines\n",
    "a\r\nb\r",
    "{{ .Vars }} {{{",
    "",
    " é 😀 ",
    "-n",
    "!x",
    "%s",
  ];
  for (const value of values) {
    it(`see a variable exactly as it is written: ${JSON.stringify(value)}`, () => {
      const lines = shellEnvironment({ VALUE: value });
      assert.ok(lines.every((line) => !line.includes("\n") && !line.includes("{{")));
      const out = join(folder, "out");
      run([...lines, `printf '%s' "$VALUE" >'${out}'`]);
      assert.equal(readFileSync(out, "utf8"), value);
    });
  }

  it("see any variable exactly as it is written", () => {
    const text = fc
      .string({ unit: "grapheme", maxLength: 60 })
      .filter((one) => !one.includes("\0") && Buffer.from(one).toString() === one);
    fc.assert(
      fc.property(text, (value) => {
        const out = join(folder, "out");
        run([...shellEnvironment({ VALUE: value }), `printf '%s' "$VALUE" >'${out}'`]);
        assert.equal(readFileSync(out, "utf8"), value);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it("put a carried file at its place, folders and all, byte for byte", () => {
    const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);
    const target = join(folder, "new", "it's here", "app.bin");
    run(linuxCarry(content, target));
    assert.deepEqual(new Uint8Array(readFileSync(target)), content);
    assert.equal(statSync(target).mode & 0o777, 0o644);
  });

  it("put an empty file at its place", () => {
    run(linuxCarry(new Uint8Array(), join(folder, "empty")));
    assert.equal(readFileSync(join(folder, "empty"), "utf8"), "");
  });

  it("copy a file that is in the image", () => {
    writeFileSync(join(folder, "a"), "x");
    run(linuxCopy(join(folder, "a"), join(folder, "b", "c")));
    assert.equal(readFileSync(join(folder, "b", "c"), "utf8"), "x");
  });

  const linesOf = (step: StepRequest, file?: StepFile): readonly string[] => {
    const problem = (why: string): never => assert.fail(why);
    const built = buildStep(step, { osType: "linux", environment: { RING: "prod" }, file: () => file, problem });
    return "inline" in built ? (built.inline ?? []) : [];
  };
  const byFile: StepRequest = { kind: "shell", name: "x", place: at, asked: { source: { from: "file", path: "x.sh" }, environment: { A: "b" } } }; // prettier-ignore

  it("of the artifact run from their place by the interpreter they name, executable or not", () => {
    const path = join(folder, "it's x");
    writeFileSync(path, `#!/usr/bin/env bash\r\necho "$RING $A \${BASH_VERSION:+bash} $0" #\r\n`);
    assert.equal(run(linesOf(byFile, { from: "image", path })), `prod b bash ${path}\n`);
  });

  it("of the artifact end at the first failing line when they name no interpreter", () => {
    const path = join(folder, "x");
    writeFileSync(path, `false\ntouch '${folder}/went-on'\n`);
    assert.throws(() => run(linesOf(byFile, { from: "image", path })));
    assert.ok(!existsSync(join(folder, "went-on")));
  });

  it("of the repository keep their first line, and lose CRLF and the byte order mark", () => {
    const content = new TextEncoder().encode("\uFEFF#!/bin/bash\r\necho a\r\n");
    assert.deepEqual(linesOf(byFile, { from: "agent", content }), [
      "#!/bin/bash",
      "set -e",
      "export RING='prod'",
      "export A='b'",
      "echo a",
    ]);
  });
});

describe("PowerShell lines of steps", () => {
  let parser: Parser;
  before(async () => {
    await Parser.init();
    parser = new Parser();
    const grammar = createRequire(import.meta.url).resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
    parser.setLanguage(await Language.load(readFileSync(grammar)));
  });

  for (const value of ["it's", '"$x" `n', "two\nlines", "{{{", "", "é ’ 😀"]) {
    it(`hold any variable in ASCII, without pairs of braces, and parse: ${JSON.stringify(value)}`, () => {
      const text = powershellEnvironment({ VALUE: value }).join("\n");
      assert.match(text, /^\$env:VALUE = [\x20-\x7e]*$/);
      assert.ok(!text.includes("{{"));
      assert.equal(parser.parse(text)?.rootNode.hasError, false, text);
    });
  }

  it("that carry a file parse", () => {
    const text = windowsCarry(new TextEncoder().encode("x".repeat(500)), "C:\\it's\\x").join("\n");
    assert.equal(parser.parse(text)?.rootNode.hasError, false, text);
  });
});
