/** The files that steps and validators name, on a small disk. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { gatherFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import type { ListFiles } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { portsOf, type World } from "./world.ts";

const gather = async (inputs: StepInputs, world: World): Promise<ListFiles> =>
  (await gatherFacts(parseInputs(agentOf(step(inputs))), portsOf(world))).files;

async function problems(inputs: StepInputs, world: World): Promise<readonly string[]> {
  try {
    await gather(inputs, world);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ input, line, column, message }) => `${input} ${line}:${column} ${message}`);
  }
}

const withArtifact = { artifactPath: "out/web", storageAccount: "stimages" };
const files = ["/agent/1/s/out/web", "/agent/1/s/scripts"];
const contents = { "/agent/1/s/a.sh": "true", "/agent/1/s/out/web/bin/b.sh": "false" };
const world: World = { files, contents };
const text = (found: ListFiles["steps"][string] | undefined): string | undefined =>
  found?.from === "agent" ? Buffer.from(found.content).toString() : found?.inside;

describe("files of steps", () => {
  const cases: readonly (readonly [title: string, path: string, from: string, expected: string])[] = [
    ["are read from the working directory", "a.sh", "agent", "true"],
    ["are read by their whole path", "/agent/1/s/a.sh", "agent", "true"],
    ["are left where they are when the artifact holds them", "out/web/bin/b.sh", "artifact", "bin/b.sh"],
    ["are found in the artifact by their path in it", "bin/b.sh", "artifact", "bin/b.sh"],
  ];
  for (const [title, path, from, expected] of cases) {
    it(title, async () => {
      const found = (await gather({ ...withArtifact, steps: `- shell: { file: ${path} }` }, world)).steps[path];
      assert.deepEqual([found?.from, text(found)], [from, expected]);
    });
  }

  it("are the artifact itself when it is that one file", async () => {
    const inputs = { ...withArtifact, artifactPath: "a.sh", steps: "- shell: { file: a.sh }" };
    assert.deepEqual((await gather(inputs, world)).steps["a.sh"], { from: "artifact", inside: "a.sh" });
  });

  it("are read from under a path whose files are not taken along", async () => {
    const inputs = { artifactPath: "out/web", steps: "- shell: { file: out/web/bin/b.sh }" };
    assert.equal((await gather(inputs, world)).steps["out/web/bin/b.sh"]?.from, "agent");
  });

  it("are carried along for validators, even from the artifact", async () => {
    const inputs = { ...withArtifact, enableValidation: "true", validators: "- shell: { file: out/web/bin/b.sh }" };
    assert.equal(text((await gather(inputs, world)).validators["out/web/bin/b.sh"]), "false");
  });

  it("are not looked up in an artifact of a run, and the message says how to name them", async () => {
    const artifact = { project: "p", runId: 1, runName: "1", name: "web", topFolder: "web", downloadUrl: "https://x" };
    const inputs = { artifactName: "web", storageAccount: "stimages", steps: "- shell: { file: bin/b.sh }" };
    const [problem] = await problems(inputs, { ...world, findArtifact: async () => ({ state: "found", artifact }) });
    assert.match(problem ?? "", /^steps 1:\d+ .*no file at \/agent\/1\/s\/bin\/b\.sh\. Legal: .*artifact web of a run/);
  });

  const mistakes: readonly (readonly [title: string, path: string, found: RegExp])[] = [
    ["is missing", "none.sh", /there is no file at \/agent\/1\/s\/none\.sh, nor at \/agent\/1\/s\/out\/web\/none\.sh/],
    ["is a folder", "scripts", /\/agent\/1\/s\/scripts is a folder/],
    ["is too large", "big.sh", /has more than 262144 bytes/],
  ];
  for (const [title, path, found] of mistakes) {
    it(`are told at their step when one ${title}`, async () => {
      const large = { ...world, contents: { ...contents, "/agent/1/s/big.sh": "x".repeat(262_145) } };
      const said = await problems({ ...withArtifact, steps: `- shell: true\n- shell: { file: ${path} }` }, large);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", /^steps 2:3 /);
      assert.match(said[0] ?? "", found);
    });
  }

  it("are refused when they are too large together", async () => {
    const names = ["1", "2", "3", "4", "5"];
    const large = Object.fromEntries(names.map((name) => [`/agent/1/s/${name}`, "x".repeat(250_000)]));
    const steps = names.map((name) => `- shell: { file: ${name} }`).join("\n");
    assert.match((await problems({ steps }, { contents: large })).join(), /1250000 bytes together/);
  });
});
