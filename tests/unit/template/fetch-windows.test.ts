/** The PowerShell lines cannot run here: their text is approved in tests/golden, and a grammar proves that it parses. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";
import { assertGolden } from "../../golden/golden.ts";
import type { FetchOrder } from "../../../tasks/AzureImageBuilderV1/src/template/fetch.ts";
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

  const common = {
    url: "https://h/c/web.zip?sig=a%2Bb",
    sha256: "0".repeat(64),
    format: "zip",
    deriveModes: false,
  } as const;
  const access = { kind: "delegationSas" } as const;
  const orderFor = (folder: string, change: Partial<FetchOrder> = {}): FetchOrder => {
    const place = `c:\\buildartifacts\\${folder}`;
    return { ...common, access, archiveInImage: `${place}.zip`, folderInImage: place, ...change };
  };
  const identityId = "/subscriptions/s/resourceGroups/r (x)/providers/p/userAssignedIdentities/it's";

  const orders: readonly (readonly [title: string, order: FetchOrder])[] = [
    ["a plain folder", orderFor("web")],
    ["a folder with quotes and dollars", orderFor('it\'s $HOME `"x"', { url: "https://h/c/w'\"`$(x).zip" })],
    ["a folder outside ASCII", orderFor("página ’ 😀", { url: "https://h/c/é.zip" })],
    ["a tar.gz", orderFor("web", { format: "tar.gz" })],
    ["a folder at the top", orderFor("web", { topFolder: "it's página .x", deriveModes: true })],
    ["the build VM's identity", orderFor("web", { access: { kind: "vmIdentity", identityId } })],
    ["the template's identity", orderFor("web", { access: { kind: "templateIdentity", maxBytes: 1000 } })],
  ];
  for (const [title, order] of orders) {
    it(`parse for ${title}, and hold nothing but ASCII`, () => {
      const text = windowsFetchLines(order).join("\n");
      assert.equal(hasError(text), false);
      assert.match(text, /^[\x20-\x7e\n]*$/);
      assert.doesNotMatch(text, /Expand-Archive|ServerCertificateValidationCallback/);
    });
    it(`are what was approved for ${title}`, () => {
      assertGolden(`fetch-windows/${title.replaceAll(/[^a-z]+/gi, "-")}.json`, windowsFetchLines(order));
    });
  }

  it("are judged by a grammar that knows a mistake", () => {
    assert.equal(hasError("if ($x { Write-Host 'x' }"), true);
  });

  it("stop at the first error, show no progress and use TLS 1.2, before the download", () => {
    const text = windowsFetchLines(orderFor("web")).join("\n");
    const download = text.indexOf("DownloadFile(");
    for (const setting of ["$ErrorActionPreference = 'Stop'", "$ProgressPreference = 'SilentlyContinue'", "::Tls12"]) {
      const at = text.indexOf(setting);
      assert.ok(at >= 0 && at < download, setting);
    }
  });

  it("ask the metadata service for the identity without a proxy, before the download", () => {
    const text = windowsFetchLines(orderFor("web", { access: { kind: "vmIdentity", identityId } })).join("\n");
    const asked = text.indexOf("DownloadString($imds)");
    assert.ok(text.indexOf("$client.Proxy = $null") < asked && asked < text.indexOf("DownloadFile("));
    assert.ok(text.includes("&msi_res_id=%2Fsubscriptions%2Fs%2FresourceGroups%2Fr%20(x)%2F"));
  });

  it("take what the service placed where every Windows has a folder, and download nothing", () => {
    const text = windowsFetchLines(orderFor("web", { access: { kind: "templateIdentity", maxBytes: 1000 } })).join(
      "\n",
    );
    assert.ok(text.includes("Move-Item -LiteralPath 'C:\\Windows\\Temp\\web.zip' -Destination $archive"));
    assert.doesNotMatch(text, /Net\.WebClient|https:/);
  });
});
