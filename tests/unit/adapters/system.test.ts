import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  localFiles,
  randomHex,
  systemClock,
  watchStopSignals,
} from "../../../tasks/AzureImageBuilderV1/src/adapters/system/index.ts";
import { CanceledError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

describe("The system", () => {
  it("wakes a sleeper early, with the signal's reason", async () => {
    const stop = new AbortController();
    const sleep = systemClock.sleep(3_600_000, stop.signal);
    const reason = new Error("stop");
    stop.abort(reason);
    await assert.rejects(sleep, reason);
  });

  it("does not begin to sleep when the signal is already there", async () => {
    await assert.rejects(systemClock.sleep(3_600_000, AbortSignal.abort(new Error("stop"))), /stop/);
  });

  it("reads a file up to a size, and says when it has more", async () => {
    const folder = await mkdtemp(join(tmpdir(), "system-"));
    try {
      const file = join(folder, "a");
      await writeFile(file, "four");
      assert.equal(Buffer.from((await localFiles.read(file, 4)) ?? []).toString(), "four");
      assert.equal(await localFiles.read(file, 3), undefined);
      await assert.rejects(localFiles.read(join(folder, "b"), 3), /ENOENT/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("gives random bytes in lower-case hex", () => {
    assert.match(randomHex(8), /^[0-9a-f]{16}$/);
    assert.notEqual(randomHex(8), randomHex(8));
  });

  it("tells files from folders, and that there is nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "aib-system-"));
    await writeFile(join(folder, "file"), "");
    const kinds = [folder, join(folder, "file"), join(folder, "none")].map((path) => localFiles.kind(path));
    assert.deepEqual(await Promise.all(kinds), ["folder", "file", undefined]);
    await rm(folder, { recursive: true });
  });

  for (const name of ["SIGINT", "SIGTERM", "SIGBREAK"] as const) {
    it(`takes ${name} for the agent's wish that the task stop, until it is released`, () => {
      const before = process.listeners(name);
      const { cancelled, release } = watchStopSignals();
      const [added] = process.listeners(name).filter((listener) => !before.includes(listener));
      assert.equal(cancelled.aborted, false);
      added?.(name);
      assert.ok(cancelled.reason instanceof CanceledError && cancelled.reason.message.includes(name));
      release();
      assert.deepEqual(process.listeners(name), before);
    });
  }
});
