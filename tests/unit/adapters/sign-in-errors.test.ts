import assert from "node:assert/strict";
import { throwRefused } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/sign-in-errors.ts";
import { ServiceError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

function thrown(text: string, failure?: unknown): TaskError {
  try {
    throwRefused(new Error(text), failure);
  } catch (error) {
    assert.ok(error instanceof TaskError);
    return error;
  }
}

describe("A refused sign-in", () => {
  const remedies: readonly (readonly [text: string, remedy: RegExp])[] = [
    ["AADSTS7000215: Invalid client secret provided.", /enter the value of the secret, not its id/],
    ["AADSTS7000222: The provided client secret keys are expired.", /has expired: make a new one/],
    ["AADSTS700027: The certificate is expired on application. [Reason - The key used is expired.]", /certificate in the service connection has expired/],
    ["AADSTS700027: The certificate is not registered on application. [Reason - The key was not found.]", /az ad app credential reset .*--append/],
    ["AADSTS700016: Application was not found in the directory.", /is not in this tenant/],
    ["AADSTS90002: Tenant 'x' not found.", /tenant of the service connection does not exist in this cloud/],
    ["AADSTS900023: Specified tenant identifier is neither valid.", /no tenant ID/],
    ["AADSTS7000112: Application is disabled.", /is disabled/],
    ["AADSTS7000229: The client application is missing service principal.", /az ad sp create/],
    ["AADSTS70021: No matching federated identity record found.", /federated-credential list/],
    ["AADSTS700211: No matching record for issuer.", /letter by letter/],
    ["AADSTS700212: No matching record for audience.", /api:\/\/AzureADTokenExchange/],
    ["AADSTS700213: No matching record for subject.", /letter by letter/],
    ["AADSTS700024: Client assertion is not within its valid time range.", /clock of the agent's machine/],
    ["AADSTS500011: The resource principal was not found.", /mixes clouds/],
    ["AADSTS900382: Cross cloud is not supported.", /use a certificate or a key/],
    ["AADSTS53003: Access has been blocked by Conditional Access policies.", /conditional access/],
    ["AADSTS99999: Something new.", /Verify the service connection in the project settings/],
  ]; // prettier-ignore
  for (const [text, remedy] of remedies) {
    it(`names its number and what to do: ${text.slice(0, 40)}`, () => {
      const error = thrown(`invalid_client: ${text}\r\nTrace ID: 0b6ea8f1-0000-4000-8000-c2d7e9f01a55`);
      assert.ok(error instanceof ServiceError);
      assert.deepEqual([error.code, error.serviceCode], ["AIB304", text.slice(0, text.indexOf(":"))]);
      assert.equal(error.message, `The service connection could not sign in. ${text}`);
      assert.match(error.next ?? "", remedy);
    });
  }

  it("says that the proxy asks for another login", () => {
    const answer = { status: 407, headers: new Map<string, string>(), bodyAsText: "" };
    const error = thrown("network_error", answer);
    assert.match(error.message, /HTTP 407/);
    assert.match(error.next ?? "", /proxy user and password in the agent's configuration/);
  });

  it("is told as it was found where the task itself has found out why", () => {
    const found = new TaskError("AIB307", "no such machine");
    assert.equal(thrown("network_error", found), found);
  });
});
