/** The bill of materials: a valid CycloneDX document of exactly the packages whose code is in the package. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { bundleTask } from "../../scripts/lib/bundle-task.ts";
import { type BundledCode, type BundledPackage, mergeCode } from "../../scripts/lib/bundled-packages.ts";
import { checkLicences } from "../../scripts/lib/check-licences.ts";
import { packageExtension, type Package } from "../../scripts/lib/package-extension.ts";
import { root, tasks } from "../../scripts/lib/paths.ts";
import { describeMaterials, purlOf } from "../../scripts/lib/sbom.ts";
import { openPackage } from "../../scripts/runner/package/vsix.ts";

interface Materials {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly group?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license?: { readonly id?: string } }[];
}

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
}

const task = "AzureImageBuilder/AzureImageBuilderV1";
const validate = (text: string): Promise<unknown> =>
  new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);

describe("The bill of materials", () => {
  let folder = "";
  let built: Package;
  let code: BundledCode;
  let text: string;
  let materials: Materials;
  let lock: Readonly<Record<string, LockEntry>>;
  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), "aib-materials-"));
    built = await packageExtension(folder);
    const bundles: BundledCode[] = [];
    for (const [at, one] of tasks.entries()) bundles.push(await bundleTask(join(folder, `bundle-${at}`), one));
    code = mergeCode(bundles);
    assert.deepEqual(built.problems, []);
    text = await readFile(built.materials, "utf8");
    materials = JSON.parse(text) as Materials;
    const file = await readFile(join(root, "package-lock.json"), "utf8");
    lock = (JSON.parse(file) as { readonly packages: typeof lock }).packages;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is valid by CycloneDX's own schema, which finds what is not", async () => {
    assert.equal(await validate(text), null);
    assert.notEqual(await validate(text.replace('"type": "library"', '"type": "books"')), null);
  });

  it("lies beside the package and in each task's folder, the same", async () => {
    const { files, tasks: packed } = await openPackage(built.file);
    assert.equal(packed.length, 2);
    for (const one of packed) assert.equal(files.get(`${one.folder}/sbom.cdx.json`)?.toString("utf8"), text);
  });

  it("has exactly the packages of the bundle, as package URLs", () => {
    const purls = materials.components.map(({ purl = "" }) => purl);
    assert.deepEqual(purls.toSorted(), [...new Set(code.packages.map(purlOf))].sort());
    assert.ok(purls.includes(`pkg:npm/%40azure/identity@${lock["node_modules/@azure/identity"]?.version ?? ""}`));
    assert.ok(!purls.some((purl) => /npm\/(?:esbuild|mocha|tfx-cli)@/.test(purl)));
  });

  it("has no package that the lock file has for building and testing alone", () => {
    const wrong = code.packages.filter(({ folder: at }) => lock[at] === undefined || lock[at].dev === true);
    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    );
  });

  it("has the lock file's hash, in hex, of every package", () => {
    const entries = Object.entries(lock).map(([at, { version = "", integrity }]) => ({
      name: at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      integrity,
    }));
    for (const { group, name, version, hashes = [] } of materials.components) {
      const full = group === undefined ? name : `${group}/${name}`;
      const sums = hashes.map(({ content }) => `sha512-${Buffer.from(content, "hex").toString("base64")}`);
      assert.equal(sums.length, 1, full);
      assert.ok(
        entries.some((one) => one.name === full && one.version === version && one.integrity === sums[0]),
        full,
      );
    }
  });

  it("says of every package which others it uses, all of them within reach of the extension", () => {
    const uses = new Map(materials.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
    const reached = new Set<string>();
    const walk = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      uses.get(ref)?.forEach(walk);
    };
    walk(materials.metadata.component["bom-ref"]);
    const all = materials.components.map((component) => component["bom-ref"]);
    assert.deepEqual(
      all.filter((ref) => !reached.has(ref)),
      [],
    );
    assert.deepEqual(
      [...reached].filter((ref) => ref !== materials.metadata.component["bom-ref"]).sort(),
      all.toSorted(),
    );
  });

  const product = { publisher: "p", id: "x", version: "1.2.3", description: "d" };
  const some = (...names: readonly string[]): BundledCode => ({
    direct: names.map((name) => `node_modules/${name}`),
    packages: names.map((name) => packageOf(name)),
  });

  it("depends on nothing but its content, the order of the bundler's account included", () => {
    const one = describeMaterials(product, some("a", "b"), { integrities: {} });
    assert.equal(one, describeMaterials(product, some("b", "a"), { integrities: {} }));
    const serial = (document: string): string => (JSON.parse(document) as Materials).serialNumber;
    assert.match(serial(one), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(serial(one), serial(describeMaterials(product, some("a"), { integrities: {} })));
  });

  it("tells a time only where one is given", () => {
    assert.equal(materials.metadata.timestamp, undefined);
    const time = new Date("2026-01-02T03:04:05Z");
    const told = JSON.parse(describeMaterials(product, some("a"), { integrities: {}, time })) as Materials;
    assert.equal(told.metadata.timestamp, "2026-01-02T03:04:05.000Z");
  });

  it("stays valid for a package of no licence, of a choice of licences, and of one that SPDX does not know", async () => {
    const packages = [undefined, "(MIT OR Apache-2.0)", "Our Own"].map((licence, at) => packageOf(`x${at}`, licence));
    assert.equal(await validate(describeMaterials(product, { packages, direct: [] }, { integrities: {} })), null);
  });

  it("names a licence by its SPDX name for every package", () => {
    const unnamed = materials.components.filter(({ licenses }) => licenses[0]?.license?.id === undefined);
    assert.deepEqual(
      unnamed.map(({ name }) => name),
      [],
    );
  });

  it("goes with the text of every licence, or its name where the package carries no text", async () => {
    const notices = (await openPackage(built.file)).files.get(`${task}/ThirdPartyNotices.txt`)?.toString("utf8") ?? "";
    assert.ok(code.packages.length > 20);
    for (const { name, version, licence = "", text: words } of code.packages) {
      assert.ok(notices.includes(`${name}@${version} (${licence})`), name);
      assert.ok(notices.includes(words === "" ? `it says: ${licence}.` : words), name);
    }
  });

  it("names a package once that several tasks have", () => {
    const second = mergeCode([{ packages: [packageOf("a"), packageOf("b")], direct: ["node_modules/b"] }, some("a")]);
    assert.deepEqual(
      second.packages.map(({ name }) => name),
      ["a", "b"],
    );
    assert.deepEqual(second.direct, ["node_modules/a", "node_modules/b"]);
  });
});

function packageOf(name: string, licence: string | undefined = "MIT"): BundledPackage {
  return { name, version: "1.0.0", folder: `node_modules/${name}`, licence, text: "", uses: [] };
}

describe("Licences of bundled packages", () => {
  const cases: readonly (readonly [licence: string | undefined, isGood: boolean])[] = [
    ["MIT", true],
    ["(MIT OR GPL-3.0-only)", true],
    ["(MIT AND BSD-3-Clause)", true],
    ["(MIT AND LGPL-3.0-or-later)", false],
    ["MIT OR Apache-2.0 AND GPL-2.0", false],
    ["GPL-3.0-or-later", false],
    ["AGPL-3.0-only", false],
    ["MPL-2.0", false],
    ["GPL-2.0 WITH Classpath-exception-2.0", false],
    ["SEE LICENSE IN LICENSE", false],
    [undefined, false],
  ];
  for (const [licence, isGood] of cases) {
    it(`${licence ?? "none at all"} is ${isGood ? "fine" : "a problem of the package"}`, () => {
      assert.equal(checkLicences([{ name: "x", version: "1.0.0", licence }]).length, isGood ? 0 : 1);
    });
  }
});
