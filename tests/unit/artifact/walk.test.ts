import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, rmdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry, WalkOptions } from "../../../tasks/AzureImageBuilderV1/src/artifact/entries.ts";
import { walkFolder } from "../../../tasks/AzureImageBuilderV1/src/artifact/walk.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

const keep: WalkOptions = { links: "keep", names: "any" };
const follow: WalkOptions = { links: "follow", names: "any" };
const windows: WalkOptions = { links: "follow", names: "windows" };

describe("Walking through an artifact", () => {
  let root = "";
  let folder = "";
  beforeEach(async () => {
    root = realpathSync(await mkdtemp(join(tmpdir(), "aib-walk-")));
    folder = join(root, "web");
    await mkdir(join(folder, "empty"), { recursive: true });
    await writeFile(join(folder, ".env"), "A=1");
    await writeFile(join(folder, "run.sh"), "#!/bin/sh\n");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const walk = (options: WalkOptions): readonly Entry[] => [...walkFolder(folder, options)];
  const names = (options: WalkOptions): readonly string[] => walk(options).map(({ kind, name }) => `${kind} ${name}`);
  const write = (...paths: readonly string[]): Promise<unknown> =>
    Promise.all(
      paths.map(async (path) => {
        await mkdir(join(folder, path, ".."), { recursive: true });
        await writeFile(join(folder, path), path);
      }),
    );
  function failure(options: WalkOptions): TaskError {
    try {
      walk(options);
    } catch (error) {
      assert.ok(error instanceof TaskError);
      return error;
    }
    return assert.fail("nothing was refused");
  }

  it("takes dot files and empty folders along, in the order of names", () => {
    assert.deepEqual(names(keep), ["file .env", "folder empty", "file run.sh"]);
  });

  it("goes through a folder right after it, by code units and not by a language's order", async () => {
    await write("a/x", "a-b", "B", "ä", "a.c", "a/Y");
    assert.deepEqual(names(keep), [
      "file .env",
      "file B",
      "folder a",
      "file a/Y",
      "file a/x",
      "file a-b",
      "file a.c",
      "folder empty",
      "file run.sh",
      "file ä",
    ]);
  });

  it("takes names along that are hard to write", async () => {
    const hard = ["a b", "quo'te\"", "$HOME", "new\nline", "ä日本", "@file", "-rf", "back\\slash"];
    await write(...hard.map((name) => `empty/${name}`));
    const found = walk(keep).map(({ name }) => name);
    for (const name of hard) assert.ok(found.includes(`empty/${name}`), name);
  });

  it("tells mode and time of folders, and where files are", async () => {
    await chmod(join(folder, "empty"), 0o2750);
    await utimes(join(folder, "empty"), 1, 1);
    const [env, empty] = walk(keep);
    assert.deepEqual(env, { kind: "file", name: ".env", path: join(folder, ".env") });
    assert.deepEqual([empty?.mode, empty?.mtimeMs], [0o2750, 1000]);
  });

  it("reads no further than it is asked", () => {
    const found: string[] = [];
    for (const { name } of walkFolder(folder, keep)) {
      if (name === "empty") mkdirSync(join(folder, "empty", "late"));
      found.push(name);
    }
    assert.deepEqual(found, [".env", "empty", "empty/late", "run.sh"]);
  });

  it("keeps links inside the artifact, also one that leads nowhere", async () => {
    await symlink("../run.sh", join(folder, "empty", "start"));
    await symlink("nothing", join(folder, "later"));
    const links = walk(keep).filter(({ kind }) => kind === "link");
    assert.deepEqual(
      links.map(({ name, target }) => [name, target]),
      [
        ["empty/start", "../run.sh"],
        ["later", "nothing"],
      ],
    );
  });

  it("keeps a link in a circle as the link it is", async () => {
    await symlink("..", join(folder, "empty", "up"));
    assert.ok(names(keep).includes("link empty/up"));
  });

  it("takes what links point to where they are followed", async () => {
    await symlink("../run.sh", join(folder, "empty", "start"));
    await symlink("empty", join(folder, "zcopy"));
    assert.deepEqual(names(follow), [
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
    ["goes out to a folder whose name begins alike", () => "../../web-other"],
    ["is absolute", () => "/etc/passwd"],
    ["is absolute and leads inside", (at) => join(at, "web", "run.sh")],
  ];
  for (const [title, target] of outward) {
    for (const options of [keep, follow]) {
      it(`refuses a link that ${title}, and names it, where links are to ${options.links}`, async () => {
        await symlink(target(root), join(folder, "empty", "out"));
        const error = failure(options);
        assert.equal(error.code, "AIB402");
        assert.ok(error.message.includes(join(folder, "empty", "out")));
      });
    }
  }

  it("takes a link to a name that begins with two dots", async () => {
    await write("..data/x");
    await symlink("..data", join(folder, "current"));
    assert.ok(names(keep).includes("link current"));
  });

  it("refuses a link that leads out by way of another link", async () => {
    // By its text `a/b/../../run.sh` stays inside; really `a/b` is the top, and two up is outside.
    await mkdir(join(folder, "a"));
    await symlink("..", join(folder, "a", "b"));
    await writeFile(join(root, "run.sh"), "outside");
    await symlink("a/b/../run.sh", join(folder, "c"));
    assert.equal(failure(keep).code, "AIB402");
  });

  for (const [title, target] of [
    ["in a circle", ".."],
    ["to its own folder", "."],
  ] as const) {
    it(`refuses a link ${title} where links are followed`, async () => {
      await symlink(target, join(folder, "empty", "up"));
      assert.match(failure(follow).message, /contains it/);
    });
  }

  it("refuses a circle of two links where they are followed", async () => {
    await write("a/1", "b/1");
    await symlink("../b", join(folder, "a", "to-b"));
    await symlink("../a", join(folder, "b", "to-a"));
    assert.match(failure(follow).message, /contains it/);
  });

  for (const [title, target] of [
    ["to nothing", "gone"],
    ["to itself", "link"],
  ] as const) {
    it(`refuses a link ${title} where links are followed`, async () => {
      await symlink(target, join(folder, "link"));
      assert.match(failure(follow).message, /where there is nothing/);
    });
  }

  it("refuses a pipe and names it", () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const error = failure(keep);
    assert.equal(error.code, "AIB403");
    assert.ok(error.message.startsWith(join(folder, "pipe")));
  });

  it("refuses a socket and names it", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
    try {
      assert.ok(failure(keep).message.startsWith(join(folder, "socket")));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("refuses what a followed link leads to and is no file", async () => {
    execFileSync("mkfifo", [join(folder, "zpipe")]);
    await symlink("zpipe", join(folder, "a"));
    assert.ok(failure(follow).message.startsWith(join(folder, "a")));
  });

  it("refuses a name that is not UTF-8, and names its folder", () => {
    execFileSync("sh", ["-c", `touch "$(printf 'a\\377b')"`], { cwd: join(folder, "empty") });
    const error = failure(keep);
    assert.equal(error.code, "AIB403");
    assert.ok(error.message.includes(join(folder, "empty")), error.message);
  });

  it("names a folder that it cannot read", () => {
    const walkOn = (): void => {
      // It vanishes between the look at its parent and the look into it.
      for (const { name } of walkFolder(folder, keep)) if (name === "empty") rmdirSync(join(folder, "empty"));
    };
    assert.throws(
      walkOn,
      (error) => error instanceof TaskError && error.code === "AIB404" && error.message.includes(join(folder, "empty")),
    );
  });

  describe("for a Windows image", () => {
    const impossible = ["a:b", "what?", 'quo"te', "a|b", "<a>", "a*", "back\\slash", "new\nline", "bell\u0007"];
    const dropped = ["dot.", "space ", "...", " ."];
    const devices = ["CON", "nul", "aux.txt", "Com1", "lpt9.tar.gz", "com¹", "CONIN$", "prn.", "COM0"];
    for (const name of [...impossible, ...dropped, ...devices]) {
      it(`refuses the name ${JSON.stringify(name)}, and says it`, async () => {
        await write(`empty/${name}`);
        const error = failure(windows);
        assert.equal(error.code, "AIB403");
        assert.ok(error.message.includes(JSON.stringify(`empty/${name}`)), error.message);
      });
    }

    it("takes names that only look like those of devices", async () => {
      const fine = ["console", "com", "com10", "nul-1", "CONIN", " x", ".x", "a.b.c", "日本", "lpt", "aux_"];
      await write(...fine);
      for (const name of fine) assert.ok(names(windows).includes(`file ${name}`), name);
    });

    it("refuses a folder of such a name", async () => {
      await mkdir(join(folder, "aux"));
      assert.equal(failure(windows).code, "AIB403");
    });

    for (const [one, other] of [
      ["Read.me", "read.ME"],
      ["Ä", "ä"],
    ] as const) {
      it(`refuses ${one} beside ${other}, and names both and their folder`, async () => {
        await write(`empty/${one}`, `empty/${other}`);
        const { code, message } = failure(windows);
        assert.equal(code, "AIB403");
        for (const part of [one, other, join(folder, "empty")]) assert.ok(message.includes(part), message);
      });
    }

    it("takes names that differ by case in different folders", async () => {
      await write("a/name", "b/NAME");
      assert.equal(walk(windows).length, 7);
    });

    it("does not mind the names of what is left out", async () => {
      await write("logs/a:b", "Empty");
      await writeFile(join(folder, ".artifactignore"), "logs\nEmpty\n");
      assert.deepEqual(names(windows), ["file .env", "folder empty", "file run.sh"]);
    });

    it("minds the name of a folder out of which something is taken back in", async () => {
      await write("lo?s/b");
      await writeFile(join(folder, ".artifactignore"), "lo?s\n!lo?s/b\n");
      assert.ok(failure(windows).message.includes("lo?s"));
    });
  });

  describe("with .artifactignore", () => {
    const ignore = (text: string): Promise<void> => writeFile(join(folder, ".artifactignore"), text);

    it("leaves the file itself out, but not one of that name below", async () => {
      await ignore("");
      await write("empty/.artifactignore");
      assert.deepEqual(names(keep), ["file .env", "folder empty", "file empty/.artifactignore", "file run.sh"]);
    });

    it("leaves a folder out with all that is in it", async () => {
      await write("logs/a", "logs/deep/b");
      await ignore("logs/\n");
      assert.deepEqual(names(keep), ["file .env", "folder empty", "file run.sh"]);
    });

    it("does not even look into a folder out of which nothing is taken back in", async () => {
      await write("logs/a");
      execFileSync("mkfifo", [join(folder, "logs", "pipe")]);
      await ignore("logs/*.x\nlogs/\n");
      assert.deepEqual(names(keep), ["file .env", "folder empty", "file run.sh"]);
    });

    it("takes back in, with the folders above it, what a later line names", async () => {
      await write("src/MyApp/bin/Release/app.dll", "src/MyApp/bin/Debug/app.dll", "src/MyApp/Program.cs");
      await ignore("**/*\n!src/MyApp/bin/Release/**.*\n");
      assert.deepEqual(names(keep), [
        "folder src",
        "folder src/MyApp",
        "folder src/MyApp/bin",
        "folder src/MyApp/bin/Release",
        "file src/MyApp/bin/Release/app.dll",
      ]);
    });

    it("does not mind a pipe, a link out or a name not in UTF-8 that is left out", async () => {
      execFileSync("mkfifo", [join(folder, "pipe")]);
      await symlink("/etc", join(folder, "out"));
      execFileSync("sh", ["-c", `touch "$(printf 'bad\\377b')"`], { cwd: folder });
      await ignore("pipe\nout\nbad*\n!none\n");
      assert.deepEqual(names(keep), ["file .env", "folder empty", "file run.sh"]);
    });

    it("leaves out the repository's folder, at the top, where there is no such file", async () => {
      await write(".git/config", ".gitignore", "empty/.git/config");
      assert.deepEqual(names(keep), [
        "file .env",
        "file .gitignore",
        "folder empty",
        "folder empty/.git",
        "file empty/.git/config",
        "file run.sh",
      ]);
    });

    it("takes the repository's folder along where the file is empty", async () => {
      await write(".git/config");
      await ignore("");
      assert.ok(names(keep).includes("file .git/config"));
    });
  });
});
