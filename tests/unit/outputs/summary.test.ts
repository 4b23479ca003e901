import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { marked } from "marked";
import MarkdownIt from "markdown-it";
import { parse } from "yaml";
import {
  describeSummary,
  type SummaryData,
  summaryLimit,
} from "../../../tasks/AzureImageBuilderV1/src/outputs/summary.ts";
import { summarise } from "../../../tasks/AzureImageBuilderV1/src/outputs/summary-data.ts";
import type { Finding } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/types.ts";
import { connection, context, outcome, report, summaries } from "./summary-cases.ts";

const folder = join(import.meta.dirname, "summaries");
const seed = Number(process.env["FC_SEED"] ?? 20261123);

/** Both do what a lax page would: HTML goes through, addresses become links. */
const renderers: Readonly<Record<string, (markdown: string) => string>> = {
  "markdown-it": (markdown) => new MarkdownIt({ html: true, linkify: true }).render(markdown),
  marked: (markdown) => marked.parse(markdown, { async: false, gfm: true }),
};

describe("The summary of a step", () => {
  for (const [name, data] of Object.entries(summaries)) {
    it(`is the approved one: ${name}`, () => {
      const path = join(folder, `${name}.txt`);
      const text = describeSummary(data);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text);
      assert.equal(text, readFileSync(path, "utf8"));
    });
  }

  it("names the step that failed and the cause before what was seen", () => {
    const text = describeSummary(known);
    const order = ["What failed", "Probable cause", "What to do", "Last lines", "**failed**"].map((part) =>
      text.indexOf(part),
    );
    assert.ok(order.every((place) => place >= 0));
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it("says what to do when it is more than the catalogue's remedy", () => {
    const text = describeSummary({ ...known, next: "Do not build again: wait." });
    assert.match(text, /\*\*What to do\.\*\* Do not build again: wait\./);
    assert.doesNotMatch(text, /cloud-init/);
  });

  it("leaves symptoms out beside a cause", () => {
    const [cause] = report.diagnosis.findings;
    assert.ok(cause !== undefined);
    const findings = [cause, { ...cause, weight: "symptom" as const, cause: "Something went wrong." }];
    const failure = { ...report, diagnosis: { ...report.diagnosis, findings } };
    assert.doesNotMatch(describeSummary({ ...known, failure }), /Something went wrong/);
  });

  it("has forms to copy that are YAML", () => {
    for (const data of Object.values(summaries)) {
      for (const [, block = ""] of describeSummary(data).matchAll(/```yaml\n(.*?)\n```/gs)) {
        assert.ok(Array.isArray(parse(block)), block);
      }
    }
  });

  it("gives the output of a multiplied job with its instance's name", () => {
    const variables = { ...jobVariables, "System.JobName": "linux" };
    assert.match(
      describeSummary(summarise(outcome, context(variables))),
      /stageDependencies\.Build\.Bake\.outputs\['linux\.image\.imageId'\]/,
    );
  });

  it("advises to name a step that has no name of its own", () => {
    const variables = { ...jobVariables, "System.TaskInstanceName": "AzureImageBuilder1" };
    assert.match(describeSummary(summarise(outcome, context(variables))), /`name: image`/);
  });

  it("gives commands with the image's ID where the step's name is not known", () => {
    assert.match(describeSummary(summarise(outcome, context({}))), /az vm create .*--image '\/subscriptions\//);
  });

  it("links to the portal of the connection's cloud, and to none where that is unknown", () => {
    const inCloud = (environment: string): string =>
      describeSummary(summarise(outcome, { ...context(), connection: connection({ environment }) }));
    assert.match(inCloud("AzureUSGovernment"), /\(https:\/\/portal\.azure\.us\//);
    assert.doesNotMatch(inCloud("AzureStack"), /\]\(/);
  });

  it("does not link to a template that was removed", () => {
    const kept = { ...outcome, result: { ...outcome.result, leftovers: { cleanedUp: [], left: [] } } };
    const isLinked = (one: typeof outcome): boolean => describeSummary(summarise(one, context())).includes("[portal](");
    assert.deepEqual([isLinked(outcome), isLinked(kept)], [false, true]);
  });

  it("hides what looks like a secret in the service's words", () => {
    const serviceWords = "the script said password=Tr0ub4dor&3x and stopped";
    assert.doesNotMatch(describeSummary({ ...known, failure: { ...report, serviceWords } }), /Tr0ub4dor/);
  });

  it("keeps cause and remedy and lets evidence go when it would be too long", () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${"x".repeat(1500)}`);
    const text = describeSummary({ ...known, failure: { ...report, serviceWords: lines.join("\n") } });
    assert.ok(Buffer.byteLength(text) <= summaryLimit);
    assert.match(text, /Probable cause[^]*line 199/);
    assert.doesNotMatch(text, /line 150/);
  });

  it("is never longer than its limit, whatever is long", () => {
    for (const sign of ["x", "|", "`", "é", "\u{1f600}", "<", " "]) {
      const text = sign.repeat(5000);
      assert.ok(Buffer.byteLength(describeSummary(fill(text, 40))) <= summaryLimit, sign);
    }
  });

  it("is never empty, whatever is long", () => {
    assert.match(describeSummary(fill("|".repeat(5000), 40)), /^## Image build failed\n/);
  });
});

describe("Text from elsewhere in a summary", () => {
  for (const [name, render] of Object.entries(renderers)) {
    it(`is nothing but text, as ${name} shows it`, () => {
      fc.assert(
        fc.property(hostile, fc.constantFrom(...outcomes), (text, kind) => {
          const plain = shapeOf(render(describeSummary({ ...fill("word", 2), outcome: kind })));
          assert.deepEqual(shapeOf(render(describeSummary({ ...fill(text, 2), outcome: kind }))), plain);
        }),
        {
          seed,
          numRuns: 400,
          examples: attacks.flatMap((attack) => outcomes.map((one) => [attack, one] as [string, Outcomes])),
        },
      );
    });
  }

  for (const [name, render] of Object.entries(renderers)) {
    it(`can still be read, as ${name} shows it`, () => {
      for (const text of ["a|b", "`x`", "a\\|b", "<b>", "![i](u)", "x & y", "[l](u)", "a*b*c", "1.2.3", "v_1_2"]) {
        const shown = unescape(
          render(describeSummary({ ...known, steps: [{ name: text, type: "Shell", ms: 1, failed: true }] })),
        );
        assert.ok(shown.replace(/<\/?code>/g, "").includes(text), `${text}: ${shown}`);
      }
    });
  }
});

const jobVariables = {
  "System.TaskInstanceName": "image",
  "System.HostType": "build",
  "System.StageName": "Build",
  "System.PhaseName": "Bake",
  "System.JobName": "__default",
};
const known = summaries["failed-known"] as SummaryData;

type Outcomes = SummaryData["outcome"];
const outcomes: readonly Outcomes[] = [
  "Succeeded",
  "PartiallySucceeded",
  "Failed",
  "Canceled",
  "Started",
  "Found",
  "Reused",
];

const attacks = [
  "![x](https://evil.example/p.png)",
  "[log in](https://evil.example)",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "</code></pre><h1>x</h1>",
  "```\n# Heading\n![x](y)\n```",
  "~~~\n# Heading",
  "a | b | c\n| --- | --- |\n| x |",
  "a\\|b\\\\|c\\",
  "` <b>x</b> `",
  "x`\n\n# y\n\n`z",
  "\n\n- item\n1. one\n> quote\n***\n===\n---",
  "https://evil.example www.evil.example evil.com a@evil.example //evil.example",
  "[x]: https://evil.example\n[x]",
  "&lt;b&gt; &#60;i&#62;",
  "\r# x\u2028# y\u0085# z\v# w",
  "1. x",
  "# x",
  "    indented\n\tcode",
  "**bold** __bold__ *i* _i_ ~~s~~ ***",
  "<!-- comment",
  "<details><summary>x",
  ":::mermaid\ngraph\n:::",
  "````````\n# x",
  "\\`![x](y)\\`",
  "az image create: az x `![x](y)` | <b>",
  "x: az ``` ![x](y)",
];

const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc
    .array(
      fc.constantFrom(..."`|<>[]()!*_#~\\-=+:./@&;\n\r\t \"'$ab1".split(""), "```", "www.", "https://", "<b>", "]("),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    .map((parts) => `w${parts.join("")}w`),
  fc.tuple(fc.constantFrom(...attacks), fc.constantFrom(...attacks)).map((parts) => parts.join(" ")),
);

/** Every text of a summary is `text`; every list has `count` entries. */
function fill(text: string, count: number): SummaryData {
  const many = <T>(one: T): readonly T[] => Array.from({ length: count }, () => one);
  const finding: Finding = {
    id: text,
    cause: text,
    remedy: text,
    command: text,
    link: text,
    weight: "cause",
    retryable: false,
    evidence: text,
  };
  return {
    outcome: "Failed",
    images: many({ name: text, kind: "gallery", id: text, version: text, definition: text, regions: many(text) }),
    source: { name: text, version: text },
    artifactDigest: text,
    requestDigest: text,
    template: { name: text, id: text, removed: false },
    totalMs: 1,
    phases: many({ phase: text, ms: 1 }),
    steps: many({ name: text, type: text, ms: 1, failed: true }),
    leftovers: { cleanedUp: many(text), left: many(text) },
    failure: {
      headline: text,
      diagnosis: {
        findings: many(finding),
        step: { number: 1, provisioner: text, lines: many(text) },
        harmless: false,
      },
      serviceWords: text,
      ids: { operation: text },
      logPlace: text,
    },
    reason: text,
    next: text,
    notes: many(text),
    portal: { base: "https://portal.azure.com" },
    place: { step: text, unnamed: true, job: { name: text, prefix: text }, stage: text },
  };
}

/** The elements of a page in order, without code spans, which text may be in or not. */
function shapeOf(html: string): readonly string[] {
  return [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag).filter((tag) => !/^<\/?code>$/.test(tag));
}

function unescape(html: string): string {
  return html.replace(/&(lt|gt|quot|amp);|&#(\d+);/g, (_all, name: string, number: string) =>
    name === undefined ? String.fromCharCode(Number(number)) : ({ lt: "<", gt: ">", quot: '"', amp: "&" }[name] ?? ""),
  );
}
