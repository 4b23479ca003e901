/** The bundled post-job part where it has nothing to do, as after nearly every build: it loads nothing and says nothing. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bundleTask } from "../../scripts/lib/bundle-task.ts";
import { noteState, type RecordState } from "../../tasks/AzureImageBuilderV1/src/build/record.ts";
import { ref, setStage } from "../unit/build/stage.ts";

function recordOf(state: RecordState, run = "build/7"): string {
  const stage = setStage({});
  const wishes = { afterwards: "delete", cleanup: "always", onCancel: "cancel", keepsVm: false } as const;
  noteState({ ref, mark: { run, request: "v1:abc" }, ...wishes }, state, stage);
  return stage.agent.records[0] ?? "";
}

describe("The post-job part in the package", function () {
  this.timeout(120_000);
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "aib-finish-"));
    await bundleTask(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const idle: readonly (readonly [title: string, variable: string | undefined])[] = [
    ["the step built nothing", undefined],
    ["the variable is empty", ""],
    ["the step has cleaned up", recordOf("done")],
    ["the build was left", recordOf("left")],
    ["the variable holds something else", '{"version":1,"state":"running","template":{"name":"../x"}}'],
  ];
  for (const [title, variable] of idle) {
    it(`says nothing and ends well where ${title}`, () => {
      const environment = variable === undefined ? {} : { VSTS_TASKVARIABLE_AIBRECORD: variable };
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "finish.js")], {
        env: { PATH: process.env["PATH"], SYSTEM_DEBUG: "true", ...environment },
        encoding: "utf8",
      });
      assert.deepEqual([status, stdout, stderr], [0, "", ""]);
    });
  }

  it("leaves another pipeline run's record alone: it says so in one line, asks nobody and ends well", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "finish.js")], {
      env: {
        PATH: process.env["PATH"],
        AGENT_TEMPDIRECTORY: folder,
        BUILD_BUILDID: "8",
        AGENT_JOBSTATUS: "Canceled",
        VSTS_TASKVARIABLE_AIBRECORD: recordOf("running"),
      },
      encoding: "utf8",
    });
    // No connection is there to ask anybody with: that would be told.
    const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("##vso[task.debug]"));
    assert.match(
      lines[0] ?? "",
      /^##vso\[task\.logissue type=warning;.*code=AIB703;.*\].* template aib-1 .*\(build\/7\)/,
    );
    assert.match(lines[1] ?? "", /^##vso\[task\.complete result=Succeeded;/);
    assert.deepEqual([status, lines.length, stderr], [0, 2, ""], stdout);
  });

  it("loads only what reads the record: no SDK, no library of the agent", async () => {
    const loaded = await staticImports(join(folder, "finish.js"));
    const bytes = loaded.reduce((sum, { text }) => sum + text.length, 0);
    assert.ok(bytes < 12_000, `${bytes} bytes: ${loaded.map(({ file }) => file).join()}`);
    assert.ok(loaded.some(({ text }) => text.includes("VSTS_TASKVARIABLE_AIBRECORD")));
  });
});

interface Loaded {
  readonly file: string;
  readonly text: string;
}

/** The file and all that Node loads before it runs it, whatever it imports later. */
async function staticImports(file: string, seen = new Set<string>()): Promise<readonly Loaded[]> {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = await readFile(file, "utf8");
  const names = [...text.matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)].map(([, name = ""]) => name);
  const others = await Promise.all(names.map((name) => staticImports(join(dirname(file), name), seen)));
  return [{ file, text }, ...others.flat()];
}
