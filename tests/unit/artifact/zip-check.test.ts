/** Archives that pass by: whole or broken off, of the expected content or not. */
import assert from "node:assert/strict";
import { TextReader, Uint8ArrayWriter, ZipWriter, configure } from "@zip.js/zip.js";
import fc from "fast-check";
import {
  beginZipCheck,
  type CheckedZip,
  type ExpectedZip,
} from "../../../tasks/AzureImageBuilderV1/src/artifact/zip-check.ts";
import { isBrokenDownload } from "../../../tasks/AzureImageBuilderV1/src/artifact/pipeline-material.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

configure({ useWebWorkers: false });

interface ZipOptions {
  readonly zip64?: boolean;
  readonly password?: string;
  readonly comment?: string;
  readonly date?: Date;
}

/** A name with `/` at its end is a folder. */
async function makeZip(files: Readonly<Record<string, string>>, options: ZipOptions = {}): Promise<Buffer> {
  const { comment = "", date = new Date("2026-11-23T00:00:00Z"), zip64 = false, password } = options;
  const writer = new ZipWriter(new Uint8ArrayWriter(), { zip64, lastModDate: date });
  for (const [name, text] of Object.entries(files)) {
    if (name.endsWith("/")) await writer.add(name, undefined, { directory: true });
    else await writer.add(name, new TextReader(text), password === undefined ? {} : { password });
  }
  return Buffer.from(await writer.close(new TextEncoder().encode(comment)));
}

const expected: ExpectedZip = { name: "web", topFolder: "web" };
const files = { "web/a.txt": "one", "web/ö/b c.txt": "twice ".repeat(100), "web/empty/": "" };

function check(bytes: Uint8Array, change: Partial<ExpectedZip> = {}, step = 1_000): CheckedZip {
  const checking = beginZipCheck({ ...expected, ...change });
  for (let at = 0; at < bytes.length; at += step) checking.add(bytes.subarray(at, at + step));
  return checking.end();
}

function codeOf(bytes: Uint8Array, change: Partial<ExpectedZip> = {}): string {
  try {
    check(bytes, change);
    return "none";
  } catch (error) {
    assert.ok(error instanceof TaskError);
    return `${error.code} ${error.message}`;
  }
}

describe("an archive that passes by", () => {
  for (const zip64 of [false, true]) {
    it(`is counted, ${zip64 ? "with" : "without"} zip64`, async () => {
      const { content, ...rest } = check(await makeZip(files, { zip64 }));
      assert.deepEqual(rest, { files: 2, bytes: 603 });
      assert.match(content ?? "", /^[0-9a-f]{64}$/);
    });
  }

  it("is the same whatever the pieces it comes in, its times and its comment", async () => {
    const plain = check(await makeZip(files));
    const bytes = await makeZip(files, {
      date: new Date("2020-01-01T00:00:00Z"),
      comment: "PK\u0005\u0006 made later",
    });
    for (const step of [1, 7, bytes.length]) assert.deepEqual(check(bytes, {}, step), plain);
  });

  it("has another digest for another content or name", async () => {
    const plain = check(await makeZip(files)).content;
    assert.notEqual(check(await makeZip({ ...files, "web/a.txt": "two" })).content, plain);
    assert.notEqual(
      check(await makeZip({ "web/a2.txt": "one", "web/ö/b c.txt": files["web/ö/b c.txt"] })).content,
      plain,
    );
  });

  it("is not complete wherever it is cut", async () => {
    const bytes = await makeZip(files);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (end) => {
        assert.match(codeOf(bytes.subarray(0, end)), /^AIB407 /);
      }),
    );
  });

  it("is not complete with bytes missing in the middle, or too many at the end", async () => {
    const bytes = await makeZip(files);
    assert.match(codeOf(Buffer.concat([bytes.subarray(0, 40), bytes.subarray(60)])), /^AIB407 /);
    assert.match(codeOf(Buffer.concat([bytes, Buffer.from("more")])), /^AIB407 /);
  });

  const others: readonly { readonly title: string; readonly change: Partial<ExpectedZip>; readonly says: RegExp }[] = [
    {
      title: "another number of files",
      change: { files: 3, bytes: 603 },
      says: /^AIB407 .*2 files with 603 bytes, and 3 files/,
    },
    { title: "another number of bytes", change: { files: 2, bytes: 604 }, says: /^AIB407 .*604 bytes were published/ },
    { title: "the number of files and bytes", change: { files: 2, bytes: 603 }, says: /^none$/ },
    { title: "another folder at the top", change: { topFolder: "site" }, says: /^AIB403 .*not inside the folder site/ },
  ];
  for (const { title, change, says } of others) {
    it(`is compared with ${title}`, async () => assert.match(codeOf(await makeZip(files), change), says));
  }

  const strange: readonly { readonly title: string; readonly name: string; readonly says: RegExp }[] = [
    { title: "leads out", name: "web/../../etc/passwd", says: /^AIB403 .*leads out/ },
    { title: "leads out the other way", name: "web/..\\..\\x", says: /^AIB403 .*leads out/ },
    { title: "is absolute", name: "/etc/passwd", says: /^AIB403 / },
  ];
  for (const { title, name, says } of strange) {
    it(`is refused where a name ${title}`, async () => assert.match(codeOf(await makeZip({ [name]: "x" })), says));
  }

  it("is refused where it is encrypted", async () => {
    assert.match(codeOf(await makeZip({ "web/a": "x" }, { password: "p" })), /^AIB403 .*encrypted/);
  });

  it("may be empty", async () => {
    const { files: count, bytes } = check(await makeZip({}));
    assert.deepEqual([count, bytes], [0, 0]);
  });

  it("may be begun again where it broke off, and only there", async () => {
    const bytes = await makeZip({ "site/a": "x" });
    for (const [text, again] of [
      [bytes.subarray(5), true],
      [bytes, false],
    ] as const) {
      assert.throws(
        () => check(text),
        (error) => isBrokenDownload(error) === again,
      );
    }
  });
});
