/** The packaged task connects to the hosts of docs/hosts.md and to no other: whole runs, every connection recorded. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { realClock, scaledClock } from "../../scripts/runner/agent/clock.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { type ExtensionPackage, openPackage } from "../../scripts/runner/package/vsix.ts";
import { buildJsonReport, type JsonReport } from "../../scripts/runner/run/report.ts";
import { runPipeline } from "../../scripts/runner/run/run-pipeline.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { describeSurroundings } from "../../scripts/runner/surroundings.ts";
import { knownAuthorities } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/schemes.ts";
import { type DevopsWorld, makeDevopsWorld } from "../contract/devops-world.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";

const root = resolve(import.meta.dirname, "../..");
const recorder = join(import.meta.dirname, "record-hosts.cjs");
const page = readFileSync(join(root, "docs/hosts.md"), "utf8");

interface Recorded {
  readonly kind: "connection" | "name" | "pipe" | "datagram" | "program";
  readonly host: string;
  readonly port?: number;
}

interface Run {
  readonly report: JsonReport;
  readonly log: string;
  /** What the task's process did by itself. */
  readonly recorded: readonly Recorded[];
  /** Hosts that it asked the proxy for, each once. */
  readonly asked: readonly string[];
}

/** Host names in the tables under a heading of the page, `<…>` standing for one label. */
function documented(heading: string): readonly RegExp[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  const hosts = rows.flatMap((row) => [...row.matchAll(/`([a-z0-9<>.-]+\.[a-z0-9-]+)`/g)].map(([, host = ""]) => host));
  return hosts.map((host) => new RegExp(`^${host.replaceAll(".", "\\.").replace(/<\w+>/g, "[a-z0-9-]+")}$`));
}

const throughProxy = [...documented("Of the clouds"), ...documented("Of Azure DevOps")];
const undocumented = ({ asked }: Run): readonly string[] =>
  asked.filter((host) => !throughProxy.some((pattern) => pattern.test(host)));

