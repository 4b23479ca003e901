import assert from "node:assert/strict";
import {
  describeFinding,
  describeRights,
  describeTable,
  reportPreflight,
  summaryLine,
  toJson,
} from "../../../tasks/AzureImageBuilderV1/src/preflight/report.ts";
import type { CheckResult, Finding, MissingRight } from "../../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { type LogLine, stageAgent, stageClock } from "../build/stage.ts";
import { finding, result } from "./fake-check.ts";

const many = (count: number, severity: Finding["severity"]): readonly Finding[] =>
  Array.from({ length: count }, (_, n) => finding({ severity, message: `Number ${n + 1}.` }));

/** What the agent is told of findings and results. */
function told(findings: readonly Finding[], results: readonly CheckResult[] = []): readonly LogLine[] {
  const agent = stageAgent(stageClock());
  reportPreflight({ results, findings, reads: 0 }, agent);
  return agent.log;
}

const texts = (log: readonly LogLine[], kind: LogLine["kind"]): readonly string[] =>
  log.filter((line) => line.kind === kind).map(({ text }) => text);

const right: MissingRight = {
  identity: "id-imagebuilder",
  principalId: "27e3fe0a-0000-4000-8000-4666831b100b",
  actions: ["Microsoft.Compute/galleries/read", "Microsoft.Compute/galleries/images/read"],
  dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
  scope: "/subscriptions/s/resourceGroups/rg",
  role: "Compute Gallery Artifacts Publisher",
};

