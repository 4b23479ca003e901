/** The unpacking lines for a zip, run for real with each program that can do it, all others missing. */
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMachine, locate, type Machine } from "./fetch-machine.ts";
import { zipOf, type ZipEntry } from "./fetch-zip.ts";

const hard: readonly ZipEntry[] = [
  { name: "install.sh", body: "#!/bin/sh\n", mode: 0o100755 },
  { name: "secret", body: "x", mode: 0o100600 },
  { name: "sub dir/", mode: 0o40755 },
  { name: 'sub dir/it\'s "página" $x.html', body: "<p>hi</p>", mode: 0o100644 },
  { name: "empty/", mode: 0o40700 },
  { name: "new\nline", body: "n", mode: 0o100644 },
  { name: ".dot", body: "d", mode: 0o100640 },
  { name: "link", body: "sub dir", mode: 0o120777 },
];

describe("the lines that unpack a zip on Linux", () => {
  let machine: Machine;
  beforeEach(async () => {
    machine = await createMachine(zipOf(hard));
  });
  afterEach(() => machine.close());

  const web = (...parts: readonly string[]): string => join(machine.image, "web", ...parts);
  const modeOf = (...parts: readonly string[]): number => lstatSync(web(...parts)).mode & 0o777;
  const base = ["curl", "sha256sum"];
  const zip = { format: "zip" } as const;

  const tools: readonly (readonly [program: string, others: readonly string[]])[] = [
    ["unzip", []],
    ["unzip", ["python3"]],
    ["python3", []],
    ["bsdtar", []],
    ["7z", []],
    ["7za", []],
    ["busybox", []],
  ];
  for (const [program, others] of tools) {
    it(`do with ${[program, ...others].join(" before ")}`, async function () {
      // 7z is a script of its own that asks for more programs.
      const programs = [...base, program, ...others, ...(program.startsWith("7z") ? ["cat"] : [])];
      if (programs.some((one) => locate(one) === undefined)) return this.skip();
      const { code, output, commandLines } = await machine.run(programs, zip);
      assert.equal(code, 0, output);
      assert.match(commandLines, new RegExp(`^${program} `, "m"));
      assert.equal(readFileSync(web("sub dir", 'it\'s "página" $x.html'), "utf8"), "<p>hi</p>");
      assert.equal(readFileSync(web("new\nline"), "utf8"), "n");
      assert.equal(readlinkSync(web("link")), "sub dir");
      assert.deepEqual(
        [modeOf("install.sh"), modeOf("secret"), modeOf(".dot"), modeOf("empty")],
        [0o755, 0o600, 0o640, 0o700],
      );
    });
  }

  it("do with python3 where unzip has no UTF-8 locale and would garble names", async function () {
    if (["unzip", "python3"].some((one) => locate(one) === undefined)) return this.skip();
    const { code, output, commandLines } = await machine.run([...base, "unzip", "python3"], zip, {
      before: (bin) => writeFileSync(join(bin, "locale"), "#!/bin/sh\necho C\n", { mode: 0o755 }),
    });
    assert.equal(code, 0, output);
    assert.doesNotMatch(commandLines, /^unzip /m);
    assert.ok(existsSync(web("sub dir", 'it\'s "página" $x.html')));
  });

  for (const program of ["unzip", "python3"]) {
    it(`read what other programs write with ${program}: names as bytes, and backslashes`, async function () {
      if (locate(program) === undefined) return this.skip();
      machine.archive = zipOf([
        { name: "página ü.txt", body: "p", mode: 0o100644, unmarked: true },
        { name: "old\\net\\e.txt", body: "e", unmarked: true },
        { name: "old/kept\\so", body: "k" },
      ]);
      const { code, output } = await machine.run([...base, program], zip);
      assert.equal(code, 0, output);
      assert.equal(readFileSync(web("página ü.txt"), "utf8"), "p");
      assert.equal(readFileSync(web("old", "net", "e.txt"), "utf8"), "e");
      assert.equal(readFileSync(web("old", "kept\\so"), "utf8"), "k");
    });
  }

  it("name every program that could unpack where none is there", async () => {
    const { code, output } = await machine.run(base, zip);
    assert.equal(code, 1);
    assert.match(output, /none of unzip, python3, bsdtar, 7z, 7za, 7zz and busybox is installed/);
  });

  for (const program of ["unzip", "python3", "bsdtar"]) {
    it(`fail where ${program} finds no zip`, async function () {
      if (locate(program) === undefined) return this.skip();
      machine.archive = Buffer.from("not a zip");
      const { code, output } = await machine.run([...base, program], zip);
      assert.notEqual(code, 0);
      assert.doesNotMatch(output, /The artifact is in/);
    });
    it(`write nothing outside the folder with ${program}`, async function () {
      if (locate(program) === undefined) return this.skip();
      machine.archive = zipOf([
        { name: "ok", body: "x", mode: 0o100644 },
        { name: "../outside", body: "x", mode: 0o100644 },
      ]);
      await machine.run([...base, program], zip);
      assert.deepEqual(readdirSync(machine.image).sort(), ["web", "web.zip"]);
    });
  }

  it("follow no link of the archive out of the folder with python3", async function () {
    if (locate("python3") === undefined) return this.skip();
    machine.archive = zipOf([
      { name: "a", body: "..", mode: 0o120777 },
      { name: "a/outside", body: "x", mode: 0o120777 },
    ]);
    const { code } = await machine.run([...base, "python3"], zip);
    assert.notEqual(code, 0);
    assert.deepEqual(readdirSync(machine.image).sort(), ["web", "web.zip"]);
  });

  describe("as Azure DevOps makes it", () => {
    const top = 'it\'s "web" .x';
    const script = "#!/bin/sh\necho hi\n";
    const entries: readonly ZipEntry[] = [
      { name: `${top}/run me.sh`, body: script },
      { name: `${top}/.hidden/..x`, body: script },
      { name: `${top}/new\nline`, body: script },
      { name: `${top}/plain`, body: "text\n#!/bin/sh\n" },
      { name: `${top}/binary`, body: "\0#!/bin/sh\n" },
      { name: `${top}/nothing`, body: "" },
    ];
    const order = { format: "zip", topFolder: top, deriveModes: true } as const;
    const finders = ["find", "grep", "xargs", "head", "tr", "chmod"];
    for (const programs of [["python3"], ["unzip", ...finders]]) {
      it(`lose the folder at the top and mark scripts executable with ${programs.join(", ")}`, async function () {
        if (programs.some((one) => locate(one) === undefined)) return this.skip();
        machine.archive = zipOf(entries);
        const { code, output } = await machine.run([...base, ...programs], order);
        assert.equal(code, 0, output);
        assert.deepEqual(
          readdirSync(web()).sort(),
          [".hidden", "binary", "new\nline", "nothing", "plain", "run me.sh"].sort(),
        );
        assert.deepEqual([modeOf("run me.sh"), modeOf(".hidden", "..x"), modeOf("new\nline")], [0o755, 0o755, 0o755]);
        assert.deepEqual([modeOf("plain"), modeOf("binary"), modeOf("nothing")], [0o644, 0o644, 0o644]);
        assert.deepEqual(readdirSync(machine.image).sort(), ["web", "web.zip"]);
      });
    }

    it("merge with a folder that the image has already", async function () {
      if (locate("unzip") === undefined) return this.skip();
      machine.archive = zipOf(entries);
      const { code, output } = await machine.run([...base, "unzip", ...finders], order, {
        before: () => {
          mkdirSync(web(".hidden"), { recursive: true });
          writeFileSync(web(".hidden", "..x"), "old");
          writeFileSync(web("kept"), "old");
        },
      });
      assert.equal(code, 0, output);
      assert.equal(readFileSync(web(".hidden", "..x"), "utf8"), script);
      assert.equal(readFileSync(web("kept"), "utf8"), "old");
    });

    it("fail where the folder at the top is missing", async function () {
      if (locate("unzip") === undefined) return this.skip();
      machine.archive = zipOf([{ name: "other/x", body: "x" }]);
      const { code, output } = await machine.run([...base, "unzip", ...finders], order);
      assert.equal(code, 1);
      assert.match(output, /has no folder it's "web" \.x\./);
    });
  });
});
