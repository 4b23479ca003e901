/** The judge of the emulator judged: exchanges that match, and the same exchanges altered, which must not. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRecording, type Recording } from "../conformance/recording.ts";
import { replayRecording } from "../conformance/replay.ts";
import { normalAddress, normalText } from "../conformance/patterns.ts";

const GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group1";
const TEMPLATE = `${GROUP}/providers/Microsoft.VirtualMachineImages/imageTemplates/template1`;
const OPERATION =
  "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.VirtualMachineImages/locations/westus/operations/5b6d3b64-9b0c-4e1c-8a0f-2f1f3f4c5d6e?api-version=2022-07-01";
const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1`;

/** Exchanges in the recorded form, with what the wire notes say of each. */
const put = {
  source: "recorded for this test",
  request: {
    method: "PUT",
    path: `${TEMPLATE}?api-version=2022-07-01`,
    body: {
      location: "westus",
      tags: {},
      identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } },
      properties: {
        source: {
          type: "PlatformImage",
          publisher: "Canonical",
          offer: "UbuntuServer",
          sku: "18.04-LTS",
          version: "latest",
        },
        customize: [{ type: "Shell", name: "one", scriptUri: "https://example.com/one.sh", sha256Checksum: "" }],
        distribute: [
          {
            type: "ManagedImage",
            runOutputName: "out",
            imageId: `${GROUP}/providers/Microsoft.Compute/images/image1`,
            location: "westus",
          },
        ],
        vmProfile: {},
      },
    },
  },
  response: {
    status: 201,
    headers: {
      "azure-asyncoperation": `https://management.azure.com${OPERATION}`,
      "content-length": "1500",
      "content-type": "application/json",
    },
    body: {
      properties: {
        source: {
          exactVersion: "latest",
          offer: "UbuntuServer",
          publisher: "Canonical",
          sku: "18.04-LTS",
          type: "PlatformImage",
          version: "latest",
        },
        customize: [{ name: "one", scriptUri: "https://example.com/one.sh", type: "Shell" }],
        distribute: [
          {
            artifactTags: {},
            imageId: `${GROUP}/providers/Microsoft.Compute/images/image1`,
            location: "westus",
            runOutputName: "out",
            type: "ManagedImage",
          },
        ],
        provisioningState: "Creating",
        buildTimeoutInMinutes: 0,
        vmProfile: { vmSize: "", osDiskSizeGB: 0 },
        stagingResourceGroup: "",
        exactStagingResourceGroup: "",
      },
      identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } },
      tags: {},
      location: "westus",
      id: TEMPLATE.replace("resourceGroups", "resourcegroups"),
      name: "template1",
      type: "Microsoft.VirtualMachineImages/imageTemplates",
    },
  },
};

const operation = {
  source: "recorded for this test",
  request: { method: "GET", path: OPERATION, body: null },
  response: {
    status: 200,
    headers: { "content-type": "application/json", "content-length": "165" },
    body: {
      name: "5B6D3B64-9B0C-4E1C-8A0F-2F1F3F4C5D6E",
      status: "Succeeded",
      startTime: "2023-04-27T07:14:33.0820414Z",
      endTime: "2023-04-27T07:15:13.0939797Z",
    },
    bodyRaw:
      '{\n "name": "5B6D3B64-9B0C-4E1C-8A0F-2F1F3F4C5D6E",\n "status": "Succeeded",\n "startTime": "2023-04-27T07:14:33.0820414Z",\n "endTime": "2023-04-27T07:15:13.0939797Z"\n}',
  },
};

const run = {
  source: "recorded for this test",
  request: { method: "POST", path: `${TEMPLATE}/run?api-version=2022-07-01`, body: null },
  response: {
    status: 202,
    headers: {
      "azure-asyncoperation": `https://management.azure.com${OPERATION}`,
      location: `https://management.azure.com${OPERATION}`,
      "content-length": "0",
    },
    body: null,
  },
};

const cancel = {
  source: "recorded for this test",
  request: { method: "POST", path: `${TEMPLATE}/cancel?api-version=2022-07-01`, body: null },
  response: { status: 204, headers: {}, body: null },
};

