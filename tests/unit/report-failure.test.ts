import assert from "node:assert/strict";
import { InputError, TaskError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { reportFailure } from "../../tasks/AzureImageBuilderV1/src/report-failure.ts";

function report(error: unknown): { readonly issues: readonly string[]; readonly summary: string } {
  const issues: string[] = [];
  const summary = reportFailure(error, { error: (message, code) => void issues.push(`${code ?? ""} ${message}`) });
  return { issues, summary };
}

describe("A failure as the user is told it", () => {
  it("is one issue for each bad input, all together, and one line", () => {
    const problem = (input: string) => ({ input, code: "AIB101", legal: "x", message: `${input}: bad.` });
    const { issues, summary } = report(new InputError([problem("location"), problem("subnet"), problem("subnet")]));
    assert.deepEqual(issues, ["AIB101 location: bad.", "AIB101 subnet: bad.", "AIB101 subnet: bad."]);
    assert.equal(summary, "Inputs are not right: location, subnet. Nothing was created.");
  });

  it("is what happened and what to do next", () => {
    const { issues, summary } = report(new TaskError("AIB602", "It failed.\n  -> why", { next: "Mend it." }));
    assert.deepEqual(issues, ["AIB602 It failed.\n  -> why\nNext: Mend it."]);
    assert.equal(summary, "It failed.");
  });

  it("is told with its place when it is a defect of the task", () => {
    const { issues, summary } = report(new RangeError("index"));
    assert.match(issues[0] ?? "", /^AIB901 Unexpected: RangeError: index\n {4}at /);
    assert.equal(summary, "Unexpected: RangeError: index");
  });

  it("is told whatever was thrown", () => {
    assert.equal(report("text").summary, "Unexpected: text");
  });
});
