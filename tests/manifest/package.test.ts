/** The extension's package: small, complete, nothing in it that does not run. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { inflateRawSync } from "node:zlib";
import { bundleTask } from "../../scripts/lib/bundle-task.ts";
import { checkExtension, checkTask, type ExtensionManifest, type TaskManifest } from "../../scripts/lib/check-task.ts";
import { packageExtension, type Package, sizeLimit } from "../../scripts/lib/package-extension.ts";
import { root, tasks as places } from "../../scripts/lib/paths.ts";
import { crc32 } from "../../tasks/AzureImageBuilderV1/src/artifact/crc32.js";
import type { JobResult } from "../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";

describe("The package", () => {
  let folder = "";
  let built: Package;
  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), "aib-package-"));
    await writeFile(join(folder, "older-0.0.1.vsix"), "");
    await writeFile(join(folder, "older-0.0.1.sbom.cdx.json"), "");
    built = await packageExtension(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is good", () => {
    assert.deepEqual(built.problems, []);
  });

  it("takes the place of older ones, and leaves nothing else behind", async () => {
    const names = await readdir(folder);
    assert.deepEqual(names.map((name) => join(folder, name)).sort(), [built.file, built.materials].sort());
  });

  it("has at most a megabyte for each task", () => {
    assert.ok(built.size <= sizeLimit * places.length && sizeLimit <= 1_000_000, String(built.size));
  });

  it("holds only what runs, what the marketplace shows, and the licences", () => {
    const task = "AzureImageBuilder/AzureImageBuilderV1";
    const second = "AzureImageLifecycle/AzureImageLifecycleV1";
    const files = built.names.filter((name) => !name.endsWith("/") && !name.includes("/chunks/"));
    assert.deepEqual(files, [
      `${task}/ThirdPartyNotices.txt`,
      `${task}/finish.js`,
      `${task}/icon.png`,
      `${task}/main.js`,
      `${task}/package.json`,
      `${task}/sbom.cdx.json`,
      `${task}/task.json`,
      `${second}/ThirdPartyNotices.txt`,
      `${second}/icon.png`,
      `${second}/main.js`,
      `${second}/package.json`,
      `${second}/sbom.cdx.json`,
      `${second}/task.json`,
      "LICENSE",
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension.vsomanifest",
      "images/failure.png",
      "images/icon-128.png",
      "images/log.png",
      "images/summary.png",
      "overview.md",
    ]);
    const chunks = built.names.filter((name) => name.startsWith(`${task}/chunks/`) && !name.endsWith("/"));
    assert.ok(chunks.length > 5 && chunks.every((name) => name.endsWith(".js")), chunks.join());
    assert.ok(chunks.includes(`${task}/chunks/pack-worker.js`));
  });

  it("holds the thread that packs, beside the code that starts it, and it works", async () => {
    const target = join(folder, "threads");
    await bundleTask(target);
    const chunks = (await readdir(target, { recursive: true })).filter((name) => name.endsWith(".js"));
    const starting: string[] = [];
    for (const name of chunks) {
      if ((await readFile(join(target, name), "utf8")).includes('"./pack-worker.js"')) starting.push(dirname(name));
    }
    assert.deepEqual(starting, ["chunks"]);
    const worker = new Worker(join(target, "chunks", "pack-worker.js"), { execArgv: [] });
    try {
      const bytes = Buffer.from(new SharedArrayBuffer(5)).fill("bytes");
      worker.postMessage({
        id: 1,
        kind: "deflate",
        bytes,
        whole: [],
        level: 1,
        parts: [{ start: 0, end: 5, last: true }],
      });
      const [answer] = (await once(worker, "message")) as [{ readonly id: number; readonly result: JobResult }];
      const [data = new Uint8Array()] = answer.result.data;
      assert.deepEqual([answer.id, inflateRawSync(data).toString(), answer.result.crcs], [1, "bytes", [crc32(bytes)]]);
    } finally {
      await worker.terminate();
      await rm(target, { recursive: true });
    }
  }).timeout(60_000);
});

describe("Icons", () => {
  for (const [file, size] of [
    [join(root, "images", "icon-128.png"), 128],
    ...places.map((task) => [join(task.folder, "icon.png"), 32] as const),
  ] as const) {
    it(`have the size the marketplace asks for: ${size}`, async () => {
      const png = await readFile(file);
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [size, size]);
    });
  }
});

describe("What tfx only warns about", () => {
  let all: readonly TaskManifest[];
  let task: TaskManifest;
  let extension: ExtensionManifest;
  let folder = "";
  before(async () => {
    all = await Promise.all(
      places.map(async (one) => JSON.parse(await readFile(join(one.folder, "task.json"), "utf8")) as TaskManifest),
    );
    [task = {}] = all;
    extension = JSON.parse(await readFile(join(root, "vss-extension.json"), "utf8")) as ExtensionManifest;
    folder = await mkdtemp(join(tmpdir(), "aib-check-"));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "main.js"), "");
    await writeFile(join(folder, "finish.js"), "");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is not there", () => {
    assert.equal(all.length, 2);
    for (const one of all) assert.deepEqual(checkTask(one, folder), []);
    assert.deepEqual(
      checkExtension(extension, () => true),
      [],
    );
  });

  const tasks: readonly (readonly [title: string, change: TaskManifest, problem: RegExp])[] = [
    ["an id that is no GUID", { id: "image-builder" }, /id is not a GUID/],
    ["a name with other signs", { name: "Azure Image" }, /name may hold/],
    ["a friendly name of 41 characters", { friendlyName: "x".repeat(41) }, /more than 40/],
    ["no friendly name", { friendlyName: "" }, /friendlyName is absent/],
    ["no instance name", { instanceNameFormat: "" }, /instanceNameFormat is absent/],
    ["a version without a part", { version: { Major: 1, Minor: 0 } }, /version needs/],
    [
      "a runner past its end of life",
      { execution: { Node16: { target: "main.js" } } },
      /Node16 is past its end of life/,
    ],
    [
      "a runner nobody knows",
      { execution: { Node20: { target: "main.js" } } },
      /Node20 is past its end of life, or unknown/,
    ],
    [
      "a target that is not there",
      { execution: { Node24: { target: "index.js" } } },
      /target index\.js is not in the package/,
    ],
    ["a missing post-job target", { postjobexecution: { Node24: { target: "post.js" } } }, /target post\.js is not/],
    ["nothing to execute", { execution: {} }, /execution is absent/],
    [
      "an input with a bad name",
      { inputs: [{ name: "my-input", label: "x", type: "string" }] },
      /input my-input needs/,
    ],
  ];
  for (const [title, change, problem] of tasks) {
    it(`is an error: ${title}`, () => {
      const problems = checkTask({ ...task, ...change }, folder);
      assert.ok(problems.length > 0 && problem.test(problems.join("\n")), problems.join("\n"));
    });
  }

  const extensions: readonly (readonly [title: string, change: ExtensionManifest, problem: RegExp])[] = [
    ["a description of 201 characters", { description: "x".repeat(201) }, /more than 200/],
    ["an extension that would be public", { public: true }, /public must be false/],
    ["an extension that is not marked Preview", { galleryFlags: [] }, /lacks Preview/],
    ["scopes", { scopes: ["vso.build"] }, /scopes must be absent/],
    ["a version of two parts", { version: "1.0" }, /version is not of the form/],
    ["no task", { contributions: [] }, /no contribution is a task/],
  ];
  for (const [title, change, problem] of extensions) {
    it(`is an error: ${title}`, () => {
      assert.match(checkExtension({ ...extension, ...change }, () => true).join("\n"), problem);
    });
  }

  it("is an error: a contribution without a task.json in the package", () => {
    assert.match(checkExtension(extension, () => false).join("\n"), /AzureImageBuilder has no task\.json/);
  });
});
