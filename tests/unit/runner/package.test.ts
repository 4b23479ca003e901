/** Opening a package, installing its tasks, and knowing when it is out of date. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { findFreshPackage } from "../../../scripts/runner/package/freshness.ts";
import { installTask, openPackage, removeTasks } from "../../../scripts/runner/package/vsix.ts";
import { fakeTaskFiles, printing } from "./support.ts";

const contribution = { type: "ms.vss-distributed-task.task", properties: { name: "Fake" } };

describe("a package", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "runner-vsix-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function zip(files: Readonly<Record<string, string>>): Promise<string> {
    const writer = new ZipWriter(new Uint8ArrayWriter());
    for (const [name, text] of Object.entries(files)) await writer.add(name, new TextReader(text));
    const file = join(folder, "x.vsix");
    writeFileSync(file, await writer.close());
    return file;
  }

  function under(prefix: string, major: number): Readonly<Record<string, string>> {
    const definition = { version: { Major: String(major), Minor: "0", Patch: "7" } };
    const files = fakeTaskFiles({ definition, scripts: { ...printing(`v${major}`), "lib/deep.js": "x" } });
    return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${prefix}/${name}`, text]));
  }

  it("contributes each major version that lies in a folder of its own", async () => {
    const manifest = JSON.stringify({ contributions: [contribution, { type: "other" }] });
    const file = await zip({
      "extension.vsomanifest": `\uFEFF${manifest}`,
      ...under("Fake/FakeV1", 1),
      ...under("Fake/FakeV2", 2),
    });
    const { tasks } = await openPackage(file);
    assert.deepEqual(tasks.map(({ folder: where, definition }) => [where, definition.version.text]), [["Fake/FakeV1", "1.0.7"], ["Fake/FakeV2", "2.0.7"]]); // prettier-ignore
  });

  it("contributes a task that lies in the contribution's folder itself, and not those elsewhere", async () => {
    const file = await zip({
      "extension.vsomanifest": JSON.stringify({ contributions: [contribution] }),
      ...under("Fake", 1),
      ...under("Other/OtherV1", 1),
      ...under("Fakery/V1", 1),
    });
    assert.deepEqual((await openPackage(file)).tasks.map((task) => task.folder), ["Fake"]); // prettier-ignore
  });

  it("without a manifest or without a task is refused", async () => {
    await assert.rejects(openPackage(await zip(under("Fake", 1))), /no extension\.vsomanifest/);
    await assert.rejects(openPackage(await zip({ "extension.vsomanifest": JSON.stringify({ contributions: [contribution] }) })), /contributes no task/); // prettier-ignore
  });

  it("is installed where the agent keeps tasks, read-only, and removed again", async () => {
    const file = await zip({
      "extension.vsomanifest": JSON.stringify({ contributions: [contribution] }),
      ...under("Fake", 1),
    });
    const opened = await openPackage(file);
    const [task] = opened.tasks;
    assert.ok(task !== undefined);
    const target = await installTask(opened, task, join(folder, "_tasks"));
    assert.equal(target, join(folder, "_tasks/Fake_11111111-2222-4333-8444-555555555555/1.0.7"));
    assert.equal(readFileSync(join(target, "lib/deep.js"), "utf8"), "x");
    assert.deepEqual([target, join(target, "main.js"), join(target, "lib")].map((path) => statSync(path).mode & 0o777), [0o555, 0o444, 0o555]); // prettier-ignore
    assert.equal(await installTask(opened, task, join(folder, "_tasks")), target);
    await removeTasks(join(folder, "_tasks"));
    assert.equal(statSync(join(folder, "_tasks"), { throwIfNoEntry: false }), undefined);
  });

  it("is out of date when a source is newer, and missing when there is none", async () => {
    for (const name of ["dist", "tasks/T/src"]) mkdirSync(join(folder, name), { recursive: true });
    const source = join(folder, "tasks/T/src/main.ts");
    writeFileSync(source, "x");
    assert.equal(await findFreshPackage(folder), undefined);
    writeFileSync(join(folder, "dist/a.vsix"), "x");
    utimesSync(source, 1_000, 1_000);
    utimesSync(join(folder, "dist/a.vsix"), 2_000, 2_000);
    assert.equal(await findFreshPackage(folder), join(folder, "dist/a.vsix"));
    utimesSync(source, 3_000, 3_000);
    assert.equal(await findFreshPackage(folder), undefined);
  });
});
