import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beginManifest, type Listed } from "../../../tasks/AzureImageBuilderV1/src/artifact/manifest.ts";
import { digestEntries } from "../../../tasks/AzureImageBuilderV1/src/artifact/digest-entries.ts";
import { pack } from "../../../tasks/AzureImageBuilderV1/src/artifact/pack.ts";
import { tarGz } from "../../../tasks/AzureImageBuilderV1/src/artifact/tar.ts";
import { pieceSize } from "../../../tasks/AzureImageBuilderV1/src/artifact/pieces.ts";
import { walkFolder } from "../../../tasks/AzureImageBuilderV1/src/artifact/walk.ts";
import { startWorkers, type Workers } from "../../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import { text } from "./hard-tree.ts";
import { digestOf, entriesOf, formats, goOn } from "./packing.ts";

describe("The content digest", () => {
  let root = "";
  let workers: Workers;
  before(() => (workers = startWorkers(2)));
  after(() => workers.close());
  beforeEach(async () => (root = realpathSync(await mkdtemp(join(tmpdir(), "aib-digest-")))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  const large = text(2 * pieceSize + 5);

  async function makeTree(name: string): Promise<string> {
    const folder = join(root, name);
    await mkdir(join(folder, "sub"), { recursive: true });
    await mkdir(join(folder, "empty"));
    await writeFile(join(folder, "sub", "a"), "one");
    await writeFile(join(folder, "none"), "");
    await writeFile(join(folder, "run"), "#!/bin/sh\n", { mode: 0o755 });
    await writeFile(join(folder, "large"), large);
    await symlink("sub/a", join(folder, "link"));
    return folder;
  }

  async function contentOf(folder: string): Promise<string> {
    return (await digestEntries(entriesOf(folder), { workers, modes: "agent", signal: goOn })).content;
  }

  it("is the SHA-256 of the list of entries", async () => {
    const folder = await makeTree("tree");
    const list = [
      "artifact v1",
      ...["folder", "0755", "", "empty"],
      ...["file", "0644", digestOf(large), "large"],
      ...["link", "", "sub/a", "link"],
      ...["file", "0644", digestOf(""), "none"],
      ...["file", "0755", digestOf("#!/bin/sh\n"), "run"],
      ...["folder", "0755", "", "sub"],
      ...["file", "0644", digestOf("one"), "sub/a"],
    ];
    assert.equal(await contentOf(folder), digestOf(list.map((field) => `${field}\0`).join("")));
  });

  it("is the same for another folder, other times and another order of creation", async () => {
    const one = await makeTree("one");
    const other = await makeTree("another name");
    await rename(join(other, "sub"), join(root, "aside"));
    await mkdir(join(other, "sub"));
    await writeFile(join(other, "sub", "a"), "one");
    for (const name of ["sub", "sub/a", "run", "large"]) await utimes(join(other, name), 1, 1);
    assert.equal(await contentOf(one), await contentOf(other));
  });

  for (const format of Object.keys(formats) as readonly (keyof typeof formats)[]) {
    for (const level of [1, 9]) {
      it(`is the same from making a ${format} at level ${level}, and with other threads`, async () => {
        const folder = await makeTree("tree");
        const own = startWorkers(1);
        try {
          const made = await pack(entriesOf(folder), formats[format](level), {
            workers: own,
            modes: "agent",
            signal: goOn,
            write: async () => undefined,
          });
          assert.equal(made.content, await contentOf(folder));
        } finally {
          await own.close();
        }
      });
    }
  }

  const changes: readonly (readonly [title: string, change: (folder: string) => Promise<unknown>])[] = [
    ["a byte", (folder) => writeFile(join(folder, "sub", "a"), "onf")],
    [
      "a byte at the end of a large file",
      (folder) => writeFile(join(folder, "large"), Buffer.from(large).fill(1, large.length - 1)),
    ],
    ["a byte more", (folder) => writeFile(join(folder, "none"), "\0")],
    ["a file's mode", (folder) => chmod(join(folder, "run"), 0o744)],
    ["a folder's mode", (folder) => chmod(join(folder, "sub"), 0o700)],
    ["a name", (folder) => rename(join(folder, "none"), join(folder, "nonf"))],
    ["a name's place", (folder) => rename(join(folder, "none"), join(folder, "sub", "none"))],
    ["an empty folder more", (folder) => mkdir(join(folder, "empty", "more"))],
    ["a file less", (folder) => rm(join(folder, "none"))],
    ["a link's target", (folder) => replace(join(folder, "link"), (path) => symlink("none", path))],
    ["a file in a link's place", (folder) => replace(join(folder, "link"), (path) => writeFile(path, "sub/a"))],
    ["a folder in a file's place", (folder) => replace(join(folder, "none"), (path) => mkdir(path))],
  ];
  for (const [title, change] of changes) {
    it(`is another with ${title}`, async () => {
      const folder = await makeTree("tree");
      const before = await contentOf(folder);
      await change(folder);
      assert.notEqual(await contentOf(folder), before);
    });
  }

  async function replace(path: string, make: (path: string) => Promise<unknown>): Promise<void> {
    await rm(path, { recursive: true });
    await make(path);
  }

  it("does not hang on where one field ends and the next begins", () => {
    const digest = (...entries: readonly Pick<Listed, "name" | "target">[]): string => {
      const manifest = beginManifest();
      for (const entry of entries) manifest.add({ kind: "link", mode: 0, digest: "", ...entry });
      return manifest.digest();
    };
    const lists = [
      [{ name: "ab", target: "c" }],
      [{ name: "a", target: "bc" }],
      [
        { name: "a", target: "b" },
        { name: "c", target: "" },
      ],
      [],
    ];
    assert.equal(new Set(lists.map((list) => digest(...list))).size, lists.length);
  });

  describe("where the agent has no modes", () => {
    const derive = (folder: string) =>
      digestEntries(walkFolder(folder, { links: "follow", names: "windows" }), {
        workers,
        modes: "derived",
        signal: goOn,
      });

    it("counts files that begin with #! as executable, and no mode of the agent", async () => {
      const folder = await makeTree("tree");
      const made = await derive(folder);
      const walked = walkFolder(folder, { links: "follow", names: "windows" });
      const write = async (): Promise<void> => undefined;
      const packed = await pack(walked, tarGz(1), { workers, modes: "derived", signal: goOn, write });
      assert.deepEqual([packed.madeExecutable, packed.files, packed.content], [1, 5, made.content]);
      await chmod(join(folder, "run"), 0o600);
      await chmod(join(folder, "sub"), 0o700);
      assert.equal((await derive(folder)).content, made.content);
    });

    for (const [start, executable] of [
      ["#!", 1],
      ["#!/usr/bin/env python3\n", 1],
      ["#", 0],
      ["", 0],
      [" #!/bin/sh", 0],
      ["\ufeff#!/bin/sh", 0],
    ] as const) {
      it(`makes ${executable === 0 ? "nothing" : "a script"} of ${JSON.stringify(start)}, and keeps its bytes`, async () => {
        await writeFile(join(root, "file"), start);
        const made = await derive(root);
        const mode = executable === 1 ? "0755" : "0644";
        assert.equal(made.content, digestOf(`artifact v1\0file\0${mode}\0${digestOf(start)}\0file\0`));
      });
    }
  });
});
