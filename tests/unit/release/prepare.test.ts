/** Preparing a release, in a copy of the files it changes. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { prepareRelease, ReleaseRefused } from "../../../scripts/release/prepare.ts";
import { compareVersions, parseVersion } from "../../../scripts/release/version.ts";

const root = resolve(import.meta.dirname, "../../..");
const tasks = ["tasks/AzureImageBuilderV1/task.json", "tasks/AzureImageLifecycleV1/task.json"];
const files = ["vss-extension.json", "package.json", "package-lock.json", ...tasks];

describe("A release", () => {
  let folder = "";
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...args], { cwd: folder, stdio: "ignore" });
  };
  const refusal = (version: string): string => {
    const before = files.map(read);
    let message = "";
    assert.throws(
      () => prepareRelease(folder, version, "2026-02-03"),
      (error: unknown) => {
        message = error instanceof ReleaseRefused ? error.message : "";
        return error instanceof ReleaseRefused;
      },
    );
    assert.deepEqual(files.map(read), before, "nothing is written");
    return message;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "aib-release-"));
    for (const name of files) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      cpSync(join(root, name), join(folder, name));
    }
    const manifest = JSON.parse(read("vss-extension.json")) as object;
    write("vss-extension.json", `${JSON.stringify({ ...manifest, version: "0.1.0" }, undefined, 2)}\n`);
    for (const name of tasks) write(name, read(name).replace(/"version": \{[^}]*\}/, '"version": { "Major": 1, "Minor": 0, "Patch": 0 }')); // prettier-ignore
    write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Something new.\n");
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "--message", "all");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("has the same version in both tasks, the extension and the packages", () => {
    prepareRelease(folder, "1.2.3", "2026-02-03");
    for (const name of tasks) {
      const { version } = JSON.parse(read(name)) as { readonly version: unknown };
      assert.deepEqual(version, { Major: 1, Minor: 2, Patch: 3 });
    }
    for (const name of ["vss-extension.json", "package.json", "package-lock.json"]) {
      assert.equal((JSON.parse(read(name)) as { readonly version: string }).version, "1.2.3", name);
    }
    const lock = JSON.parse(read("package-lock.json")) as { readonly packages: Readonly<Record<string, { readonly version: string }>> }; // prettier-ignore
    assert.equal(lock.packages[""]?.version, "1.2.3");
  });

  it("changes nothing else in those files", () => {
    const even = (text: string): string => text.replace(/"version": (?:"[^"]*"|\{[^}]*\})/g, "");
    const before = files.map((name) => even(read(name)));
    prepareRelease(folder, "1.2.3", "2026-02-03");
    assert.deepEqual(files.map((name) => even(read(name))), before); // prettier-ignore
  });

  it("has a dated heading in the changelog, below an empty one for what comes next", () => {
    prepareRelease(folder, "1.2.3", "2026-02-03");
    assert.equal(read("CHANGELOG.md"), "# Changelog\n\n## Unreleased\n\n## 1.2.3 (2026-02-03)\n\n- Something new.\n");
  });

  it("does not make the extension public", () => {
    prepareRelease(folder, "1.2.3", "2026-02-03");
    assert.equal((JSON.parse(read("vss-extension.json")) as { readonly public: unknown }).public, false);
  });

  it("may be the first one, with the version the tasks have already", () => {
    assert.ok(prepareRelease(folder, "1.0.0", "2026-02-03").includes("CHANGELOG.md"));
  });

  it("is refused where a file is changed, or new", () => {
    write("notes.txt", "");
    assert.match(refusal("1.2.3"), /working tree has changes[^]*notes\.txt/);
  });

  it("is refused where the changelog says nothing new, or has no such heading", () => {
    for (const [text, problem] of [
      ["# Changelog\n\n## Unreleased\n\n## 1.0.0 (2026-01-01)\n\n- Older.\n", /says nothing/],
      ["# Changelog\n", /has no heading/],
    ] as const) {
      write("CHANGELOG.md", text);
      git("commit", "--all", "--quiet", "--message", "changelog");
      assert.match(refusal("1.2.3"), problem);
    }
  });

  for (const [version, problem] of [
    ["0.1.0", /not above 0\.1\.0/],
    ["0.9.0", /is of major version 1/],
    ["2.0.0", /is of major version 1/],
  ] as const) {
    it(`is refused where the version does not fit: ${version}`, () => assert.match(refusal(version), problem));
  }

  it("is refused below the one before", () => {
    prepareRelease(folder, "1.10.0", "2026-02-03");
    write("CHANGELOG.md", "## Unreleased\n\n- More.\n");
    git("commit", "--all", "--quiet", "--message", "release");
    assert.match(refusal("1.9.9"), /not above 1\.10\.0[^]*below 1\.10\.0/);
  });

  it("tells all problems at once", () => {
    write("CHANGELOG.md", "");
    assert.match(refusal("0.1.0"), /changes[^]*not above[^]*has no heading/);
  });
});

describe("A version", () => {
  for (const text of ["1.2", "v1.2.3", "1.2.3-beta", "01.2.3", "1.2.3.4", ""]) {
    it(`is not "${text}"`, () => assert.throws(() => parseVersion(text), /is no version/));
  }

  it("is compared by numbers", () => assert.ok(compareVersions("1.10.0", "1.9.9") > 0));
});
