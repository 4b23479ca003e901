/** Asking before building, with the packaged task: what is told, what is read, and that nothing is created. */
import assert from "node:assert/strict";
import type { CheckResult } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { type Ending, type EndingsStage, indent, openEndingsStage } from "./endings-stage.ts";

/** A step with an artifact, for which the right world has everything. */
const step = (script: string, more: readonly string[] = []): string =>
  [
    "sourceImage: Canonical:ubuntu-24_04-lts:server",
    "galleryImage: $(imageDefinition)",
    "storageAccount: $(storageAccount)",
    "artifactPath: $(Build.SourcesDirectory)",
    `steps: |\n${indent(`- shell: ${script}`)}`,
    "buildTimeoutInMinutes: 45",
    ...more,
  ]
    .map((line) => `      ${line}`)
    .join("\n");

const network =
  "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-images/providers/Microsoft.Network";

/** With the world `preflight/ten-faults`, a step with a fault for each of ten checks. */
const tenFaults = (more: readonly string[]): string =>
  step("sudo reboot", [
    "templateName: nightly",
    "vmSize: Standard_D2ds_v5",
    `subnet: ${network}/virtualNetworks/vnet-build/subnets/build`,
    "stagingResourceGroup: rg-staging",
    ...more,
  ]);

/** `VERB what` of each request that may change something: neither reads, nor questions, nor sign-ins. */
function changes({ requests }: Ending): readonly string[] {
  return requests
    .filter(({ method, service }) => method !== "GET" && method !== "HEAD" && service !== "entra")
    .map(({ method, url }) => `${method} ${new URL(url).pathname.split("/").at(-1)?.toLowerCase() ?? ""}`)
    .filter((change) => !questions.includes(change));
}
/** POST requests that ask something, and the job's own token. */
const questions = ["POST checkpolicyrestrictions", "POST oidctoken"];

/** Reads by the task of everything but Azure DevOps and sign-ins. */
function reads({ requests }: Ending): readonly string[] {
  return requests
    .filter(
      ({ service, userAgent = "" }) => userAgent.startsWith("AzureImageBuilder/") && !/^(entra|devops)$/.test(service),
    )
    .map(({ method, url }) => `${method} ${new URL(url).pathname}`);
}

/** `P1 ok` of each check, from preflight.json among the logs of the run. */
function statuses({ preflight }: Ending): readonly string[] {
  const { checks } = JSON.parse(preflight.json) as { readonly checks: readonly CheckResult[] };
  return checks.map(({ id, status }) => `${id} ${status}`);
}

const codes = ({ step: { issues } }: Ending, type: string): readonly (string | null)[] =>
  issues.filter((issue) => issue.type === type).map(({ code }) => code);

