/** Archives of the hard tree, as programs read them that are not ours. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Entry } from "../../../tasks/AzureImageBuilderV1/src/artifact/entries.ts";
import { pieceSize } from "../../../tasks/AzureImageBuilderV1/src/artifact/pieces.ts";
import { startWorkers, type Workers } from "../../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import { makeHardTree, text } from "./hard-tree.ts";
import { type Judge, judges, missing } from "./judges.ts";
import { describeFolder, entriesOf, type FormatName, formats, packInto } from "./packing.ts";

const formatNames = Object.keys(formats) as readonly FormatName[];

/** The first judge of a format that is there: the build VM's own tool. */
function firstJudge(format: FormatName): Judge {
  const found = judges.find((judge) => judge.format === format && missing(judge).length === 0);
  assert.ok(found, `nothing here reads ${format}`);
  return found;
}

describe("An archive", () => {
  let root = "";
  let lasting = "";
  let workers: Workers;
  before(async () => {
    workers = startWorkers(3);
    lasting = await mkdtemp(join(tmpdir(), "aib-many-"));
  });
  after(async () => {
    await workers.close();
    await rm(lasting, { recursive: true, force: true });
  });
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), "aib-read-back-"))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  let many: Promise<string> | undefined;
  /** The zip of 70,000 files: packed for the first judge, read by all. */
  const manyFiles = (): Promise<string> => (many ??= packManyFiles(lasting, workers));

  async function emptyFolder(name: string): Promise<string> {
    await rm(join(root, name), { recursive: true, force: true });
    await mkdir(join(root, name));
    return join(root, name);
  }

  async function roundTrip(folder: string, judge: Judge, level = 6): Promise<void> {
    const archive = join(root, `archive.${judge.format}`);
    await packInto(archive, entriesOf(folder), { workers, format: judge.format, level });
    const target = await emptyFolder("unpacked");
    judge.unpack(archive, target);
    assert.deepEqual(await describeFolder(target, judge), await describeFolder(folder, judge));
  }

  for (const judge of judges) {
    const { title, format, refuses } = judge;
    const { test, why } = ifThere(judge);
    test(`of the hard tree as ${format} comes back whole from ${title}${why}`, async () => {
      const tree = await emptyFolder("tree");
      await makeHardTree(tree);
      for (const name of refuses) await rm(join(tree, name), { recursive: true });
      await roundTrip(tree, judge);
    });

    if (judge.count === undefined) continue;
    test(`of 70,000 files as zip is read whole by ${title}${why}`, async () => {
      assert.equal(judge.count?.(await manyFiles()), 70_070);
    });
  }

  for (const judge of judges) {
    const { test, why } = ifThere(judge);
    test(`of files that do not shrink, among some that do, as ${judge.format} is read by ${judge.title}${why}`, async () => {
      const tree = await emptyFolder("tree");
      for (const [name, size] of [
        ["a", 65_536],
        ["c", 3 * pieceSize + 77],
        ["e", pieceSize],
      ] as const) {
        await writeFile(join(tree, name), randomBytes(size));
      }
      await writeFile(join(tree, "b"), text(2 * pieceSize));
      // Shrinks at both ends, and not between them.
      await writeFile(
        join(tree, "d"),
        Buffer.concat([Buffer.alloc(pieceSize), randomBytes(2 * pieceSize), Buffer.alloc(pieceSize)]),
      );
      await roundTrip(tree, judge);
    });
  }

  // unzip warns of a zip without entries, whoever has made it.
  for (const judge of judges.filter(({ title }) => !title.includes("unzip"))) {
    const { test, why } = ifThere(judge);
    test(`without entries as ${judge.format} is read by ${judge.title}${why}`, async () => {
      await roundTrip(await emptyFolder("tree"), judge);
    });
  }

  for (const format of formatNames) {
    for (const level of [1, 6, 9]) {
      it(`as ${format} comes back whole at level ${level}`, async () => {
        const tree = await emptyFolder("tree");
        await makeHardTree(tree);
        await roundTrip(tree, firstJudge(format), level);
      });
    }

    // tar's headers have 512 bytes: with these sizes contents and headers end at, before and after the end of a piece.
    const sizes = [0, 1, 511, 512, 513, ...[-1536, -1024, -513, -512, -511, -1, 0, 1, 512].map((n) => pieceSize + n)];
    for (const size of [...sizes, 2 * pieceSize, 2 * pieceSize - 512]) {
      it(`as ${format} holds files of ${size} bytes with empty ones between them`, async () => {
        const tree = await emptyFolder("tree");
        for (const name of ["a", "c"]) await writeFile(join(tree, name), text(size));
        for (const name of ["b", "d"]) await writeFile(join(tree, name), "");
        await roundTrip(tree, firstJudge(format));
      });
    }

    it(`as ${format} of any small tree comes back as it was`, async () => {
      const judge = firstJudge(format);
      const part = fc.constantFrom("a", "b", "ä", "with space", "$x", "quo'te", "n".repeat(90));
      const file = fc.record({
        path: fc.array(part, { minLength: 1, maxLength: 4 }),
        size: fc.oneof(fc.nat(2000), fc.integer({ min: pieceSize - 600, max: pieceSize + 600 })),
        mode: fc.constantFrom(0o644, 0o755, 0o600, 0o444),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(file, { maxLength: 8 }), async (files) => {
          const tree = await emptyFolder("tree");
          // At least one entry: unzip warns of an archive without any.
          await mkdir(join(tree, "always"));
          for (const { path, size, mode } of files) {
            const folder = join(tree, ...path.map((name) => `${name}.d`));
            await mkdir(folder, { recursive: true });
            await rm(join(folder, "file"), { force: true });
            await writeFile(join(folder, "file"), text(size), { mode });
          }
          await roundTrip(tree, judge);
        }),
        { numRuns: 25 },
      );
    });
  }
});

/** A test that needs a judge: left out, with a word why, where the judge is not on the machine. */
function ifThere(judge: Judge): {
  readonly test: (title: string, body: () => Promise<void>) => unknown;
  readonly why: string;
} {
  const absent = missing(judge);
  return absent.length === 0
    ? { test: it, why: "" }
    : { test: it.skip, why: `: ${absent.join(" and ")} not installed` };
}

async function packManyFiles(folder: string, workers: Workers): Promise<string> {
  const path = join(folder, "one");
  await writeFile(path, "1");
  const archive = join(folder, "many.zip");
  await packInto(archive, manyEntries(70_000, path), { workers, format: "zip" });
  return archive;
}

function* manyEntries(count: number, path: string): Generator<Entry> {
  for (let n = 0; n < count; n++) {
    const folder = `folder-${Math.floor(n / 1000)}`;
    if (n % 1000 === 0) yield { kind: "folder", name: folder, path };
    yield { kind: "file", name: `${folder}/${n}`, path };
  }
}
