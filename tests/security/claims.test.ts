/** SECURITY.md claims nothing that no test shows, and the scripts of docs/secrets.md can be read by what runs them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(resolve(root, "SECURITY.md"), "utf8");

/** A claim's test as `file`: "title". */
const claims = [...text.matchAll(/`(tests\/[^`]+\.test\.ts)`: "([^"]+)"/g)].map(
  ([, file = "", title = ""]) => [file, title] as const,
);
const rows = text.split("\n").filter((line) => /^\| /.test(line) && !/^\| (?:attack|-)/.test(line));

/** Does a test or a group of them bear the title? `…` stands for any text. */
function bears(source: string, title: string): boolean {
  const parts = title.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`\\b(?:it|describe)\\(\\s*["\`]${parts.join(".+")}["\`]`).test(source);
}

describe("SECURITY.md", () => {
  it("has a test for every row, or says that it is not stopped", () => {
    assert.ok(rows.length > 25, String(rows.length));
    const empty = rows.filter((row) => !/`tests\/[^`]+`: "/.test(row) && !row.includes("**not stopped**"));
    assert.deepEqual(empty, []);
  });

  it("names a test by file and title wherever it names one", () => {
    assert.equal((text.match(/`tests\//g) ?? []).length, claims.length);
  });

  for (const [file, title] of new Map(claims.map((claim) => [claim.join(" "), claim])).values()) {
    it(`rests on ${file}: ${title}`, () => {
      assert.ok(existsSync(resolve(root, file)), `there is no ${file}`);
      assert.ok(bears(readFileSync(resolve(root, file), "utf8"), title), `${file} has no test "${title}"`);
    });
  }

  it("is judged by a test that knows a title that is not there", () => {
    const source = 'describe("a thing", () => { it(`does ${what} well`, () => undefined); });';
    assert.ok(bears(source, "does … well") && bears(source, "a thing"));
    assert.ok(!bears(source, "does … badly") && !bears(source, "thing"));
  });

  it("leads to documents that are there", () => {
    const links = [...text.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path = ""]) => path);
    assert.ok(links.length > 0);
    assert.deepEqual(links.filter((path) => !existsSync(resolve(root, path))), []); // prettier-ignore
  });
});

describe("docs/secrets.md", () => {
  const document = readFileSync(resolve(root, "docs/secrets.md"), "utf8");
  const script = /```sh\n([^]+?)```/.exec(document)?.[1] ?? "";

  /** Stands for curl: the metadata service and the vault, which take the token on standard input alone. */
  const curl = `curl() {
    case "$*" in
      *169.254.169.254*resource=https%3A%2F%2Fvault.azure.net) echo '{"access_token":"the-token"}';;
      *myvault.vault.azure.net*) [ "$(cat)" = 'header = "Authorization: Bearer the-token"' ] && echo '{"value":"it'"'"'s a \\"secret\\""}';;
    esac
  }`;

  it("has a script for Linux that takes the secret from the vault, and prints nothing", () => {
    const { stdout, stderr, status } = spawnSync("sh", ["-eu", "-c", `${curl}\n${script}\n[ "$password" = 'it'"'"'s a "secret"' ]`], { encoding: "utf8" }); // prettier-ignore
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  });
});
