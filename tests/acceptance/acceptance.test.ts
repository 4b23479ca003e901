/** samples/acceptance runs in the local runner against the emulator, with the roles that samples/setup gives and no others. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { shortBuild } from "../e2e/short-build.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import type { WorldFile } from "../emulator/core/world-file.ts";
import { group } from "../setup/place.ts";
import { everything, worldOf } from "../setup/stage.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "samples/acceptance");
const text = readFileSync(join(folder, "azure-pipelines.yml"), "utf8");
const { parameters, stages } = parse(text) as {
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly default: boolean }[];
  readonly stages: readonly { readonly stage: string; readonly dependsOn: readonly string[] }[];
};

/** The pipeline as Azure Pipelines expands it when it is queued with these stages alone. */
function queued(chosen: readonly string[]): string {
  const expanded = text.replace(/\$\{\{ parameters\.(\w+) \}\}/g, (_, name: string) =>
    chosen.includes(name) ? "True" : "False",
  );
  return expanded.replace(/^parameters:\n(?: .*\n)+/m, "");
}

/** What samples/setup makes, and the Windows definition that the pipeline asks for. */
function world(): WorldFile {
  const made = worldOf({ ...everything, virtualNetworkName: "" });
  const linux = made.resources.find(({ id }) => id === made.defaults.definition);
  if (linux === undefined) throw new Error("no definition");
  const windows = {
    ...linux,
    id: linux.id.replace(/[^/]+$/, "windows-11"),
    properties: {
      ...(linux["properties"] as Readonly<Record<string, unknown>>),
      osType: "Windows",
      identifier: { publisher: "contoso", offer: "images", sku: "windows-11" },
    },
  };
  return { ...made, resources: [...made.resources, windows] };
}

const provider = (path: string): string => `${group}/providers/Microsoft.${path}`;
const variables = {
  acceptanceFolder: ".",
  serviceConnection: "images-prod",
  imageIdentity: provider("ManagedIdentity/userAssignedIdentities/id-image-builder"),
  vmIdentity: provider("ManagedIdentity/userAssignedIdentities/id-build-vm"),
  imageDefinition: provider("Compute/galleries/galimages/images/ubuntu-web"),
  windowsDefinition: provider("Compute/galleries/galimages/images/windows-11"),
  storageAccount: provider("Storage/storageAccounts/stimages"),
};

