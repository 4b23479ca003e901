/** Hostile and broken logs: seeded, so that a failure comes again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createLogReader } from "../../../tasks/AzureImageBuilderV1/src/log/index.ts";
import type { Shown, Verbosity } from "../../../tasks/AzureImageBuilderV1/src/log/types.ts";

const steps = [
  { type: "Shell", name: "install" },
  { type: "PowerShell", name: "configure" },
];
const secrets = [`ghp_${"a1".repeat(18)}`, `${"a".repeat(76)}AZDOabcd`, "hunter2hunter2", `AKIA${"A1".repeat(8)}`];
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dGVzdA";

/** What logs are made of, and what attacks are. */
const pieces = [
  "[0b8f] PACKER OUT ==> azure-arm: ",
  "[0b8f] PACKER OUT     azure-arm: ",
  "[0b8f] PACKER ERR 2026/01/01 10:00:00 ",
  "[0b8f] PACKER 2026/01/01 10:00:01 ui: ==> azure-arm: ",
  "[INFO] (telemetry) Starting provisioner shell",
  "[INFO] (telemetry) Starting provisioner powershell",
  "[INFO] (telemetry) ending shell",
  "Found command: DeprovisioningScript",
  "Provisioning with Powershell...",
  "Provisioning step had errors",
  "Querying the machine's properties",
  "Uploading a => b",
  "Communicator ended with: 7",
  "Cancelling builder ",
  "starting remote command: ",
  "Build 'azure-arm' errored: x",
  "\n",
  "\n",
  "\n",
  "\r\n",
  "\r",
  " ",
  "\t",
  "##vso[task.complete result=Succeeded]",
  "##[group]",
  "##[endgroup]",
  "#",
  "##",
  "vso[",
  "[",
  "\u0000",
  "\u001b[0m",
  "\u001b]0;",
  "\u0007",
  "\u009b",
  "\u200B",
  "\u202E",
  "\u00AD",
  "\uFEFF",
  "\u2028",
  "ä€😀",
  "100%",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "x".repeat(9000),
  ...secrets.slice(0, 2).map((secret) => ` ${secret} `),
  ` --password ${secrets[2] ?? ""} `,
  ` ${secrets[3] ?? ""} `,
  ` ${jwt} `,
];

const log = fc.array(
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: fc.string() }),
  {
    maxLength: 60,
  },
);
const verbosity = fc.constantFrom<Verbosity>("none", "quiet", "normal", "full");

interface Read {
  readonly shown: readonly Shown[];
  readonly lines: readonly string[];
}

/** Reads `bytes` cut at `cuts` (shares of the length). */
function read(bytes: Uint8Array, level: Verbosity, cuts: readonly number[] = []): Read {
  const reader = createLogReader({ verbosity: level, steps });
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  const reads = at.slice(1).map((to, index) => reader.push(bytes.subarray(at[index], to), 0));
  const all = [...reads, reader.end(0)];
  return { shown: all.flatMap(({ shown }) => shown), lines: all.flatMap(({ lines }) => lines) };
}

function assertBalanced(shown: readonly Shown[]): void {
  let open = 0;
  for (const { kind } of shown) {
    open += kind === "group" ? 1 : kind === "endGroup" ? -1 : 0;
    assert.ok(open === 0 || open === 1, "groups are neither nested nor closed twice");
  }
  assert.equal(open, 0, "no group stays open");
}

function textsOf({ shown, lines }: Read): readonly string[] {
  return [
    ...lines,
    ...shown.flatMap((one) => (one.kind === "group" ? [one.title] : one.kind === "line" ? [one.text] : [])),
  ];
}

function assertHarmless(text: string): void {
  assert.doesNotMatch(text, /(?!\t)[\p{Cc}\p{Cs}\u200B-\u200F\u2028-\u202E\u2060-\u2069\u00AD\uFEFF]/u);
  assert.doesNotMatch(text, /##(?:vso)?\[/i);
}

const runs = { seed: 20260302, numRuns: 600 };
const cutting = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

describe("The reader of a build's log", () => {
  it("gives the same wherever reads are cut", () => {
    fc.assert(
      fc.property(log, cutting, verbosity, (parts, cuts, level) => {
        const bytes = Buffer.from(parts.join(""));
        assert.deepEqual(read(bytes, level, cuts), read(bytes, level));
      }),
      runs,
    );
  });

  it("shows no control characters and no commands, and keeps groups balanced", () => {
    fc.assert(
      fc.property(log, verbosity, (parts, level) => {
        const result = read(Buffer.from(parts.join("")), level);
        assertBalanced(result.shown);
        textsOf(result).forEach(assertHarmless);
      }),
      runs,
    );
  });

  it("shows no secret that stands between blanks, whatever stands around it", () => {
    const words = log.map((parts) => parts.filter((part) => part.length < 9000));
    fc.assert(
      fc.property(words, verbosity, (parts, level) => {
        const text = textsOf(read(Buffer.from(parts.join(" ")), level)).join("\n");
        for (const secret of [...secrets, jwt]) assert.ok(!text.includes(secret), secret);
      }),
      runs,
    );
  });

  it("survives bytes of any kind", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), cutting, verbosity, (bytes, cuts, level) => {
        const result = read(bytes, level, cuts);
        assert.deepEqual(result, read(bytes, level));
        assertBalanced(result.shown);
        textsOf(result).forEach(assertHarmless);
      }),
      runs,
    );
  });

  it("loses no line: each is among the lines it gives", () => {
    const { lines } = read(Buffer.from("a\n\nb\r\nc"), "none");
    assert.deepEqual(lines, ["a", "", "b", "c"]);
  });

  it("never hides what a step says in error, however it is disguised", () => {
    const error = "E: Unable to locate package nginx";
    const start = "[i] PACKER ERR [INFO] (telemetry) Starting provisioner shell\n";
    for (const before of [
      "\u001b]0;",
      "\u202E",
      "-----BEGIN PRIVATE KEY-----\n[i] PACKER OUT     azure-arm: ",
      "1%\r",
      "\u0000",
    ]) {
      const { shown } = read(Buffer.from(`${start}[i] PACKER OUT     azure-arm: ${before}${error}\n`), "normal");
      assert.ok(
        shown.some((one) => one.kind === "line" && one.text.endsWith(error)),
        JSON.stringify(before),
      );
    }
  });
});