describe("the packaged task asks before it builds", function () {
  this.timeout(120_000);
  let stage: EndingsStage;

  before(async () => void (stage = await openEndingsStage()));
  after(() => stage.close());

  /** Everything there is in the cloud. */
  const resources = (): readonly string[] => stage.emulator.world.resources.list("").map(({ id }) => id);

  describe("in a world with ten faults", () => {
    before(() => stage.emulator.reset("preflight/ten-faults"));
    after(() => stage.emulator.reset("default"));

    it("tells all ten in one go and creates nothing, not even the artifact's container", async () => {
      const before = resources();
      const end = await stage.bake(tenFaults(["preflight: full"]));
      assert.equal(end.report.result, "Failed", end.log);
      assert.deepEqual(codes(end, "error"), ["AIB002", "AIB007", "AIB021", "AIB025", "AIB039", "AIB042", "AIB058", "AIB072", "AIB085", "AIB092"], end.log); // prettier-ignore
      // An agent keeps ten issues: the end stands in the log.
      assert.match(
        end.log,
        /##\[error\]Preflight: 10 errors, .*\. Nothing was created\.\n##\[error\]Next: .*skipChecks/,
      );
      assert.deepEqual(changes(end), []);
      assert.deepEqual(resources(), before);
      assert.equal(end.requests.filter(({ service }) => service === "blob").length, 0);
    });

    it("fails with action: preflight as well, all checks made", async () => {
      const end = await stage.bake(tenFaults(["action: preflight"]));
      assert.equal(end.report.result, "Failed", end.log);
      assert.equal(codes(end, "error").length, 10);
      assert.deepEqual(
        statuses(end).filter((status) => !status.endsWith(" bad")),
        ["P3 ok", "P6 skipped", "P10 notChecked", "P12 ok", "P14 ok"],
      );
      assert.deepEqual(changes(end), []);
    });

    it("tells by default those of the fast checks", async () => {
      const end = await stage.bake(tenFaults([]));
      assert.deepEqual(codes(end, "error"), ["AIB002", "AIB007", "AIB025", "AIB042", "AIB092", "AIB609"], end.log);
      assert.deepEqual(changes(end), []);
    });

    it("shows them on the run's page, with the commands that mend them and the rights to ask for", async () => {
      const { preflight, log } = await stage.bake(tenFaults(["preflight: full"]));
      assert.match(preflight.page, /^## Preflight: 10 errors, /);
      assert.match(preflight.page, /\| P5 \| VM size and quota \| bad: AIB025 error \|/);
      assert.match(preflight.page, /az provider register --namespace Microsoft\.ContainerInstance /);
      const block =
        /To send to whoever may grant roles:\n {2}id-imagebuilder [^]*?Microsoft\.Compute\/galleries\/images\/versions\/write\n/;
      assert.match(preflight.page, block);
      assert.match(log, block);
    });
  });

  it("makes all checks with action: preflight, finds the right world right, and creates nothing", async () => {
    const before = resources();
    const inNetwork = [`subnet: ${network}/virtualNetworks/vnet-build/subnets/build`, "stagingResourceGroup: rg-new"];
    const end = await stage.bake(step("sudo true", [...inNetwork, "action: preflight"]));
    assert.equal(end.report.result, "Succeeded", end.log);
    assert.deepEqual(
      statuses(end).filter((status) => !status.endsWith(" ok")),
      ["P6 skipped"],
      end.log,
    );
    assert.equal(statuses(end).length, 15);
    assert.match(end.log, /Preflight: 14 ok, 1 skipped\n/);
    assert.deepEqual([changes(end), resources(), end.step.issues], [[], before, []]);
  });

  it("reads nothing for checks with preflight: none, and builds", async () => {
    const end = await stage.bake(step("sudo true", ["preflight: none"]));
    assert.equal(end.report.result, "Succeeded", end.log);
    assert.doesNotMatch(end.log, /Preflight/);
    assert.deepEqual(
      reads(end).filter((read) => /\/(?:skus|usages|policyAssignments|checkPolicyRestrictions)$/i.test(read)),
      [],
    );
  });

  it("takes at most 20 reads for the fast checks", async () => {
    const faulty = step("sudo reboot");
    const [fast, none] = [await stage.bake(faulty), await stage.bake(step("sudo true", ["action: preflight", "skipChecks: P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15"]))]; // prettier-ignore
    assert.deepEqual(codes(fast, "error"), ["AIB092", "AIB609"], fast.log);
    const count = reads(fast).length - reads(none).length;
    assert.ok(count > 5 && count <= 20, `${count} reads:\n${reads(fast).join("\n")}`);
  });

  describe("where a VM size is restricted", () => {
    before(() => stage.emulator.reset("preflight/size-restricted"));
    after(() => stage.emulator.reset("default"));
    const sized = (more: readonly string[]): string => step("sudo true", ["vmSize: Standard_D2ds_v5", ...more]);

    it("stops the build", async () => {
      const end = await stage.bake(sized([]));
      assert.deepEqual(codes(end, "error"), ["AIB025", "AIB609"], end.log);
      assert.deepEqual(changes(end), []);
    });

    it("goes on where skipChecks names the check, which is told", async () => {
      const end = await stage.bake(sized(["skipChecks: P5"]));
      assert.match(end.log, /P5 {2}skipped {6}VM size and quota \(named in skipChecks\)/);
      assert.ok(
        changes(end).some((change) => change.startsWith("PUT ")),
        end.log,
      );
    });
  });

  describe("where the connection may read nothing", () => {
    before(() => stage.emulator.reset("preflight/connection-reads-nothing"));
    after(() => stage.emulator.reset("default"));

    it("says of every check that reads that it was not made, with the right it lacks, and builds", async () => {
      const end = await stage.bake(
        [
          "sourceImage: Canonical:ubuntu-24_04-lts:server:24.04.202510010",
          "osType: linux",
          "location: westeurope",
          "vmSize: Standard_D2ds_v5",
          "galleryImage: $(imageDefinition)",
          "targetRegions: westeurope",
          "inlineScript: sudo true",
          `subnet: ${network}/virtualNetworks/vnet-build/subnets/build`,
          "preflight: full",
        ]
          .map((line) => `      ${line}`)
          .join("\n"),
      );
      assert.deepEqual(codes(end, "error"), [], end.log);
      assert.equal(end.report.result, "Succeeded", end.log);
      const reading = ["P1", "P2", "P3", "P4", "P5", "P7", "P9", "P10", "P12", "P13"];
      assert.deepEqual(
        statuses(end).filter((status) => status.endsWith(" notChecked")),
        reading.map((id) => `${id} notChecked`),
      );
      const told = end.lines.slice(end.lines.indexOf("##[group]Not checked, because it could not be read"));
      const reasons = told.slice(1, told.indexOf("##[endgroup]"));
      const checksOf = (line: string): readonly string[] => line.split(": ")[0]?.split(", ") ?? [];
      assert.deepEqual([...new Set(reasons.flatMap(checksOf))].sort(), [...reading].sort());
      for (const reason of reasons)
        assert.match(reason, /: (?:\w[\w ]* )?Microsoft\.[\w./]+(?:read|action)\b.*HTTP 403/);
    });
  });
});
