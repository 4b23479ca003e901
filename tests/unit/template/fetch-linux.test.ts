/** The fetching lines, run for real: downloads by an address alone, and archives that the service placed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactAccess } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { linuxFetchLines } from "../../../tasks/AzureImageBuilderV1/src/template/fetch-linux.ts";
import { createMachine, locate, type Machine } from "./fetch-machine.ts";

const access: ArtifactAccess = { kind: "templateIdentity", maxBytes: 1000 };

describe("the lines that fetch an artifact on Linux", () => {
  let machine: Machine;
  let archive: Buffer;

  before(() => {
    const tree = mkdtempSync(join(tmpdir(), "tree-"));
    mkdirSync(join(tree, "sub dir"));
    writeFileSync(join(tree, "install.sh"), "#!/bin/sh\necho installed\n");
    chmodSync(join(tree, "install.sh"), 0o755);
    writeFileSync(join(tree, "sub dir", "página.html"), "<p>hi</p>");
    archive = execFileSync("tar", ["-cz", "-C", tree, "."]);
    rmSync(tree, { recursive: true });
  });

  beforeEach(async () => {
    machine = await createMachine(archive);
  });

  afterEach(() => machine.close());

  const toolSets: readonly (readonly string[])[] = [
    ["curl", "sha256sum"],
    ["wget", "sha256sum"],
    ["python3"],
    ["curl", "openssl"],
    ["curl", "python3"],
  ];
  for (const programs of toolSets) {
    it(`do with ${programs.join(" and ")}`, async function () {
      if (programs.some((program) => locate(program) === undefined)) return this.skip();
      const { code, output, commandLines } = await machine.run(programs);
      assert.equal(code, 0, output);
      assert.deepEqual(readFileSync(join(machine.image, "web.tar.gz")), archive);
      assert.equal(readFileSync(join(machine.image, "web", "sub dir", "página.html"), "utf8"), "<p>hi</p>");
      assert.equal(statSync(join(machine.image, "web", "install.sh")).mode & 0o777, 0o755);
      assert.ok(!existsSync(join(machine.image, "web.tar.gz.part")));
      // wget sends the apostrophe as it is, which means the same.
      assert.deepEqual(
        machine.requested.map(({ url }) => url.replace("%27", "'")),
        ["/c/web.tar.gz?sp=r&sig=a%2Bb$(touch%20x)'%22%60"],
      );
      assert.ok(!commandLines.includes("sig="), "the address stands in a command line");
      assert.ok(!output.includes("sig="), "the address was printed");
    });
  }

  it("unpack with the rights of root, for an ordinary user", async () => {
    const { code, output } = await machine.run(["curl", "sha256sum"]);
    assert.equal(code, 0, output);
    assert.match(readFileSync(join(machine.folder, "sudo"), "utf8"), /-n tar -xzo -f /);
  });

  it("try again after a refusal, a broken answer and wrong bytes, with growing pauses", async () => {
    machine.answers = [
      [503, Buffer.from("busy")],
      [200, archive.subarray(0, 40)],
      [200, Buffer.from("<html>captive portal</html>")],
    ];
    const { code, output, pauses } = await machine.run(["curl", "sha256sum"]);
    assert.equal(code, 0, output);
    assert.deepEqual(pauses, ["5", "10", "15"]);
  });

  it("give up after six attempts and name the file and both digests", async () => {
    const expected = "f".repeat(64);
    const { code, output, pauses } = await machine.run(["curl", "sha256sum"], { sha256: expected });
    const actual = createHash("sha256").update(archive).digest("hex");
    assert.equal(code, 1);
    assert.ok(output.includes(`expected ${expected}, got ${actual}`) && output.includes("web.tar.gz"), output);
    assert.equal(pauses.length, 5);
    assert.ok(!existsSync(join(machine.image, "web.tar.gz")), "the archive has its name although it is wrong");
    assert.ok(!existsSync(join(machine.image, "web")));
  });

  it("say what is missing where nothing can download", async () => {
    const { code, output, pauses } = await machine.run(["sha256sum"]);
    assert.equal(code, 1);
    assert.match(output, /none of curl, wget and python3 is installed/);
    assert.deepEqual(pauses, []);
  });

  it("fail where the archive does not unpack", async () => {
    machine.answers = [[200, Buffer.from("not an archive")]];
    const digest = createHash("sha256").update("not an archive").digest("hex");
    assert.notEqual((await machine.run(["curl", "sha256sum"], { sha256: digest })).code, 0);
  });

  it("only check and unpack what the service placed", async () => {
    const { code, output } = await machine.run(["sha256sum"], { access }, { place: true });
    assert.equal(code, 0, output);
    assert.deepEqual(machine.requested, []);
    assert.equal(readFileSync(join(machine.image, "web", "sub dir", "página.html"), "utf8"), "<p>hi</p>");
  });

  it("do not unpack what the service placed where it is wrong, and name the file and both digests", async () => {
    const sha256 = "f".repeat(64);
    const { code, output } = await machine.run(["sha256sum"], { access, sha256 }, { place: true });
    const actual = createHash("sha256").update(archive).digest("hex");
    assert.equal(code, 1);
    assert.ok(output.includes(`web.tar.gz is not what was sent: SHA-256 expected ${sha256}, got ${actual}.`), output);
    assert.ok(!existsSync(join(machine.image, "web")));
  });

  it("never turn the check of certificates off", () => {
    const common = { url: "https://h/", sha256: "", archiveInImage: "/a", folderInImage: "/b", deriveModes: true };
    const ways: readonly ArtifactAccess[] = [{ kind: "delegationSas" }, { kind: "vmIdentity", identityId: "/i" }];
    const lines = ways.flatMap((one) => linuxFetchLines({ ...common, format: "zip", access: one }));
    assert.doesNotMatch(lines.join("\n"), /insecure|no-check-certificate|_create_unverified|\s-k\b/);
  });
});
