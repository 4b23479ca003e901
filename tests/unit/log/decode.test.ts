import assert from "node:assert/strict";
import { createLineSplitter } from "../../../tasks/AzureImageBuilderV1/src/log/decode.ts";

function split(...pieces: readonly (string | Uint8Array)[]): readonly string[] {
  const splitter = createLineSplitter();
  const lines = pieces.flatMap((piece) => splitter.push(typeof piece === "string" ? Buffer.from(piece) : piece));
  return [...lines, ...splitter.end()];
}

const cases: readonly (readonly [title: string, pieces: readonly (string | Uint8Array)[], lines: readonly string[]])[] =
  [
    ["end with LF or CRLF", ["a\nb\r\nc"], ["a", "b", "c"]],
    ["stay whole when a read cuts CRLF", ["a\r", "\nb\n"], ["a", "b"]],
    [
      "stay whole when a read cuts a character",
      [Buffer.from("ä€").subarray(0, 3), Buffer.from("ä€").subarray(3)],
      ["ä€"],
    ],
    ["may be empty", ["\n\r\n\n"], ["", "", ""]],
    ["lose a byte order mark", ["\ufeffa\n"], ["a"]],
    ["show invalid bytes as U+FFFD", [Uint8Array.of(0x61, 0xff, 0x62, 0x0a)], ["a\ufffdb"]],
    ["show a cut character at the end as U+FFFD", [Uint8Array.of(0x61, 0xe2, 0x82)], ["a\ufffd"]],
    ["survive UTF-16", [Buffer.from("ab\n", "utf16le")], ["a\0b\0", "\0"]],
    ["keep of a progress bar what stands last", [" 10%\r 20%\r 100%\nnext"], [" 100%", "next"]],
    ["keep the bar when it is wiped out with blanks", ["100%\r    \r\n"], ["100%"]],
    [
      "keep the prefix of a progress bar",
      ["[i] PACKER OUT     azure-arm: 10%\r20%\n"],
      ["[i] PACKER OUT     azure-arm: 20%"],
    ],
    [
      "do not take another prefix after a carriage return",
      ["[i] PACKER OUT     azure-arm: x\r[i] PACKER ERR (telemetry)\n", "x\r[i] PACKER ERR y\n"],
      ["[i] PACKER OUT     azure-arm: (telemetry)", "y"],
    ],
  ];

describe("Lines of the build's log", () => {
  for (const [title, pieces, lines] of cases) it(title, () => assert.deepEqual(split(...pieces), lines));

  it("are cut at 16 Ki characters and say how much is missing", () => {
    assert.deepEqual(split(`${"x".repeat(20_000)}\nnext`), [
      `${"x".repeat(16_384)} … [3616 more characters left out]`,
      "next",
    ]);
  });

  it("are cut between words, so that no half of a token is left", () => {
    const [line = ""] = split(`${"x".repeat(16_000)} ${"t".repeat(1000)}`);
    assert.equal(line, `${"x".repeat(16_000)} … [1001 more characters left out]`);
  });

  it("of ten million characters take bounded memory and little time", () => {
    const splitter = createLineSplitter();
    const piece = Buffer.alloc(1024 * 1024, "x");
    const started = process.cpuUsage().user;
    const lines = Array.from({ length: 10 }, () => splitter.push(piece)).flat();
    const [last = ""] = splitter.end();
    assert.deepEqual(lines, []);
    assert.equal(last.length, 16_384 + " … [10469376 more characters left out]".length);
    assert.ok(process.cpuUsage().user - started < 2_000_000, "two seconds of processor time");
  });
});
