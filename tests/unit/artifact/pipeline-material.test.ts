/** Downloads that are begun again, and what the archive's material tells. */
import assert from "node:assert/strict";
import { brokenDownload, strangeArchive } from "../../../tasks/AzureImageBuilderV1/src/artifact/faults.ts";
import {
  openPipelineMaterial,
  withDownloads,
} from "../../../tasks/AzureImageBuilderV1/src/artifact/pipeline-material.ts";
import type { PipelineArtifact } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import type { Agent } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";

const artifact: PipelineArtifact = {
  ...{ project: "p", runId: 1, runName: "1", name: "web", downloadUrl: "https://dev.azure.com/x", topFolder: "web" },
};
/** The smallest archive: an end and nothing before it. */
const empty = Buffer.concat([Buffer.from("PK\u0005\u0006"), Buffer.alloc(18)]);

describe("the material of a pipeline artifact", () => {
  const open = (
    parts: readonly Uint8Array[],
    signal = new AbortController().signal,
    change: Partial<PipelineArtifact> = {},
  ) =>
    openPipelineMaterial(
      { ...artifact, ...change },
      {
        artifacts: {
          find: () => assert.fail("not looked for"),
          open: async function* () {
            yield* parts;
          },
        },
        signal,
      },
    );

  it("hands every byte on, in its order", async () => {
    const parts: Buffer[] = [];
    const made = await open([empty.subarray(0, 3), empty.subarray(3)]).make(
      async (bytes) => void parts.push(Buffer.from(bytes)),
    );
    assert.deepEqual(Buffer.concat(parts), empty);
    assert.equal(made.files, 0);
  });

  it("has the manifest's digest before the download where there is a manifest", async () => {
    const material = open([empty], undefined, { content: "ab".repeat(32) });
    assert.equal(await material.digest(), "ab".repeat(32));
    assert.equal((await material.make(async () => undefined)).content, "ab".repeat(32));
    assert.equal(await open([empty]).digest(), undefined);
  });

  it("writes nothing after the task was asked to stop", async () => {
    const stop = new AbortController();
    let written = 0;
    const making = open([empty, empty], stop.signal).make(async () => {
      written += 1;
      stop.abort(new Error("stop"));
    });
    await assert.rejects(making, /stop/);
    assert.equal(written, 1);
  });
});

describe("downloads that break off", () => {
  const ports = () => {
    const pauses: number[] = [];
    const lines: string[] = [];
    const agent = { info: (line: string) => void lines.push(line) } as Partial<Agent> as Agent;
    const clock = { now: () => new Date(0), sleep: async (ms: number) => void pauses.push(ms) };
    return { pauses, lines, agent, clock, cancelled: new AbortController().signal };
  };

  it("are begun again, with longer pauses", async () => {
    const { pauses, lines, ...rest } = ports();
    let count = 0;
    const result = await withDownloads(async () => {
      count += 1;
      if (count < 3) throw brokenDownload("web", "it broke");
      return count;
    }, rest);
    assert.equal(result, 3);
    assert.deepEqual(pauses, [1000, 2000]);
    assert.match(lines[0] ?? "", /^The download of the artifact web is not complete: it broke\. It is begun again\.$/);
  });

  it("fail the step when four have", async () => {
    const { pauses, lines: _lines, ...rest } = ports();
    await assert.rejects(
      withDownloads(async () => {
        throw brokenDownload("web", "it broke");
      }, rest),
      /not complete/,
    );
    assert.deepEqual(pauses, [1000, 2000, 4000]);
  });

  it("are the only failures after which anything is done again", async () => {
    const { pauses, lines: _lines, ...rest } = ports();
    await assert.rejects(
      withDownloads(async () => {
        throw strangeArchive("web", "it is encrypted");
      }, rest),
      /encrypted/,
    );
    assert.deepEqual(pauses, []);
  });
});
