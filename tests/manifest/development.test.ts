/** A development build as a package: valid, and nothing of it is the released one's. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { openPromise } from "yauzl";
import { packageExtension } from "../../scripts/lib/package-extension.ts";

/** Texts of the package's manifests by name. */
async function manifestsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    if (!/task\.json$|\.vsixmanifest$/.test(entry.fileName)) continue;
    found.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)));
  }
  return found;
}

describe("The package of a development build", function () {
  this.timeout(120_000);
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "aib-dev-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is good, private, and has names and IDs of its own", async () => {
    const { file, problems } = await packageExtension(folder, { label: "dev", build: 42 });
    assert.deepEqual(problems, []);
    assert.match(basename(file), /^azure-image-builder-extension\.azure-image-builder-dev-\d+\.\d+\.42\.vsix$/);
    const manifests = await manifestsOf(file);
    const vsix = manifests.get("extension.vsixmanifest") ?? "";
    assert.match(vsix, /Id="azure-image-builder-dev"/);
    assert.doesNotMatch(vsix, /<GalleryFlags>[^<]*Public/);
    const names = [...manifests].flatMap(([name, content]) =>
      name.endsWith("task.json") ? [(JSON.parse(content) as { readonly name: string }).name] : [],
    );
    assert.deepEqual(names, ["AzureImageBuilderDev", "AzureImageLifecycleDev"]);
  });
});
