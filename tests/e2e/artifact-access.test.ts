/** A tree with hard names goes into an image by every way of access, and is the same there by hash, mode and link. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { defaultWorld, type WorldFile } from "../emulator/core/world-file.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { makeHardTree } from "../unit/artifact/hard-tree.ts";
import { skipWhereSimulated } from "./build-vm-support.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

/** The default world with an identity for build machines that may read blobs. */
function worldWithReader(): WorldFile & { readonly readerId: string } {
  const world = defaultWorld();
  const own = world.resources.find(({ id }) => id.includes("/userAssignedIdentities/"));
  const account = world.resources.find(({ id }) => id.includes("/storageAccounts/"));
  assert.ok(own !== undefined && account !== undefined);
  const readerId = own.id.replace(/[^/]+$/, "id-reader");
  const principalId = "27e3fe0a-0000-4000-8000-4666831b1099";
  const identity = {
    ...own,
    id: readerId,
    properties: { principalId, clientId: "c225165f-0000-4000-8000-26c013440099" },
  };
  return {
    ...world,
    resources: [...world.resources, identity],
    roleAssignments: [
      ...(world.roleAssignments ?? []),
      { principal: "id-reader", role: "Storage Blob Data Reader", scope: account.id },
      { principal: "id-imagebuilder", role: "Managed Identity Operator", scope: readerId },
    ],
    readerId,
  };
}

/** `kind mode content` of everything below a folder, by path. */
function treeOf(folder: string, prefix = ""): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder)) {
    const whole = join(folder, name);
    const stat = lstatSync(whole);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) found.set(prefix + name, `link ${readlinkSync(whole)}`);
    else if (stat.isFile()) found.set(prefix + name, `file ${mode} ${digestOf(readFileSync(whole))}`);
    else {
      found.set(prefix + name, `directory ${mode}`);
      for (const [path, text] of treeOf(whole, `${prefix}${name}/`)) found.set(path, text);
    }
  }
  return found;
}

const digestOf = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

describe("an artifact with hard names in an image", function () {
  this.timeout(180_000);
  let emulator: Emulator;
  let extension = "";
  let folder = "";
  let readerId = "";
  let source: ReadonlyMap<string, string>;
  before(async () => {
    extension = await preparePackage(root, () => undefined);
    folder = mkdtempSync(join(tmpdir(), "access-"));
    await makeHardTree(join(folder, "tree"));
    source = treeOf(join(folder, "tree"));
    const { readerId: id, ...world } = worldWithReader();
    readerId = id;
    emulator = await createEmulator({ world, scale: 150, imageBuilder: { durations: shortBuild } });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await emulator.close();
  });

  async function bake(inputs: string): Promise<{ readonly report: JsonReport; readonly log: string }> {
    const pipeline = join(folder, "azure-pipelines.yml");
    writeFileSync(
      pipeline,
      `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      artifactPath: ${join(folder, "tree")}
      storageAccount: $(storageAccount)
      galleryImage: $(imageDefinition)
      inlineScript: sudo cp -a /tmp/tree /opt/tree
${inputs}
`,
    );
    const log: string[] = [];
    const report = await runSession(emulator, {
      pipeline,
      extension,
      variables: sampleVariables(emulator.description),
      sink: (line) => void log.push(line),
    });
    return { report, log: log.join("\n") };
  }

  async function treeInImage(id: string): Promise<ReadonlyMap<string, string>> {
    const files = (await emulator.world.images.files(id)) ?? [];
    const below = files.filter(({ path }) => path.startsWith("/opt/tree/"));
    return new Map(
      below.map(({ path, kind, mode, sha256, target }) => {
        const bits = (mode & 0o7777).toString(8);
        const text =
          kind === "link" ? `link ${target}` : kind === "file" ? `file ${bits} ${sha256}` : `directory ${bits}`;
        return [path.slice("/opt/tree/".length), text] as const;
      }),
    );
  }

  const signed = () => emulator.requests().some(({ url }) => /\/imagebuilder\/v1\/.*[?&]sig=/.test(url));
  const ways: readonly (readonly [access: string, more: () => string, usesSignature: boolean])[] = [
    ["vmIdentity", () => `      buildVmIdentities: ${readerId}\n`, false],
    ["templateIdentity", () => "", false],
    ["auto", () => "", false],
    ["delegationSas", () => "", true],
    ["accountKey", () => "", true],
  ];
  for (const [access, more, usesSignature] of ways) {
    it(`is the same there by ${access}, ${usesSignature ? "by a signed address" : "without any signature"}`, async function () {
      await skipWhereSimulated(this, emulator);
      const { report, log } = await bake(`      artifactAccess: ${access}\n${more()}`);
      assert.equal(report.result, "Succeeded", log.slice(-6000));
      const found = await treeInImage(report.outputs["image.imageId"] ?? "");
      const differs = [...new Set([...source.keys(), ...found.keys()])].filter(
        (path) => source.get(path) !== found.get(path),
      );
      assert.deepEqual(
        differs.map((path) => `${JSON.stringify(path)}: ${source.get(path)} became ${found.get(path)}`),
        [],
      );
      assert.doesNotMatch(log, /sig=(?!\*\*\*)/);
      if (!usesSignature) assert.ok(!signed());
    });
  }

  it("is uploaded once: every run after the first found it", () => {
    const commits = emulator.requests().filter(({ method, url }) => method === "PUT" && url.includes("comp=blocklist"));
    assert.equal(commits.length, 1);
  });

  const refusals: readonly (readonly [title: string, access: () => string, holder: string, said: RegExp])[] = [
    [
      "the asked-for identity lacks its role",
      () => `      artifactAccess: vmIdentity\n      buildVmIdentities: ${readerId}\n`,
      "27e3fe0a-0000-4000-8000-4666831b1099",
      /az role assignment create .*Storage Blob Data Reader/,
    ],
    [
      "the connection may not write to the account",
      () => "      artifactAccess: templateIdentity\n",
      "9a8b7c6d-0000-4000-8000-5e4f3a2b1c0d",
      /storageAccount: the connection has no role.*az role assignment create .*Storage Blob Data Contributor/,
    ],
  ];
  for (const [title, access, holder, said] of refusals) {
    it(`is refused before any upload where ${title}, with the command that gives it`, async () => {
      const { roleAssignments } = emulator.world;
      const at = roleAssignments.findIndex(
        ({ principalId, scope }) => principalId === holder && scope.includes("/storageAccounts/"),
      );
      const [taken] = roleAssignments.splice(at, 1);
      assert.ok(taken !== undefined && at >= 0);
      const before = emulator.requests().length;
      const { report, log } = await bake(access());
      roleAssignments.push(taken);
      assert.equal(report.result, "Failed");
      assert.match(log, said);
      const changes = emulator
        .requests()
        .slice(before)
        .filter(({ method }) => method === "PUT");
      assert.deepEqual(changes, []);
    });
  }
});
