import assert from "node:assert/strict";
import { createLogRecord } from "../../../tasks/AzureImageBuilderV1/src/log/record.ts";

describe("The record of a build's log", () => {
  it("is the whole log where that is short", () => {
    const record = createLogRecord();
    ["a", "", "b"].forEach((line) => record.add(line));
    assert.equal(record.text(), "a\n\nb");
  });

  it("is the beginning and the end of a long one, and says how many lines are missing", () => {
    const record = createLogRecord({ head: 6, tail: 9 });
    for (let n = 10; n < 20; n += 1) record.add(String(n));
    assert.equal(record.text(), "10\n11\n… [5 lines left out]\n17\n18\n19");
  });

  it("holds no more than its limits, and a line costs the same however many came before", () => {
    const record = createLogRecord();
    const started = process.cpuUsage().user;
    for (let n = 0; n < 300_000; n += 1) record.add(`line ${n} ${"x".repeat(40)}`);
    assert.ok(record.text().length <= (256 + 2048) * 1024 + 50);
    assert.ok(record.text().endsWith(`line 299999 ${"x".repeat(40)}`));
    assert.ok(process.cpuUsage().user - started < 2_000_000, "two seconds of processor time");
  });
});
