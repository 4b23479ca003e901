/** The PowerShell lines cannot run here: their text is approved in tests/golden, and a grammar proves that it parses. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";
import { windowsFetchLines } from "../../../tasks/AzureImageBuilderV1/src/template/fetch-windows.ts";

const grammar = createRequire(import.meta.url).resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");

describe("the lines that fetch an artifact on Windows", () => {
  let parser: Parser;
  before(async () => {
    await Parser.init();
    parser = new Parser();
    parser.setLanguage(await Language.load(readFileSync(grammar)));
  });

  const hasError = (text: string): boolean => {
    const tree = parser.parse(text);
    assert.ok(tree !== null);
    return tree.rootNode.hasError;
  };

  const orders: readonly (readonly [title: string, url: string, folder: string])[] = [
    ["a plain folder", "https://h/c/web.zip?sig=a%2Bb", "web"],
    ["a folder with quotes and dollars", "https://h/c/w'\"`$(x).zip", 'it\'s $HOME `"x"'],
    ["a folder outside ASCII", "https://h/c/é.zip", "página ’ 😀"],
  ];
  for (const [title, url, folder] of orders) {
    it(`parse for ${title}, and hold nothing but ASCII`, () => {
      const place = `c:\\buildartifacts\\${folder}`;
      const order = { url, sha256: "0".repeat(64), archiveInImage: `${place}.zip`, folderInImage: place };
      const text = windowsFetchLines(order).join("\n");
      assert.equal(hasError(text), false);
      assert.match(text, /^[\x20-\x7e\n]*$/);
    });
  }

  it("are judged by a grammar that knows a mistake", () => {
    assert.equal(hasError("if ($x { Write-Host 'x' }"), true);
  });

  it("stop at the first error, show no progress and use TLS 1.2, before the download", () => {
    const text = windowsFetchLines({ url: "https://h/", sha256: "", archiveInImage: "a", folderInImage: "b" }).join(
      "\n",
    );
    const download = text.indexOf("DownloadFile(");
    for (const setting of ["$ErrorActionPreference = 'Stop'", "$ProgressPreference = 'SilentlyContinue'", "::Tls12"]) {
      const at = text.indexOf(setting);
      assert.ok(at >= 0 && at < download, setting);
    }
    assert.doesNotMatch(text, /Expand-Archive|ServerCertificateValidationCallback/);
  });
});