const refused = {
  source: "recorded for this test",
  request: { method: "DELETE", path: `${TEMPLATE}?api-version=2020-02-14`, body: null },
  response: {
    status: 405,
    headers: { "content-type": "application/json" },
    body: {
      code: "OperationNotAllowed",
      message:
        "Operation Microsoft.VirtualMachineImages/imageTemplates/delete is not allowed in provisioning state: provisioned or run state: running.",
    },
  },
};

interface Alteration {
  readonly title: string;
  readonly base: object;
  /** Dotted place in the file, and the new value; undefined takes the key away. */
  readonly place: string;
  readonly value: unknown;
  readonly diff: RegExp;
}

const alterations: readonly Alteration[] = [
  {
    title: "another status",
    base: put,
    place: "response.status",
    value: 200,
    diff: /^status: recorded 200, emulator 201/,
  },
  {
    title: "a key that is missing",
    base: put,
    place: "response.body.properties.exactStagingResourceGroup",
    value: undefined,
    diff: /exactStagingResourceGroup: not recorded, emulator has it/,
  },
  {
    title: "a key that is too many",
    base: put,
    place: "response.body.systemData",
    value: {},
    diff: /body\.systemData: recorded, absent/,
  },
  {
    title: "a wrong constant",
    base: put,
    place: "response.body.properties.provisioningState",
    value: "Succeeded",
    diff: /provisioningState: recorded "Succeeded", emulator "Creating"/,
  },
  {
    title: "a wrong number",
    base: put,
    place: "response.body.properties.buildTimeoutInMinutes",
    value: 240,
    diff: /buildTimeoutInMinutes/,
  },
  {
    title: "a number as a text",
    base: put,
    place: "response.body.properties.buildTimeoutInMinutes",
    value: "0",
    diff: /buildTimeoutInMinutes/,
  },
  {
    title: "null for an empty text",
    base: put,
    place: "response.body.properties.stagingResourceGroup",
    value: null,
    diff: /stagingResourceGroup/,
  },
  { title: "an id in another spelling", base: put, place: "response.body.id", value: TEMPLATE, diff: /body\.id/ },
  {
    title: "a header that should not be there",
    base: put,
    place: "response.headers.location",
    value: `https://management.azure.com${OPERATION}`,
    diff: /header location: recorded .*absent/,
  },
  {
    title: "a header that is missing",
    base: run,
    place: "response.headers.location",
    value: undefined,
    diff: /header location: not recorded/,
  },
  {
    title: "a wrong kind of content",
    base: put,
    place: "response.headers.content-type",
    value: "application/json; charset=utf-8",
    diff: /header content-type/,
  },
  {
    title: "an operation address in another place",
    base: run,
    place: "response.headers.azure-asyncoperation",
    value: `https://management.azure.com${OPERATION.replace("operations", "operationResults")}`,
    diff: /header azure-asyncoperation/,
  },
  {
    title: "a body where there is none",
    base: cancel,
    place: "response.body",
    value: { status: "Canceling" },
    diff: /body: recorded, none/,
  },
  {
    title: "a length on a 204",
    base: cancel,
    place: "response.headers.content-length",
    value: "0",
    diff: /content-length: recorded '0', absent/,
  },
  {
    title: "another word for a state",
    base: operation,
    place: "response.body.status",
    value: "succeeded",
    diff: /body\.status/,
  },
  {
    title: "a GUID in lower case",
    base: operation,
    place: "response.body.name",
    value: "5b6d3b64-9b0c-4e1c-8a0f-2f1f3f4c5d6e",
    diff: /body\.name/,
  },
  {
    title: "a time without its zone",
    base: operation,
    place: "response.body.endTime",
    value: "2023-04-27T07:15:13.0939797",
    diff: /body\.endTime/,
  },
  {
    title: "another white space",
    base: operation,
    place: "response.bodyRaw",
    value: JSON.stringify(operation.response.body),
    diff: /white space/,
  },
  {
    title: "another text of an error",
    base: refused,
    place: "response.body.message",
    value: refused.response.body.message.replace("not allowed", "forbidden"),
    diff: /body\.message/,
  },
  {
    title: "the newer error schema",
    base: refused,
    place: "response.body",
    value: { error: refused.response.body },
    diff: /body\.error: recorded, absent/,
  },
];

