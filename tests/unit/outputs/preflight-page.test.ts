import assert from "node:assert/strict";
import { marked } from "marked";
import MarkdownIt from "markdown-it";
import {
  describePreflightPage,
  publishPreflight,
} from "../../../tasks/AzureImageBuilderV1/src/outputs/preflight-page.ts";
import type { Preflight } from "../../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import type { WorkFile } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { type Stage, setStage } from "../build/stage.ts";
import { finding, result } from "../preflight/fake-check.ts";

/** Both do what a lax page would: HTML goes through, addresses become links. */
const renderers: Readonly<Record<string, (markdown: string) => string>> = {
  "markdown-it": (markdown) => new MarkdownIt({ html: true, linkify: true }).render(markdown),
  marked: (markdown) => marked.parse(markdown, { async: false, gfm: true }),
};

const preflight = (change: Partial<Preflight> = {}): Preflight => ({ results: [], findings: [], reads: 0, ...change });

const told = ({ agent }: Stage, kind: string): readonly string[] =>
  agent.log.filter((line) => line.kind === kind).map(({ text }) => text);

/** What others may have called their things. */
const hostile = [
  "<script>alert(1)</script>",
  "![x](https://evil.example/x.png)",
  "[click](javascript:alert(1))",
  "https://evil.example/",
  "a | b | c",
  "```\n# heading\n```",
  "<!-- hidden",
  "\u202egnp.exe",
];

describe("The preflight on the run's page", () => {
  it("is a table, then each finding with what to do, then rights and what could not be read", () => {
    const right = { identity: "id-x", actions: ["A/b/read"], scope: "/subscriptions/s", role: "Reader" };
    const one = finding({ message: "The size is gone.", commands: ["az vm list-skus", "az vm list-usage"], right });
    const page = describePreflightPage(
      preflight({
        results: [
          result({ id: "P3", title: "Source", status: "notChecked", notRead: ["A/b/read: not allowed"] }),
          result({ status: "bad", findings: [one] }),
          result({ id: "P6", title: "Files", status: "partly", note: "what needs no reads" }),
        ],
        findings: [one],
      }),
    );
    assert.equal(
      page,
      [
        "## Preflight: 1 error, 1 not checked, 0 ok, 1 in part",
        "",
        "| check | looks at | result |",
        "| --- | --- | --- |",
        "| P3 | Source | not checked |",
        "| P5 | VM size and quota | bad: AIB024 error |",
        "| P6 | Files | in part (what needs no reads) |",
        "",
        "**P5 AIB024, error.** The size is gone.",
        "",
        "**What to do.** Take another.",
        "",
        "```sh",
        "az vm list-skus",
        "az vm list-usage",
        "```",
        "",
        "```text",
        "To send to whoever may grant roles:",
        "  id-x needs, on /subscriptions/s:",
        "    A/b/read",
        '    az role assignment create --assignee-object-id <object ID> --assignee-principal-type ServicePrincipal --role "Reader" --scope /subscriptions/s',
        "```",
        "",
        "Not checked, because it could not be read:",
        "",
        "- P3: `A/b/read: not allowed`",
      ].join("\n"),
    );
  });

  for (const [renderer, render] of Object.entries(renderers)) {
    for (const name of hostile) {
      it(`shows ${JSON.stringify(name)} as text where anyone may have written it (${renderer})`, () => {
        const one = finding({
          message: `The policy ${name} denies it.`,
          remedy: `Ask for ${name}.`,
          commands: [`az x --name '${name}'`],
          right: { identity: name, actions: ["A/b/read"], scope: name, role: "Reader" },
        });
        const results = [result({ status: "bad", findings: [one], notRead: [`A/b/read: ${name}`] })];
        const html = render(describePreflightPage(preflight({ results, findings: [one] })));
        assert.doesNotMatch(html, /<(?:script|img|a)\b|<!--|\u202e/i);
        assert.equal(html.match(/<h\d/g)?.length, 1);
        assert.equal(html.match(/<tr>/g)?.length, 2);
        assert.equal(html.match(/<pre>/g)?.length, 2);
      });
    }
  }

  it("is published with the JSON, named after the step", async () => {
    const stage = setStage({});
    await publishPreflight(preflight({ results: [result()] }), stage);
    assert.deepEqual(told(stage, "upload"), ["summary /temp/Preflight build.md", "log /temp/preflight.json"]);
    assert.match(stage.files.get("Preflight build.md") ?? "", /^## Preflight: 1 ok\n/);
    assert.deepEqual(JSON.parse(stage.files.get("preflight.json") ?? ""), {
      reads: 0,
      checks: [{ id: "P5", title: "VM size and quota", status: "ok", findings: [], notRead: [] }],
    });
  });

  it("keeps to a file's name whatever the step is called", async () => {
    const stage = setStage({});
    const agent = { ...stage.agent, variable: () => `../a b/${"c".repeat(99)}` };
    await publishPreflight(preflight(), { ...stage, agent });
    assert.deepEqual([...stage.files.keys()], [`Preflight ..-a-b-${"c".repeat(53)}.md`, "preflight.json"]);
  });

  for (const secret of ["hunter2", "p_a*ss", 'x"y\\z']) {
    it(`holds no secret, neither as a page nor as JSON, however they write it: ${secret}`, async () => {
      const stage = setStage({});
      const agent = { ...stage.agent, hideSecrets: (text: string) => text.replaceAll(secret, "***") };
      const one = finding({ message: `The address has >${secret}< in it.` });
      const results = [result({ status: "bad", findings: [one] })];
      await publishPreflight(preflight({ results, findings: [one] }), { ...stage, agent });
      assert.match(stage.files.get("Preflight build.md") ?? "", /has &#62;&#42;&#42;&#42;&#60; in/);
      assert.match(stage.files.get("preflight.json") ?? "", /has >\*\*\*< in/);
    });
  }

  it("is no reason for a step to fail: what cannot be written is told, and the other file still comes", async () => {
    const stage = setStage({});
    const createWorkFile = (name: string): WorkFile => ({
      ...stage.createWorkFile(name),
      ...(name.endsWith(".md") ? { close: () => Promise.reject(new Error("ENOSPC")) } : {}),
    });
    await publishPreflight(preflight(), { ...stage, createWorkFile });
    assert.deepEqual(told(stage, "upload"), ["log /temp/preflight.json"]);
    assert.deepEqual(told(stage, "info"), ["Preflight build.md could not be written: ENOSPC"]);
  });
});
