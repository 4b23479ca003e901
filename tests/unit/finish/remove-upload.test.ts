/** What the post-job part does about an upload that was broken off. */
import assert from "node:assert/strict";
import { readUpload, type UploadRecord } from "../../../tasks/AzureImageBuilderV1/src/artifact/upload-record.ts";
import { removeUpload, type UploadPorts } from "../../../tasks/AzureImageBuilderV1/src/finish/remove-upload.ts";
import type { StorageAccountFacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { memoryContainer } from "../artifact/memory-container.ts";
import { ref, stageAgent, stageClock } from "../build/stage.ts";

const record: UploadRecord = {
  version: 1,
  account:
    "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages",
  container: "imagebuilder",
  blob: "incoming/0123456789abcdef-00000000000000aa",
  access: "token",
  template: ref,
  process: { pid: 4711, start: "12" },
};

describe("The record of an upload", () => {
  it("is read as it was written", () => assert.deepEqual(readUpload(JSON.stringify(record)), record));

  const broken: readonly (readonly [why: string, text: string | undefined])[] = [
    ["nothing", undefined],
    ["an empty text", ""],
    ["no JSON", "{"],
    ["no object", "[]"],
    ["another version", JSON.stringify({ ...record, version: 2 })],
    ["a finished artifact", JSON.stringify({ ...record, blob: `v1/${"a".repeat(64)}.tar.gz` })],
    ["a blob out of the folder", JSON.stringify({ ...record, blob: "incoming/../v1/x" })],
    ["an account that is no resource ID", JSON.stringify({ ...record, account: "https://elsewhere/" })],
    ["another way in", JSON.stringify({ ...record, access: "sas" })],
    ["for a template that may be anything", JSON.stringify({ ...record, template: { ...ref, name: "../aib" } })],
    ["for no template", JSON.stringify({ ...record, template: undefined })],
    ["a process that may be anything", JSON.stringify({ ...record, process: { pid: 0 } })],
  ];
  for (const [why, text] of broken) {
    it(`is none where it is ${why}`, () => assert.equal(readUpload(text), undefined));
  }
});

describe("The post-job part after a broken upload", () => {
  function stage(change: Partial<UploadPorts> = {}) {
    const clock = stageClock();
    const agent = stageAgent(clock);
    const container = memoryContainer(() => clock.now());
    container.put(record.blob, { aibtask: "1" });
    const asked: unknown[] = [];
    const ports: UploadPorts = {
      agent,
      clock,
      blobs: {
        container: (account, name, access) => {
          asked.push([account.blobEndpoint, name, access]);
          return container;
        },
      },
      facts: {
        storageAccount: async (): Promise<StorageAccountFacts> => ({ id: record.account, name: "stimages", blobEndpoint: "https://stimages/", allowSharedKeyAccess: false }), // prettier-ignore
      },
      processes: { isAlive: () => "no", signal: () => undefined },
      ...change,
    };
    return { ports, container, agent, asked };
  }

  it("deletes the blob, where Azure says that the account answers", async () => {
    const { ports, container, asked, agent } = stage();
    await removeUpload(record, ports);
    assert.deepEqual([...container.blobs.keys()], []);
    assert.deepEqual(asked, [["https://stimages/", "imagebuilder", "token"]]);
    assert.deepEqual(agent.log.map(({ kind }) => kind), ["info"]); // prettier-ignore
  });

  it("ends a main part that still works first", async () => {
    const signals: string[] = [];
    const processes = {
      isAlive: () => (signals.length === 0 ? ("yes" as const) : ("no" as const)),
      signal: (_process: unknown, signal: string) => void signals.push(signal),
    };
    const { ports, container } = stage({ processes });
    await removeUpload(record, ports);
    assert.deepEqual([signals, container.blobs.size], [["SIGINT"], 0]);
  });

  it("names what it cannot delete, with the command that does", async () => {
    const { ports, agent } = stage({ facts: { storageAccount: () => Promise.reject(new Error("No answer.")) } });
    await removeUpload(record, ports);
    const [warning] = agent.log.filter(({ kind }) => kind === "warning");
    assert.equal(warning?.code, "AIB702");
    assert.match(warning.text, /^The blob incoming\/0123456789abcdef-00000000000000aa could not be deleted: No answer\. To delete it: az storage blob delete .*--account-name stimages /); // prettier-ignore
  });

  it("has nothing to do where the account is gone", async () => {
    const { ports, agent } = stage({ facts: { storageAccount: async () => undefined } });
    await removeUpload(record, ports);
    assert.deepEqual(agent.log.filter(({ kind }) => kind === "warning"), []); // prettier-ignore
  });
});
