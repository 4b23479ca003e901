/** The fetching lines, run for real: dash, a local file server, and a PATH that holds only what a case allows. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { linuxFetchLines } from "../../../tasks/AzureImageBuilderV1/src/template/fetch-linux.ts";

const always = ["cat", "cut", "gzip", "mkdir", "mv", "sh", "tar"];

/** The program itself: pyenv and the like put scripts of their own in the PATH. */
function locate(program: string): string | undefined {
  const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
  const path = found.find((one) => {
    try {
      accessSync(one, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (program !== "python3" || path === undefined) return path;
  return execFileSync(path, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
}

interface Outcome {
  readonly code: number;
  readonly output: string;
  /** Arguments of every downloader that was started. */
  readonly commandLines: string;
  /** Seconds it wanted to sleep. */
  readonly pauses: readonly string[];
}

describe("the lines that fetch an artifact on Linux", () => {
  let folder: string;
  let server: Server;
  let answers: (readonly [status: number, body: Buffer])[];
  let archive: Buffer;
  let requested: (string | undefined)[];

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
    folder = mkdtempSync(join(tmpdir(), "fetch-"));
    answers = [];
    requested = [];
    server = createServer((request, response) => {
      requested.push(request.url);
      const [status, body] = answers.shift() ?? [200, archive];
      response.writeHead(status, { "content-length": body.length }).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });

  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const image = (): string => join(folder, "it's $HOME");
  const query = "?sp=r&sig=a%2Bb$(touch%20x)'\"`";

  function provide(programs: readonly string[]): string {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const script = (name: string, text: string): void => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    for (const program of programs) {
      const path = locate(program);
      assert.ok(path !== undefined, `${program} is not installed`);
      if (["curl", "wget"].includes(program)) {
        script(program, `echo ${program} "$@" >>'${folder}/commands'\nexec ${path} "$@"`);
      } else {
        symlinkSync(path, join(bin, program));
      }
    }
    script("sleep", `echo "$1" >>'${folder}/pauses'`);
    script("id", "echo 1000");
    script("sudo", `printf '%s ' "$@" >>'${folder}/sudo'\nshift\nexec "$@"`);
    return bin;
  }

  async function run(
    programs: readonly string[],
    sha256 = createHash("sha256").update(archive).digest("hex"),
  ): Promise<Outcome> {
    const bin = provide([...always, ...programs]);
    mkdirSync(image());
    const { port } = server.address() as AddressInfo;
    const lines = linuxFetchLines({
      url: `http://127.0.0.1:${port}/c/web.tar.gz${query}`,
      sha256,
      archiveInImage: join(image(), "web.tar.gz"),
      folderInImage: join(image(), "web"),
    });
    writeFileSync(join(folder, "script.sh"), ["#!/bin/sh -e", ...lines].join("\n"));
    const read = (name: string): string =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
    return new Promise((resolve) => {
      const child = execFile(
        join(bin, "sh"),
        ["-e", join(folder, "script.sh")],
        { env: { PATH: bin }, encoding: "utf8" },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : Number(error.code);
          const pauses = read("pauses").split("\n").filter(Boolean);
          resolve({ code, output: stdout + stderr, commandLines: read("commands"), pauses });
        },
      );
      child.stdin?.end();
    });
  }

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
      const { code, output, commandLines } = await run(programs);
      assert.equal(code, 0, output);
      assert.deepEqual(readFileSync(join(image(), "web.tar.gz")), archive);
      assert.equal(readFileSync(join(image(), "web", "sub dir", "página.html"), "utf8"), "<p>hi</p>");
      assert.equal(statSync(join(image(), "web", "install.sh")).mode & 0o777, 0o755);
      assert.ok(!existsSync(join(image(), "web.tar.gz.part")));
      // wget sends the apostrophe as it is, which means the same.
      assert.deepEqual(
        requested.map((url) => url?.replace("%27", "'")),
        ["/c/web.tar.gz?sp=r&sig=a%2Bb$(touch%20x)'%22%60"],
      );
      assert.ok(!commandLines.includes("sig="), "the address stands in a command line");
      assert.ok(!output.includes("sig="), "the address was printed");
    });
  }

  it("unpack with the rights of root, for an ordinary user", async () => {
    const { code, output } = await run(["curl", "sha256sum"]);
    assert.equal(code, 0, output);
    assert.match(readFileSync(join(folder, "sudo"), "utf8"), /^-n tar -xzo -f /);
  });

  it("try again after a refusal, a broken answer and wrong bytes, with growing pauses", async () => {
    answers = [
      [503, Buffer.from("busy")],
      [200, archive.subarray(0, 40)],
      [200, Buffer.from("<html>captive portal</html>")],
    ];
    const { code, output, pauses } = await run(["curl", "sha256sum"]);
    assert.equal(code, 0, output);
    assert.deepEqual(pauses, ["5", "10", "15"]);
  });

  it("give up after six attempts and name the file and both digests", async () => {
    const expected = "f".repeat(64);
    const { code, output, pauses } = await run(["curl", "sha256sum"], expected);
    const actual = createHash("sha256").update(archive).digest("hex");
    assert.equal(code, 1);
    assert.ok(output.includes(`expected ${expected}, got ${actual}`) && output.includes("web.tar.gz"), output);
    assert.equal(pauses.length, 5);
    assert.ok(!existsSync(join(image(), "web.tar.gz")), "the archive has its name although it is wrong");
    assert.ok(!existsSync(join(image(), "web")));
  });

  it("say what is missing where nothing can download", async () => {
    const { code, output, pauses } = await run(["sha256sum"]);
    assert.equal(code, 1);
    assert.match(output, /none of curl, wget and python3 is installed/);
    assert.deepEqual(pauses, []);
  });

  it("fail where the archive does not unpack", async () => {
    answers = [[200, Buffer.from("not an archive")]];
    const digest = createHash("sha256").update("not an archive").digest("hex");
    assert.notEqual((await run(["curl", "sha256sum"], digest)).code, 0);
  });

  it("never turn the check of certificates off", () => {
    const lines = linuxFetchLines({ url: "https://h/", sha256: "", archiveInImage: "/a", folderInImage: "/b" });
    assert.doesNotMatch(lines.join("\n"), /insecure|no-check-certificate|_create_unverified|\s-k\b/);
  });
});
