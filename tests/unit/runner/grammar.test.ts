/** Agent contract, section 3.2: grammar and escaping of logging commands. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import { readOutputLine, type LoggingCommand } from "../../../scripts/runner/commands/grammar.ts";
import { createLineSplitter } from "../../../scripts/runner/agent/lines.ts";

const require = createRequire(import.meta.url);
const { TaskCommand } = require("azure-pipelines-task-lib/taskcommand.js") as {
  TaskCommand: new (command: string, properties: Record<string, string>, message: string) => { toString(): string };
};

function command(line: string, decodePercents = true): LoggingCommand {
  const read = readOutputLine(line, decodePercents);
  assert.equal(read.kind, "command", line);
  return (read as { readonly command: LoggingCommand }).command;
}

describe("the grammar of logging commands", () => {
  const data: readonly (readonly [title: string, written: string, read: string])[] = [
    ["a semicolon", "a%3Bb", "a;b"],
    ["a carriage return", "a%0Db", "a\rb"],
    ["a line feed", "a%0Ab", "a\nb"],
    ["a bracket", "a%5Db", "a]b"],
    ["a percent sign", "100%AZP25", "100%"],
    ["an escaped escape, last", "%AZP250A", "%0A"],
    ["%25 as it is", "a%25b", "a%25b"],
    ["further brackets as they are", "a]b[c]", "a]b[c]"],
  ];
  for (const [title, written, read] of data) {
    it(`reads ${title} in data`, () => assert.equal(command(`##vso[task.debug]${written}`).data, read));
    if (!written.includes("]")) {
      it(`reads ${title} in a property`, () => {
        assert.equal(command(`##vso[task.setvariable variable=${written};]x`).properties.get("variable"), read);
      });
    }
  }

  it("leaves %AZP25 alone when percents are not decoded", () => {
    assert.equal(command("##vso[task.debug]a%AZP25%0Ab", false).data, "a%AZP25\nb");
  });

  it("reads back whatever the task library writes", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (value, message) => {
        const written = new TaskCommand("task.setvariable", { variable: value }, message).toString();
        const read = command(written);
        // A value that begins with `=` loses those signs: the agent splits at the first run of them.
        assert.equal(read.properties.get("variable") ?? "", value.replace(/^=+/, ""));
        assert.equal(read.data, message);
      }),
    );
  });

  it("finds a command anywhere in a line and loses what stands before it", () => {
    const { area, event, data: text } = command("2026-01-01 noise ##vso[Task.SetVariable Variable=a]v");
    assert.deepEqual([area, event, text], ["task", "setvariable", "v"]);
  });

  it("takes property names without case and values up to the next semicolon", () => {
    const { properties } = command("##vso[task.x A=1;b=two words=2;]");
    assert.deepEqual([...properties], [["a", "1"], ["b", "two words=2"]]); // prettier-ignore
  });

  const dropped = ["a", "a=", "=", "=a", "==", ""];
  for (const pair of dropped) {
    it(`drops the pair "${pair}"`, () => assert.equal(command(`##vso[task.x ${pair};k=v]`).properties.size, 1));
  }

  const malformed = ["##vso[task.x", "##vso[task]x", "##vso[a.b.c]x", "##vso[]", "##vso", "##vso[.x]y", "##vso task.x"];
  for (const line of malformed) {
    it(`takes "${line}" for no command, but for an attempt at one`, () => {
      assert.equal(readOutputLine(line).kind, "malformed");
    });
  }

  it("takes every other line for text", () => assert.equal(readOutputLine("## vso[task.x]").kind, "text"));
});

describe("reading a process's output by line", () => {
  const split = (...chunks: readonly (string | Buffer)[]): readonly string[] => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line));
    for (const chunk of chunks) splitter.write(Buffer.from(chunk));
    splitter.end();
    return lines;
  };

  const cases: readonly (readonly [string, readonly (string | Buffer)[], readonly string[]])[] = [
    ["at CR, LF and CRLF", ["a\nb\r\nc\rd"], ["a", "b", "c", "d"]],
    ["at a CRLF cut in two, once", ["a\r", "\nb"], ["a", "b"]],
    ["across chunks", ["ab", "c\nd", "e\n"], ["abc", "de"]],
    ["with empty lines", ["\n\na\n\n"], ["", "", "a", ""]],
    ["with a character cut in two", [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], ["ä"]],
    ["where the last line has no end", ["a\nlast"], ["a", "last"]],
    ["not at other separators", ["a\u2028b\n"], ["a\u2028b"]],
  ];
  for (const [title, chunks, lines] of cases) {
    it(`splits ${title}`, () => assert.deepEqual(split(...chunks), lines));
  }
});
