import assert from "node:assert/strict";
import { ServiceError, TaskError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { explainFailure } from "../../tasks/AzureImageBuilderV1/src/explain-failure.ts";

describe("A failure that the catalogue knows", () => {
  it("is told with cause and remedy, and keeps what the service said", async () => {
    const message =
      "PUT imageTemplates/aib-1: HTTP 409. MissingSubscriptionRegistration: The subscription is not registered to use " +
      "namespace 'Microsoft.VirtualMachineImages'. See https://aka.ms/rps-not-found for how to register subscriptions.";
    const error = await explainFailure(new ServiceError("AIB801", message, { status: 409, requestId: "r" }));
    assert.ok(error instanceof ServiceError);
    assert.ok(error.message.startsWith(`${message}\nProbable cause: `), error.message);
    assert.match(error.next ?? "", /az provider register/);
    assert.deepEqual([error.code, error.status, error.requestId], ["AIB801", 409, "r"]);
  });

  it("is told of the sign-in, too", async () => {
    const text =
      "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the value.";
    const error = await explainFailure(new TaskError("AIB304", text));
    assert.ok(error instanceof TaskError);
    assert.match(error.message, /Probable cause: .*\[entra-secret\]/);
  });

  for (const [what, error] of [
    ["that says itself what to do", new ServiceError("AIB801", "AuthorizationFailed", { next: "Ask." })],
    ["that no entry knows", new ServiceError("AIB801", "Something new")],
    ["of the task's own", new TaskError("AIB502", "AuthorizationFailed")],
    ["that is a defect", new TypeError("AuthorizationFailed")],
  ] as const) {
    it(`leaves one ${what} as it is`, async () => assert.equal(await explainFailure(error), error));
  }
});
