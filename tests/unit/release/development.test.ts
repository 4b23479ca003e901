/** Development builds: beside the released extension without a clash, and each above the one before. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkTask } from "../../../scripts/lib/check-task.ts";
import { root, tasks } from "../../../scripts/lib/paths.ts";
import {
  describeDevelopment,
  stampExtension,
  type StampedExtension,
  type StampedTask,
  stampTask,
} from "../../../scripts/release/development.ts";

const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;
const extension = read<StampedExtension>(join(root, "vss-extension.json"));
const released = tasks.map(({ folder }) => read<StampedTask>(join(folder, "task.json")));
const at = new Date("2026-02-03T04:05:06Z");
const development = describeDevelopment("dev", at);

describe("A development build", () => {
  it("has an extension ID of its own, under the same publisher", () => {
    assert.deepEqual(stampExtension(extension, development), {
      ...extension,
      id: `${extension.id}-dev`,
      name: `${extension.name} (dev)`,
      version: extension.version.replace(/\d+$/, String(development.build)),
    });
  });

  it("has task IDs and names of its own, different for each task and each label", () => {
    const other = describeDevelopment("ana", at);
    const all = [...released, ...[development, other].flatMap((one) => released.map((task) => stampTask(task, one)))];
    for (const key of ["id", "name", "friendlyName"] as const) {
      assert.equal(new Set(all.map((task) => task[key].toLowerCase())).size, all.length, key);
    }
    assert.deepEqual(all.slice(2, 4).map(({ name }) => name), ["AzureImageBuilderDev", "AzureImageLifecycleDev"]); // prettier-ignore
  });

  it("has the same IDs every time, so that steps go on with the next build", () => {
    const later = describeDevelopment("dev", new Date(at.getTime() + 3_600_000));
    for (const task of released) {
      assert.equal(stampTask(task, development).id, stampTask(task, later).id);
      assert.equal(stampTask(task, later).version.Patch - stampTask(task, development).version.Patch, 60);
    }
  });

  it("changes nothing of what the tasks do: inputs, handlers and major version stay", () => {
    for (const task of released) {
      const { id, name, friendlyName, version, ...rest } = stampTask(task, development);
      assert.deepEqual({ ...rest, id: task.id, name: task.name, friendlyName: task.friendlyName, version: { ...version, Patch: task.version.Patch } }, task); // prettier-ignore
      assert.ok(id !== task.id && name !== task.name && friendlyName !== task.friendlyName);
    }
  });

  it("passes the checks of a task, with the longest label too", () => {
    const longest = describeDevelopment("abcdefghijkl", at);
    for (const task of released) {
      const problems = checkTask(stampTask(task, longest), "/nowhere").filter((one) => !one.includes("its target"));
      assert.deepEqual(problems, []);
    }
  });

  for (const label of ["", "1a", "a-b", "abcdefghijklm", "ä"]) {
    it(`has no label "${label}"`, () => assert.throws(() => describeDevelopment(label, at), /cannot be a label/));
  }
});

describe("No command of the project", () => {
  it("publishes, and the extension is not public", () => {
    const { scripts } = read<{ readonly scripts: Readonly<Record<string, string>> }>(join(root, "package.json"));
    assert.deepEqual(Object.entries(scripts).filter(([, command]) => /publish|\bupload\b|--share-with/.test(command)), []); // prettier-ignore
    assert.equal(read<{ readonly public: boolean }>(join(root, "vss-extension.json")).public, false);
    assert.equal(read<{ readonly private: boolean }>(join(root, "package.json")).private, true);
    const packaging = readFileSync(join(root, "scripts/lib/package-extension.ts"), "utf8");
    assert.match(packaging, /"extension", "create"/);
    assert.doesNotMatch(packaging, /"publish"|"upload"/);
  });
});