describe("samples/acceptance", function () {
  this.timeout(400_000);
  let extension = "";
  let copy = "";
  before(async () => {
    extension = await preparePackage(root, () => undefined);
    copy = mkdtempSync(join(tmpdir(), "acceptance-"));
    cpSync(folder, copy, { recursive: true });
  });
  after(() => rmSync(copy, { recursive: true }));

  async function run(
    emulator: Emulator,
    chosen: readonly string[],
  ): Promise<{ readonly report: JsonReport; readonly log: string; readonly rows: readonly string[] }> {
    const pipeline = join(copy, "azure-pipelines.yml");
    writeFileSync(pipeline, queued(chosen));
    const lines: string[] = [];
    const report = await runSession(emulator, { pipeline, extension, variables, sink: (line) => lines.push(line) });
    const page =
      report.attachments.find(({ type, name }) => type.endsWith("Summary") && name.includes("acceptance"))?.content ??
      "";
    const rows = page
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .slice(2);
    return { report, log: lines.join("\n"), rows };
  }

  /** Opens an emulator for one run; no real machine: what scripts print and find is not shown here. */
  async function runIn(
    builder: Parameters<typeof createEmulator>[0],
    chosen: readonly string[],
  ): ReturnType<typeof run> {
    const emulator = await createEmulator({ world: world(), scale: 150, warm: true, ...builder });
    try {
      return await run(emulator, chosen);
    } finally {
      await emulator.close();
    }
  }

  /** `behaviour: proven` of each row. */
  const told = (rows: readonly string[]): readonly string[] =>
    rows.map((row) => {
      const [, behaviour = "", , proven = ""] = row.split("|").map((cell) => cell.trim());
      return `${behaviour}: ${proven}`;
    });
  const names = parameters.map(({ name }) => name);
  const isApart = (name: string): boolean => name === "cancel" || name === "failure";

  it("ends with a table of what is proven, and says what was left out", async () => {
    const builder = { imageBuilder: { buildVm: "simulated", durations: shortBuild } } as const;
    const { report, log, rows } = await runIn(
      builder,
      names.filter((name) => !isApart(name)),
    );
    const bad = report.steps.filter(({ result }) => result !== "Succeeded" && result !== "Skipped");
    assert.deepEqual(
      bad.map(({ name, issues }) => [name, issues]),
      [],
      log.slice(-3000),
    );
    assert.equal(report.result, "Succeeded", log.slice(-3000));
    assert.deepEqual(
      told(rows).filter((row) => !row.endsWith(": yes")),
      ["cancel, post-job part, resume: not run", "why a build failed: not run"],
    );
    assert.equal(rows.length, 13);
    for (const row of rows.filter((one) => one.includes("| yes |")))
      assert.match(row, / \| yes \| \d+ min \| \d+\.\d+\.\d+ \| \d{4}-\d\d-\d\d \|$/);
    assert.match(log, /would (?:be )?delete|planned/i);
    const left = report.steps
      .filter(({ name }) => name === "retain" || name === "sweep")
      .map(({ outputs }) => outputs["done"]);
    assert.deepEqual(left, ["[]", "[]"], "nothing is deleted");
  });

  it("finds a build again that a job has left when its time was over", async () => {
    const builder = {
      imageBuilder: { buildVm: "simulated", durations: { ...shortBuild, customizing: 20 * 60_000 } },
    } as const;
    const { log, rows } = await runIn(builder, ["cancel"]);
    assert.deepEqual(
      told(rows).filter((row) => !row.endsWith("not run")),
      ["cancel, post-job part, resume: yes"],
      log.slice(-6000),
    );
    assert.match(log, /Leave \(Canceled\)|Leave.*[Cc]ancel/);
  });

  it("takes a build that fails for proof where it tells why", async () => {
    const { log, rows } = await runIn({ imageBuilder: { durations: shortBuild } }, ["failure"]);
    assert.deepEqual(
      told(rows).filter((row) => !row.endsWith("not run")),
      ["why a build failed: yes"],
      log.slice(-6000),
    );
    assert.match(log, /exit status 3|code 3/);
  });

  it("proves nothing where a job has failed", async () => {
    const without = world();
    const poor = { ...without, roleAssignments: [] };
    const emulator = await createEmulator({
      world: poor,
      scale: 150,
      imageBuilder: { buildVm: "simulated", durations: shortBuild },
    });
    try {
      const { rows, report } = await run(emulator, ["preflight"]);
      assert.equal(report.result, "Failed");
      assert.equal(told(rows)[0], "checks before the build: **no** (Failed)");
    } finally {
      await emulator.close();
    }
  });
});

describe("azure-pipelines.yml of samples/acceptance", () => {
  it("has a parameter for each stage but the table, which waits for all", () => {
    const others = stages.filter(({ stage }) => stage !== "Table");
    assert.deepEqual(
      others.map(({ stage }) => `${stage.charAt(0).toLowerCase()}${stage.slice(1)}`),
      parameters.map(({ name }) => name),
    );
    assert.ok(parameters.every(({ type, default: chosen }) => type === "boolean" && chosen));
    assert.deepEqual(
      stages.find(({ stage }) => stage === "Table")?.dependsOn,
      others.map(({ stage }) => stage),
    );
  });

  it("has rows that its page and the README know by the same names", () => {
    const page = readFileSync(join(folder, "README.md"), "utf8");
    const [, mapping = ""] = page.split("\n## Into the README\n");
    const cells = mapping
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2)
      .map((line) => line.split("|").map((cell) => cell.trim()));
    const bare = (text: string): string => text.replace(/ \(.*?\)$/, "");
    const readme = readFileSync(join(root, "README.md"), "utf8").split("\n## How each behaviour is proven\n")[1] ?? "";
    const known = readme.split("\n").map((line) => bare(line.split("|")[1]?.trim() ?? ""));
    const named = cells.flatMap(([, , there = ""]) => there.split("; ").map(bare));
    assert.deepEqual(
      named.filter((row) => !known.includes(row)),
      [],
    );
    const rows = [...text.matchAll(/^ +(.+)=\$\(\w+\)$/gm)].map(([, row = ""]) => row);
    assert.equal(rows.length, 13);
    const here = cells
      .map(([, row = ""]) => row)
      .join("; ")
      .replace("identity; by the", "identity; blob fetched by the");
    // Rows that the README has no line for: the language of steps, files and reuse is shown in the emulator alone.
    assert.deepEqual(
      rows.filter((row) => !here.includes(row)),
      ["reuse, check"],
    );
  });
});
