/** The lines that fetch by the build VM's identity, run for real against a metadata service of a test's own. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createMachine, locate, type Machine } from "./fetch-machine.ts";

const identityId =
  "/subscriptions/s/resourceGroups/r (x)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm";
const token = "eyJ0.tok-en_.sig";
const good = [200, JSON.stringify({ access_token: token, expires_in: "86399", token_type: "Bearer" })] as const;

describe("the lines that fetch by the build VM's identity on Linux", () => {
  let machine: Machine;
  beforeEach(async () => {
    machine = await createMachine(Buffer.from("some bytes"));
    machine.metadata = [good];
  });
  afterEach(() => machine.close());

  const access = { kind: "vmIdentity", identityId } as const;
  const fetched = (): boolean => existsSync(join(machine.image, "web.tar.gz"));

  for (const program of ["curl", "wget", "python3"]) {
    it(`take a token and show it to nobody but the storage, with ${program}`, async function () {
      if (locate(program) === undefined) return this.skip();
      const { output, commandLines } = await machine.run([program, "sha256sum"], { access });
      assert.ok(fetched(), output);
      const [metadata, blob] = machine.requested;
      const identity = encodeURIComponent(identityId);
      const resource = "https%3A%2F%2Fstorage.azure.com%2F";
      assert.equal(
        metadata?.url,
        `/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${resource}&msi_res_id=${identity}`,
      );
      assert.equal(metadata.headers["metadata"], "true");
      assert.equal(blob?.headers["authorization"], `Bearer ${token}`);
      assert.equal(blob.headers["x-ms-version"], "2020-04-08");
      assert.ok(!`${output}${commandLines}`.includes(token), "the token was shown");
    });

    it(`never ask the metadata service through a proxy, with ${program}`, async function () {
      if (locate(program) === undefined) return this.skip();
      const environment = { http_proxy: machine.address(), all_proxy: machine.address() };
      const { output } = await machine.run([program, "sha256sum"], { access }, { environment });
      assert.ok(fetched(), output);
      assert.deepEqual(
        machine.requested.map(({ url }) => url.startsWith("/")),
        [true, false],
      );
    });

    it(`ask again while the metadata service is away, with ${program}`, async function () {
      if (locate(program) === undefined) return this.skip();
      machine.metadata = [...[404, 410, 429, 500, 503].map((status) => [status, "{}"] as const), good];
      const { output, pauses } = await machine.run([program, "sha256sum"], { access });
      assert.ok(fetched(), output);
      assert.deepEqual(pauses, ["2", "4", "8", "16", "32"]);
    });

    it(`end at once where the identity is not the VM's, and say so, with ${program}`, async function () {
      if (locate(program) === undefined) return this.skip();
      machine.metadata = [[400, '{"error":"invalid_request","error_description":"Identity not found"}']];
      const { code, output, pauses } = await machine.run([program, "sha256sum"], { access });
      assert.equal(code, 1);
      assert.ok(output.includes(`no token for its identity ${identityId}: the metadata service said 400`), output);
      assert.match(output, /Identity not found/);
      assert.deepEqual(pauses, []);
    });

    it(`do not take the token to another address, with ${program}`, async function () {
      if (locate(program) === undefined) return this.skip();
      machine.redirect = "/elsewhere";
      await machine.run([program, "sha256sum"], { access });
      const others = machine.requested.filter(({ url }) => url === "/elsewhere");
      assert.ok(others.every(({ headers }) => headers["authorization"] === undefined));
    });
  }

  it("give up after 126 s of pauses without an answer", async () => {
    machine.metadata = [];
    const { code, output, pauses } = await machine.run(["curl", "sha256sum"], { access });
    assert.equal(code, 1);
    assert.match(output, /the metadata service said 500/);
    assert.deepEqual(pauses, ["2", "4", "8", "16", "32", "64"]);
  });

  it("name the missing role where the storage refuses", async () => {
    machine.answers = Array.from({ length: 6 }, () => [403, Buffer.from("no")] as const);
    const { code, output } = await machine.run(["curl", "sha256sum"], { access });
    assert.equal(code, 1);
    assert.ok(output.includes(`got none. ${identityId} needs the role Storage Blob Data Reader there.`), output);
  });

  it("say what is missing where nothing can ask", async () => {
    const { code, output } = await machine.run(["sha256sum"], { access });
    assert.equal(code, 1);
    assert.match(output, /none of curl, wget and python3 is installed/);
  });
});
