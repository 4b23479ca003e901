import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Links, listEntries } from "../../../tasks/AzureImageBuilderV1/src/artifact/list-entries.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

describe("Listing an artifact", () => {
  let root = "";
  let folder = "";
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "aib-list-"));
    folder = join(root, "web");
    await mkdir(join(folder, "empty"), { recursive: true });
    await writeFile(join(folder, ".env"), "A=1");
    await writeFile(join(folder, "run.sh"), "#!/bin/sh\n");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function names(links: Links, path = folder): Promise<readonly string[]> {
    return (await listEntries(path, links)).entries.map(({ kind, name }) => `${kind} ${name}`);
  }

  async function failure(links: Links, path = folder): Promise<TaskError> {
    const error = await listEntries(path, links).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TaskError);
    return error;
  }

  it("takes dot files and empty folders along, in the order of names", async () => {
    assert.deepEqual(await names("keep"), ["file .env", "folder empty", "file run.sh"]);
  });

  it("takes names along that are hard to write", async () => {
    const hard = ["a b", "quo'te\"", "$HOME", "new\nline", "ä日本", "@file", "-rf"];
    await Promise.all(hard.map((name) => writeFile(join(folder, "empty", name), "")));
    const found = (await listEntries(folder, "keep")).entries.map(({ name }) => name);
    for (const name of hard) assert.ok(found.includes(`empty/${name}`), name);
  });

  it("takes a single file", async () => {
    const { root: at, entries } = await listEntries(join(folder, "run.sh"), "keep");
    assert.deepEqual([at, entries], [folder, [{ kind: "file", name: "run.sh", path: join(folder, "run.sh") }]]);
  });

  it("follows a link that is the artifact's path itself", async () => {
    await symlink(folder, join(root, "current"));
    assert.deepEqual(await names("keep", join(root, "current")), ["file .env", "folder empty", "file run.sh"]);
  });

  it("keeps links inside the artifact, also one that leads nowhere", async () => {
    await symlink("../run.sh", join(folder, "empty", "start"));
    await symlink("nothing", join(folder, "later"));
    assert.deepEqual(await names("keep"), [
      "file .env",
      "folder empty",
      "link empty/start",
      "link later",
      "file run.sh",
    ]);
  });

  it("archives what links point to where links cannot be kept", async () => {
    await symlink("../run.sh", join(folder, "empty", "start"));
    await symlink("empty", join(folder, "zcopy"));
    assert.deepEqual(await names("follow"), [
      "file .env",
      "folder empty",
      "file empty/start",
      "file run.sh",
      "folder zcopy",
      "file zcopy/start",
    ]);
  });

  const outward: readonly (readonly [title: string, target: (root: string) => string])[] = [
    ["goes up and out", () => "../../outside"],
    ["is absolute", () => "/etc/passwd"],
    ["is absolute and leads inside", (at) => join(at, "web", "run.sh")],
  ];
  for (const [title, target] of outward) {
    it(`refuses a link that ${title}, and names it`, async () => {
      await symlink(target(root), join(folder, "empty", "out"));
      const error = await failure("keep");
      assert.equal(error.code, "AIB402");
      assert.ok(error.message.includes(join(folder, "empty", "out")));
    });
  }

  it("refuses a link that leads out by way of another link", async () => {
    // By its text `a/b/../../run.sh` stays inside; really `a/b` is the top, and two up is outside.
    await mkdir(join(folder, "a"));
    await symlink("..", join(folder, "a", "b"));
    await writeFile(join(root, "run.sh"), "outside");
    await symlink("a/b/../run.sh", join(folder, "c"));
    assert.equal((await failure("keep")).code, "AIB402");
  });

  it("refuses a link in a circle where links are followed", async () => {
    await symlink("..", join(folder, "empty", "up"));
    assert.match((await failure("follow")).message, /contains it/);
  });

  it("refuses a pipe and names it", async function () {
    if (process.platform === "win32") this.skip();
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const error = await failure("keep");
    assert.equal(error.code, "AIB403");
    assert.ok(error.message.startsWith(join(folder, "pipe")));
  });

  it("says what there is where the path is not", async () => {
    const error = await failure("keep", join(root, "wbe", "dist"));
    assert.equal(error.code, "AIB401");
    assert.ok(error.message.includes(`there is nothing at ${join(root, "wbe", "dist")}. In ${root} there is: web.`));
  });
});