describe("the hosts that the packaged task talks to", function () {
  this.timeout(120_000);
  let world: DevopsWorld;
  let emulator: Emulator;
  let extension: ExtensionPackage;
  let folder: string;
  before(async () => {
    extension = await openPackage(await preparePackage(root, () => undefined));
    world = makeDevopsWorld();
    emulator = await createEmulator({
      world: world.world,
      scale: 100,
      warm: true,
      imageBuilder: { buildVm: "simulated" },
    });
    folder = mkdtempSync(join(tmpdir(), "hosts-"));
  });
  after(async () => {
    await emulator.close();
    world.remove();
    rmSync(folder, { recursive: true });
  });

  /** Runs a step at the public host names of Azure, through the emulator's proxy. */
  async function run(inputs: readonly string[], connection = "$(serviceConnection)"): Promise<Run> {
    const workFolder = mkdtempSync(join(folder, "run-"));
    const file = join(workFolder, "hosts.jsonl");
    writeFileSync(file, "");
    const clock = emulator.world.clock.environment();
    const surroundings = describeSurroundings(emulator.description, clock, { proxied: true });
    const environment = { ...surroundings.preload?.environment, RECORD_HOSTS: file };
    const before = emulator.proxied().length;
    const lines: string[] = [];
    const report = await runPipeline({
      source: pipelineOf(connection, inputs),
      file: "azure-pipelines.yml",
      repository: workFolder,
      extension,
      surroundings: {
        ...surroundings,
        preload: { module: recorder, environment },
      },
      nodePath: process.execPath,
      variables: sampleVariables(emulator.description),
      inputs: {},
      connection: undefined,
      attempt: 1,
      cancel: new AbortController().signal,
      clock: scaledClock(JSON.parse(clock) as Parameters<typeof scaledClock>[0]),
      signalClock: realClock,
      sink: (line) => lines.push(line),
      workFolder,
    });
    const asked = emulator.proxied().slice(before);
    return {
      report: buildJsonReport(report),
      log: lines.join("\n"),
      recorded: readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Recorded), // prettier-ignore
      asked: [...new Set(asked.map(({ host }) => host))].sort(),
    };
  }
  const proxy = (): Recorded => {
    const { hostname, port } = new URL(emulator.description.proxyUrl);
    return { kind: "connection", host: hostname, port: Number(port) };
  };
  const beside = ({ recorded }: Run): readonly Recorded[] => recorded.filter((one) => !same(one, proxy()));
  const succeeded = ({ report, log }: Run): void => assert.equal(report.result, "Succeeded", log.slice(-3000));

  describe("in a build with an artifact of a run, checks, federation, a gallery and a followed log", () => {
    let build: Run;
    before(async () => {
      build = await run([
        ...image,
        "artifactName: web",
        "artifactPipeline: web",
        "artifactBranch: main",
        "preflight: full",
      ]);
      succeeded(build);
    });

    it("are those of the page", () => {
      assert.deepEqual(undocumented(build), []);
    });

    it("are all that such a build needs: Azure, sign-in, Azure DevOps, artifacts, and two storage accounts", () => {
      const fixed = ["dev.azure.com", "login.microsoftonline.com", "management.azure.com"];
      for (const host of fixed) assert.ok(build.asked.includes(host), build.asked.join());
      assert.ok(build.asked.some((host) => host.endsWith(".artifacts.visualstudio.com")));
      const accounts = build.asked.filter((host) => host.endsWith(".blob.core.windows.net"));
      assert.equal(accounts.length, 2, "the user's own, and the service's with the log");
      assert.equal(build.asked.length, fixed.length + 3, build.asked.join());
    });

    it("are reached through the proxy alone: no other connection, no look-up of a name, no program, no datagram", () => {
      assert.ok(build.recorded.some((one) => same(one, proxy())));
      assert.deepEqual(beside(build), []);
    });
  });

  it("are the machine's metadata service and Resource Manager where a managed identity signs in", async () => {
    const outcome = await run(
      [`action: resolve`, "templateName: none", "resourceGroup: rg-images"],
      "images-managed-identity",
    );
    assert.deepEqual(outcome.asked, ["management.azure.com"], outcome.log);
    const [metadata, ...others] = [...new Set(beside(outcome).map((one) => JSON.stringify(one)))];
    assert.deepEqual(JSON.parse(metadata ?? "{}"), { kind: "connection", host: "169.254.169.254", port: 80 });
    assert.deepEqual(others, []);
    assert.ok(documented("Of the agent's machine").some((pattern) => pattern.test("169.254.169.254")));
  });

  it("are others only where the step names them, which this test sees", async () => {
    const named = "files.contoso.example";
    const steps = `steps: |\n        - shell: { uri: "https://${named}/install.sh" }`;
    const outcome = await run([
      ...image.filter((line) => !line.startsWith("inlineScript")),
      steps,
      "action: preflight",
    ]);
    assert.deepEqual(undocumented(outcome), [named], outcome.log);
    assert.match(page, /^## Addresses you name$/m);
  });

  it("are recorded whichever way a process takes", async () => {
    const file = join(folder, "recorder.jsonl");
    const program = `
      const none = () => undefined;
      require("node:net").connect(9, "127.0.0.1").on("error", none);
      require("node:https").get("https://127.0.0.2:9/").on("error", none);
      require("node:dns").promises.resolve4("localhost").catch(none);
      require("node:dgram").createSocket("udp4").close();
      fetch("http://localhost:65530/").catch(none);
      import("node:child_process").then(({ execFile }) => execFile("true"));`;
    const env = { PATH: process.env["PATH"], RECORD_HOSTS: file };
    await promisify(execFile)(process.execPath, ["-r", recorder, "-e", program], { env });
    const recorded = readFileSync(file, "utf8");
    const expected = [
      '{"kind":"connection","host":"127.0.0.1","port":9}',
      '{"kind":"connection","host":"127.0.0.2","port":9}',
      '{"kind":"connection","host":"localhost","port":65530}',
      '{"kind":"name","host":"localhost"}',
      '{"kind":"datagram","host":"any"}',
      '{"kind":"program","host":"true"}',
    ];
    for (const line of expected) assert.ok(recorded.includes(line), `${line} is not in\n${recorded}`);
  });

  it("have their sign-in in every cloud that the task knows", () => {
    const patterns = documented("Of the clouds");
    for (const authority of Object.values(knownAuthorities)) {
      assert.ok(
        patterns.some((pattern) => pattern.test(new URL(authority as string).hostname)),
        String(authority),
      );
    }
  });
});

function same(one: Recorded, other: Recorded): boolean {
  return one.kind === other.kind && one.host === other.host && one.port === other.port;
}

/** An image from a marketplace image to the world's gallery. */
const image = [
  "resourceGroup: $(resourceGroup)",
  "managedIdentity: $(imageIdentity)",
  "sourceImage: Canonical:ubuntu-24_04-lts:server",
  "galleryImage: $(imageDefinition)",
  "storageAccount: $(storageAccount)",
  "inlineScript: ls",
];

const pipelineOf = (connection: string, inputs: readonly string[]): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - checkout: none
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: ${connection}
${inputs.map((line) => `      ${line}`).join("\n")}
`;
