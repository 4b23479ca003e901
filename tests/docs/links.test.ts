/** Every relative link and anchor of the project's Markdown leads somewhere, and every command it names exists. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Page, readPage, readText, repositoryFiles, root, slugOf } from "./markdown.ts";

const all = repositoryFiles();
const pages = new Map(all.filter((name) => name.endsWith(".md")).map((name) => [name, readPage(readText(name))]));

/** Why a link of a page leads nowhere; undefined where it leads somewhere, or out of the repository. */
function fault(from: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path = "", anchor] = target.split("#");
  const name = path === "" ? from : relative(root, join(root, dirname(from), path));
  if (name.startsWith("..")) return `${target} lies outside the repository`;
  if (!existsSync(join(root, name))) return `there is no ${name}`;
  if (anchor === undefined || !name.endsWith(".md")) return undefined;
  return anchors(name).has(anchor) ? undefined : `${name} has no heading #${anchor}`;
}

const anchors = (name: string): Page["anchors"] => pages.get(name)?.anchors ?? new Set<string>();

describe("links of the documentation", () => {
  it("are looked at in every page", () => {
    for (const name of ["README.md", "overview.md", "docs/README.md", "CONTRIBUTING.md"]) {
      assert.ok(pages.has(name), name);
    }
    const count = [...pages.values()].reduce((sum, { links }) => sum + links.length, 0);
    assert.ok(count > 100, String(count));
  });

  for (const [name, { links }] of pages) {
    it(`lead somewhere: ${name}`, () => {
      const faults = links.flatMap(({ target, line }) => {
        const why = fault(name, target);
        return why === undefined ? [] : [`${name}:${String(line)}: ${why}`];
      });
      assert.deepEqual(faults, []);
    });
  }

  it("are judged by rules that know a file and a heading that are not there", () => {
    assert.match(fault("README.md", "docs/nowhere.md") ?? "", /there is no docs\/nowhere\.md/);
    assert.match(fault("docs/README.md", "../README.md#nowhere") ?? "", /no heading #nowhere/);
    assert.match(fault("README.md", "../elsewhere.md") ?? "", /outside/);
    assert.equal(fault("docs/README.md", "../README.md#quick-start"), undefined);
  });

  it("have the anchors that GitHub makes", () => {
    assert.equal(slugOf("Inputs and outputs of `AzureImageLifecycle@1`".replaceAll("`", "")), "inputs-and-outputs-of-azureimagelifecycle1"); // prettier-ignore
    assert.equal(slugOf("P1: The identity exists, and may"), "p1-the-identity-exists-and-may");
    assert.deepEqual([...readPage("# A b\n\n# A b\n").anchors], ["a-b", "a-b-1"]);
  });
});

describe("the index of the documentation", () => {
  it("names every page of docs", () => {
    const named = new Set(readPage(readText("docs/README.md")).links.map(({ target }) => target.split("#")[0]));
    const missing = all
      .map((name) => /^docs\/([^/]+\.(?:md|html))$/.exec(name)?.[1] ?? "README.md")
      .filter((name) => name !== "README.md" && !named.has(name));
    assert.deepEqual(missing, []);
  });
});

describe("commands of the documentation", () => {
  const { scripts } = JSON.parse(readText("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  it("are scripts of package.json", () => {
    const named = [...pages.keys()].flatMap((name) =>
      [...readText(name).matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)].map(([, script = ""]) => ({
        name,
        script,
      })),
    );
    assert.ok(named.length > 20, String(named.length));
    assert.deepEqual(
      named.filter(({ script }) => scripts[script] === undefined),
      [],
    );
  });
});