function altered({ base, place, value }: Alteration): Record<string, unknown> {
  const copy = structuredClone(base) as Record<string, unknown>;
  const keys = place.split(".");
  const last = keys.pop() ?? "";
  const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

const recording = (value: object): Recording => parseRecording("exchange.json", value as Record<string, unknown>);

describe("conformance", function () {
  for (const [name, exchange] of Object.entries({ put, operation, run, cancel, refused })) {
    it(`matches a ${name} as it was recorded`, async () => {
      assert.deepEqual(await replayRecording(recording(exchange)), {
        file: "exchange.json",
        status: "match",
        reason: "",
        diff: [],
      });
    });
  }

  for (const alteration of alterations) {
    it(`does not match ${alteration.title}`, async () => {
      const { status, diff } = await replayRecording(recording(altered(alteration)));
      assert.equal(status, "differ");
      assert.match(diff.join("\n"), alteration.diff);
    });
  }

  it("takes an excerpt from a document for an excerpt, but compares what it shows", async () => {
    const excerpt = {
      ...put,
      source: "a document",
      response: { status: 201, headers: {}, body: { properties: { provisioningState: "Creating" } } },
    };
    assert.equal((await replayRecording(recording(excerpt))).status, "match");
    const wrong = {
      ...excerpt,
      response: { ...excerpt.response, body: { properties: { provisioningState: "Accepted" } } },
    };
    assert.equal((await replayRecording(recording(wrong))).status, "differ");
  });

  it("skips what the emulator does not serve and names it", async () => {
    const foreign = {
      request: { method: "GET", path: `${GROUP}/providers/Microsoft.Web/sites/site1?api-version=2022-03-01` },
      response: { status: 200, body: {} },
    };
    const { status, reason } = await replayRecording(recording(foreign));
    assert.equal(status, "skipped");
    assert.match(reason, /does not serve Microsoft\.Web\/sites/);
  });

  describe("command", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "conformance-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const command = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        execFile(process.execPath, ["--import=tsx", "scripts/conformance.ts", ...args], (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
      });

    it("ends with 2 and its usage for a wrong call", async () => {
      const calls = [[], [join(folder, "missing")], [folder, "--xml"], [folder, folder]];
      for (const { code, stderr } of await Promise.all(calls.map((args) => command(...args)))) {
        assert.equal(code, 2);
        assert.match(stderr, /usage: npm run conformance -- DIR \[--json\]/);
      }
    });

    it("prints a line for each file and the counts last, and ends with 1 for a difference", async () => {
      writeFileSync(join(folder, "good.json"), JSON.stringify(put));
      writeFileSync(join(folder, "wrong.json"), JSON.stringify({ ...put, response: { ...put.response, status: 200 } }));
      const { code, stdout } = await command(folder);
      assert.equal(code, 1);
      const lines = stdout.trim().split("\n");
      assert.equal(lines[0], "match   good.json");
      assert.equal(lines[1], "differ  wrong.json");
      assert.equal(lines.at(-1), "1 match, 0 skipped, 1 differ");
    });

    it("prints JSON alone with --json, and ends with 0 when all is well", async () => {
      writeFileSync(join(folder, "good.json"), JSON.stringify(put));
      const { code, stdout } = await command(folder, "--json");
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), [{ file: "good.json", status: "match", reason: "", diff: [] }]);
    });

    it("calls a file that is no exchange a difference", async () => {
      writeFileSync(join(folder, "broken.json"), "{}");
      const { code, stdout } = await command(folder);
      assert.equal(code, 1);
      assert.match(stdout, /is no recorded exchange: it needs request\.method/);
    });
  });

  it("keeps the form of what may differ", () => {
    assert.equal(normalText("5B6D3B64-9B0C-4E1C-8A0F-2F1F3F4C5D6E"), "<GUID>");
    assert.equal(normalText("at 2023-04-27T07:14:33.08Z"), "at <time>");
    assert.equal(normalText("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
    assert.equal(normalText("2023-04-26T04:51:34.1234567+00:00"), "<time+00:00>");
    assert.equal(
      normalText("/resourceGroups/IT_a_b_77c042a8-45af-4356-9ffe-a76d4105252e"),
      "/resourceGroups/<staging group>",
    );
    assert.equal(
      normalAddress("https://h/p?api-version=1&t=2&c=x&s=y&h=z"),
      "https://h/p?api-version=1&t=<signature>&c=<signature>&s=<signature>&h=<signature>",
    );
  });
});
