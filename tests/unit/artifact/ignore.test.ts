import assert from "node:assert/strict";
import { defaultIgnore, parseIgnore } from "../../../tasks/AzureImageBuilderV1/src/artifact/ignore.ts";

describe(".artifactignore", () => {
  const cases: readonly (readonly [
    title: string,
    lines: readonly string[],
    out: readonly string[],
    kept: readonly string[],
  ])[] = [
    [
      "reads Microsoft's own example: nothing but the release",
      ["**/*", "!src/MyApp/bin/Release/**.*"],
      ["README.md", "src/MyApp/Program.cs", "src/MyApp/bin/Debug/app.dll", ".hidden", "src/"],
      ["src/MyApp/bin/Release/app.dll", "src/MyApp/bin/Release/.config"],
    ],
    ["lets the last line that matches decide", ["*.log", "!keep.log", "keep.*"], ["keep.log", "a.log"], ["a.txt"]],
    ["takes back in", ["*.log", "!keep.log"], ["a.log", "x/a.log"], ["keep.log", "x/keep.log"]],
    ["matches a name alone at any depth", ["node_modules"], ["node_modules/", "a/node_modules/x/y"], ["node_modules2"]],
    ["matches a path only from the top", ["a/b"], ["a/b", "a/b/c"], ["x/a/b"]],
    ["matches a name after a slash only at the top", ["/build"], ["build", "build/x"], ["src/build"]],
    [
      "takes a line with a slash at its end for folders alone",
      ["out/"],
      ["out/", "out/x", "a/out/x"],
      ["out", "a/out"],
    ],
    ["passes over comments and empty lines", ["# *.txt", "", "   ", "*.md"], ["a.md"], ["a.txt", "# *.txt"]],
    ["reads a sign that is marked as itself", ["\\#a", "\\!b"], ["#a", "!b"], ["a", "b"]],
    ["passes over spaces around a line", ["  *.md  "], ["a.md"], []],
    ["matches names that begin with a dot", ["*.tmp", ".*"], [".x.tmp", ".env"], ["env"]],
    [
      "knows sets and single letters",
      ["*.[oa]", "?.c", "*.{gif,png}"],
      ["x.o", "x.a", "a.c", "b.png"],
      ["ab.c", "x.b"],
    ],
    ["goes down any number of folders by two stars", ["a/**/z"], ["a/z", "a/b/z", "a/b/c/z"], ["z"]],
    ["goes down no folder by one star", ["a/*.x"], ["a/b.x"], ["a/b/c.x"]],
  ];
  for (const [title, lines, out, kept] of cases) {
    for (const [ends, newLine] of [
      ["", "\n"],
      [", with line ends of Windows", "\r\n"],
    ] as const) {
      it(`${title}${ends}`, () => {
        const rules = parseIgnore(lines.join(newLine));
        assert.deepEqual(
          [...out, ...kept].filter((path) => rules.isOut(path)),
          out,
        );
      });
    }
  }

  it("may begin with a byte order mark", () => {
    assert.ok(parseIgnore("\ufeffa\n").isOut("a"));
  });

  it("is final where it takes nothing back in", () => {
    assert.deepEqual([parseIgnore("a\nb").isFinal, parseIgnore("a\n!b").isFinal], [true, false]);
  });

  it("leaves out the repository's own folder where there is none", () => {
    assert.deepEqual(
      [".git/", ".git", ".gitignore", "a/.git/"].map((path) => defaultIgnore.isOut(path)),
      [true, true, false, false],
    );
  });
});
