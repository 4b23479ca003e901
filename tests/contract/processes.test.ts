/** Processes of the machine as they are: real ones, this test's own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { isAlive, ownProcess, sendSignal } from "../../tasks/AzureImageBuilderV1/src/adapters/system/processes.ts";

const onLinux = process.platform === "linux";

describe("A process", () => {
  it("is known by its ID, and on Linux by its start", () => {
    const own = ownProcess();
    assert.equal(own.pid, process.pid);
    assert.equal(own.start !== undefined, onLinux);
    assert.equal(isAlive(own), onLinux ? "yes" : "perhaps");
  });

  it("is not another one of the same ID that began at another time", function () {
    if (!onLinux) this.skip();
    assert.equal(isAlive({ pid: process.pid, start: "1" }), "no");
  });

  it("cannot be told from another one where its start is not known", () => {
    assert.equal(isAlive({ pid: process.pid }), "perhaps");
  });

  it("is gone when it has ended, and takes no signal any more", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
    await once(child, "spawn");
    const known = { pid: child.pid ?? 0 };
    assert.notEqual(isAlive(known), "no");
    sendSignal(known, "SIGKILL");
    await once(child, "exit");
    assert.equal(isAlive(known), "no");
    sendSignal(known, "SIGINT");
  });
});
