/** The content digest of pipeline artifacts, from their manifests. */
import assert from "node:assert/strict";
import { readManifest } from "../../../tasks/AzureImageBuilderV1/src/artifact/run-manifest.ts";

const one = { path: "/test1.txt", blob: { id: "D21C96", size: 14 } };
const two = { path: "/test2.txt", blob: { id: "FE2A48", size: 15 } };
const manifest = (items: unknown, more: object = {}): string =>
  JSON.stringify({ manifestFormat: "1.1.0", items, manifestReferences: [], ...more });
const digest = (text: string, top = "web"): string | undefined => readManifest(text, top)?.content;

describe("the manifest of a pipeline artifact", () => {
  it("tells how many files there are, and their bytes", () => {
    const { content = "", ...rest } = readManifest(manifest([one, two]), "web") ?? {};
    assert.deepEqual(rest, { files: 2, bytes: 29 });
    assert.match(content, /^[0-9a-f]{64}$/);
  });

  it("gives one digest whatever the order of items and fields", () => {
    const turned = { blob: { size: two.blob.size, id: two.blob.id }, path: two.path };
    assert.equal(digest(manifest([turned, one])), digest(manifest([one, two])));
  });

  it("does not count an item without content as a file, and does not pass it over", () => {
    const folder = { path: "/empty", blob: null, type: "folder" };
    assert.equal(readManifest(manifest([one, folder]), "web")?.files, 1);
    assert.notEqual(digest(manifest([one, folder])), digest(manifest([one])));
  });

  const changes: readonly { readonly title: string; readonly text: string; readonly top?: string }[] = [
    { title: "a path", text: manifest([one, { ...two, path: "/test3.txt" }]) },
    { title: "a file's content", text: manifest([one, { ...two, blob: { ...two.blob, id: "00" } }]) },
    { title: "a file's size", text: manifest([one, { ...two, blob: { ...two.blob, size: 16 } }]) },
    { title: "a field that is not known", text: manifest([one, { ...two, permissions: 493 }]) },
    { title: "the folder at the archive's top", text: manifest([one, two]), top: "drop" },
  ];
  for (const { title, text, top } of changes) {
    it(`gives another digest for ${title}`, () => {
      assert.notEqual(digest(text, top), undefined);
      assert.notEqual(digest(text, top), digest(manifest([one, two])));
    });
  }

  const strangers: readonly { readonly title: string; readonly text: string }[] = [
    { title: "no JSON", text: "<html>" },
    { title: "no items", text: "{}" },
    { title: "null", text: "null" },
    { title: "an item without a path", text: manifest([{ blob: one.blob }]) },
    { title: "an item with half a blob", text: manifest([{ path: "/a", blob: { id: "AA" } }]) },
    { title: "a negative size", text: manifest([{ path: "/a", blob: { id: "AA", size: -1 } }]) },
    { title: "content in other manifests", text: manifest([one], { manifestReferences: [{ id: "BB" }] }) },
  ];
  for (const { title, text } of strangers) {
    it(`tells nothing where it is ${title}`, () => assert.equal(readManifest(text, "web"), undefined));
  }
});