describe("What the preflight found", () => {
  it("is one line that counts, without what there is none of", () => {
    const statuses = ["bad", "bad", "notChecked", "ok", "ok", "partly", "skipped"] as const;
    const results = statuses.map((status) => result({ status }));
    const findings = [...many(2, "error"), ...many(1, "warning")];
    assert.equal(
      summaryLine({ results, findings, reads: 0 }),
      "2 errors, 1 warning, 1 not checked, 2 ok, 1 in part, 1 skipped",
    );
    assert.equal(summaryLine({ results: [result()], findings: [], reads: 0 }), "1 ok");
  });

  it("is a table of one line for each check", () => {
    const findings = [finding(), finding({ code: "AIB028", severity: "warning" })];
    const results = [
      result({ id: "P1", title: "Identity" }),
      result({ id: "P5", status: "bad", findings }),
      result({ id: "P6", title: "Files", status: "partly", note: "what needs no reads" }),
      result({ id: "P9", title: "Network", status: "skipped", note: "nothing to check" }),
      result({ id: "P13", title: "Connection", status: "notChecked" }),
    ];
    assert.deepEqual(describeTable(results), [
      "P1  ok           Identity",
      "P5  bad          VM size and quota: AIB024 error, AIB028 warning",
      "P6  in part      Files (what needs no reads)",
      "P9  skipped      Network (nothing to check)",
      "P13 not checked  Connection",
    ]);
  });

  it("stands in the log as a group with the table, and one with what could not be read, each reason once", () => {
    const shut = "A/b/read: not allowed";
    const results = [
      result({ id: "P3", status: "notChecked", notRead: [shut, `${shut}\n  -> in detail`] }),
      result({ id: "P4", status: "notChecked", notRead: ["C/d/read: not allowed", shut] }),
    ];
    assert.deepEqual(
      told([], results).map(({ kind, text }) => [kind, text]),
      [
        ["group", "Preflight: 2 not checked, 0 ok"],
        ["info", "P3  not checked  VM size and quota"],
        ["info", "P4  not checked  VM size and quota"],
        ["endGroup", ""],
        ["group", "Not checked, because it could not be read"],
        ["info", "P3, P4: A/b/read: not allowed"],
        ["info", "P4: C/d/read: not allowed"],
        ["endGroup", ""],
      ],
    );
  });

  it("is an issue for each finding: what is wrong, what to do, the commands", () => {
    const commands = ["az vm list-skus --location westeurope", "az vm list-usage --location westeurope"];
    assert.equal(
      describeFinding(finding({ commands })),
      "P5 AIB024: The size is not there.\nNext: Take another.\n" +
        "  az vm list-skus --location westeurope\n  az vm list-usage --location westeurope",
    );
    assert.deepEqual(
      told([finding(), finding({ code: "AIB028", severity: "warning" })])
        .filter(({ kind }) => kind === "error" || kind === "warning")
        .map(({ kind, text, code }) => [kind, text, code]),
      [
        ["error", "P5 AIB024: The size is not there.\nNext: Take another.", "AIB024"],
        ["warning", "P5 AIB028: The size is not there.\nNext: Take another.", "AIB028"],
      ],
    );
  });

  for (const kind of ["error", "warning"] as const) {
    it(`is at most ten issues that are ${kind}s: all ten of ten`, () => {
      const log = told(many(10, kind));
      assert.deepEqual(texts(log, kind), many(10, kind).map(describeFinding));
    });

    it(`folds further ${kind}s into the tenth issue, and has them whole in the log`, () => {
      const findings = many(12, kind);
      const log = told(findings);
      assert.deepEqual(texts(log, kind), [
        ...findings.slice(0, 9).map(describeFinding),
        "Preflight: 3 more: P5 AIB024, P5 AIB024, P5 AIB024; see the log.",
      ]);
      assert.deepEqual(texts(log, "info"), findings.slice(9).map(describeFinding));
    });
  }

  it("counts errors and warnings apart", () => {
    const log = told([...many(10, "error"), ...many(10, "warning")]);
    assert.deepEqual([texts(log, "error").length, texts(log, "warning").length], [10, 10]);
  });

  it("ends with one block to send of all rights that are missing", () => {
    const own: MissingRight = {
      ...right,
      identity: "the service connection",
      scope: "/subscriptions/s",
      role: "Reader",
    };
    const { principalId: _principal, dataActions: _data, ...unknown } = own;
    const log = told([finding({ right }), finding(), finding({ right: unknown })]);
    const lines = texts(log, "info");
    assert.deepEqual(lines, describeRights([finding({ right }), finding({ right: unknown })]));
    assert.deepEqual(lines, [
      "To send to whoever may grant roles:",
      "  id-imagebuilder (object ID 27e3fe0a-0000-4000-8000-4666831b100b) needs, on /subscriptions/s/resourceGroups/rg:",
      "    Microsoft.Compute/galleries/read",
      "    Microsoft.Compute/galleries/images/read",
      "    Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read (data)",
      '    az role assignment create --assignee-object-id 27e3fe0a-0000-4000-8000-4666831b100b --assignee-principal-type ServicePrincipal --role "Compute Gallery Artifacts Publisher" --scope /subscriptions/s/resourceGroups/rg',
      "  the service connection needs, on /subscriptions/s:",
      "    Microsoft.Compute/galleries/read",
      "    Microsoft.Compute/galleries/images/read",
      '    az role assignment create --assignee-object-id <object ID> --assignee-principal-type ServicePrincipal --role "Reader" --scope /subscriptions/s',
    ]);
  });

  it("has no block where nobody has to grant anything", () => assert.deepEqual(describeRights([finding()]), []));

  it("is JSON of all checks with their findings", () => {
    const results = [result({ status: "bad", findings: [finding({ right })] }), result({ id: "P9", note: "why" })];
    assert.deepEqual(JSON.parse(toJson({ results, findings: [], reads: 7 })), {
      reads: 7,
      checks: [
        {
          id: "P5",
          title: "VM size and quota",
          status: "bad",
          notRead: [],
          findings: [
            {
              check: "P5",
              code: "AIB024",
              severity: "error",
              message: "The size is not there.",
              remedy: "Take another.",
              right: { ...right },
            },
          ],
        },
        { id: "P9", title: "VM size and quota", status: "ok", findings: [], notRead: [], note: "why" },
      ],
    });
  });
});
