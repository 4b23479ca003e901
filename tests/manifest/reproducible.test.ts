/** The package has the same bytes wherever, whenever and under whichever supported Node it is made. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openPromise } from "yauzl";
import { root } from "../../scripts/lib/paths.ts";
import { nodesByMajor } from "../e2e/nodes.ts";

const sources = ["tasks", "scripts", "images", "vss-extension.json", "package.json", "package-lock.json", "overview.md", "LICENSE", "tsconfig.json"]; // prettier-ignore

/** A copy of the sources in a folder of its own, so that no path and no file time is the same. */
async function copySources(folder: string): Promise<string> {
  const target = await mkdtemp(join(folder, "copy-"));
  await Promise.all(sources.map((name) => cp(join(root, name), join(target, name), { recursive: true })));
  await symlink(join(root, "node_modules"), join(target, "node_modules"));
  return target;
}

/** Digest and path of each file that `npm run package` makes in a copy of the sources. */
async function packageCopy(
  at: string,
  { node, ...environment }: Readonly<Record<string, string>> & { readonly node: string },
): Promise<{ readonly files: Readonly<Record<string, string>>; readonly vsix: string }> {
  const env = { ...process.env, SOURCE_DATE_EPOCH: "", ...environment };
  await promisify(execFile)(node, ["--import", "tsx", "scripts/package.ts"], { cwd: at, env });
  const dist = join(at, "dist");
  const names = (await readdir(dist)).sort();
  const digests = names.map(async (name) => {
    const bytes = await readFile(join(dist, name));
    return [name, createHash("sha256").update(bytes).digest("hex")] as const;
  });
  const vsix = names.find((name) => name.endsWith(".vsix")) ?? "";
  return { files: Object.fromEntries(await Promise.all(digests)), vsix: join(dist, vsix) };
}

/** Wall time of the entries, as the archive has it. */
async function entriesOf(file: string): Promise<readonly { readonly name: string; readonly time: string }[]> {
  const entries: { name: string; time: string }[] = [];
  for await (const entry of (await openPromise(file)).eachEntry()) {
    entries.push({ name: entry.fileName, time: entry.getLastModDate({ timezone: "UTC" }).toISOString() });
  }
  return entries;
}

describe("Two packages of the same sources", function () {
  this.timeout(120_000);
  const [node = process.execPath, otherNode = node] = nodesByMajor().map(({ path }) => path);
  let folder: string;
  let one: Awaited<ReturnType<typeof packageCopy>>;
  let at: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "aib-same-"));
    at = await copySources(folder);
    one = await packageCopy(at, { node, TZ: "America/New_York" });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("are the same byte for byte, made elsewhere, later, in another time zone, with another Node", async () => {
    const other = await packageCopy(await copySources(folder), { node: otherNode, TZ: "Asia/Tokyo" });
    assert.deepEqual(other.files, one.files);
    assert.equal(Object.keys(one.files).length, 2, "package and bill of materials");
  });

  it("have their files sorted, all of one time that says nothing", async () => {
    const entries = await entriesOf(one.vsix);
    const names = entries.map(({ name }) => name);
    assert.deepEqual(names, names.toSorted());
    assert.deepEqual([...new Set(entries.map(({ time }) => time))], ["1980-01-01T12:00:00.000Z"]);
  });

  it("tell the time of the sources where SOURCE_DATE_EPOCH names it, and differ by it", async () => {
    const dated = await packageCopy(at, { node, SOURCE_DATE_EPOCH: "1767323046", TZ: "Asia/Tokyo" });
    const times = (await entriesOf(dated.vsix)).map(({ time }) => time);
    assert.deepEqual([...new Set(times)], ["2026-01-02T03:04:06.000Z"]);
    assert.notDeepEqual(dated.files, one.files);
  });

  it("are not made with a time that is none", async () => {
    await assert.rejects(packageCopy(at, { node, SOURCE_DATE_EPOCH: "yesterday" }), /SOURCE_DATE_EPOCH is "yesterday"/);
  });
});
