import assert from "node:assert/strict";
import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpMethods,
  type PipelinePolicy,
  type PipelineResponse,
  RestError,
} from "@azure/core-rest-pipeline";
import {
  describeRequest,
  jsonAnswers,
  keepLastFailure,
  maskOperationAddresses,
  observeAnswers,
  readRetry,
  serviceErrors,
} from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/policies.ts";
import { ServiceError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

type Step =
  number | Error | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> };

/** Sends a request through a policy to a service that answers step by step; zero pauses are asked for. */
async function send(policy: PipelinePolicy, steps: readonly Step[], method: HttpMethods = "GET") {
  const request = createPipelineRequest({
    url: "https://arm/subscriptions/s/providers/Microsoft.X/things/t?sig=secret",
    method,
  });
  let tries = 0;
  const next = async (): Promise<PipelineResponse> => {
    const step = steps[Math.min(tries, steps.length - 1)] ?? 200;
    tries += 1;
    if (step instanceof Error) throw step;
    const { status, body, headers } = typeof step === "number" ? { status: step, body: "{}", headers: {} } : step;
    return { request, status, bodyAsText: body ?? "", headers: createHttpHeaders({ "retry-after": "0", ...headers }) };
  };
  const outcome = await policy.sendRequest(request, next).then(
    (response) => response,
    (error: unknown) => error,
  );
  return { outcome, tries: () => tries };
}

const reset = (): RestError => new RestError("socket hang up", { code: "ECONNRESET" });

describe("Requests to Resource Manager", () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    it(`are sent again after ${status} when they only read`, async () => {
      const { outcome, tries } = await send(readRetry, [status, status, 200]);
      assert.equal((outcome as PipelineResponse).status, 200);
      assert.equal(tries(), 3);
    });
  }

  for (const method of ["PUT", "POST", "DELETE", "PATCH"] as const) {
    it(`are never sent again when they change something: ${method}`, async () => {
      assert.equal((await send(readRetry, [503, 200], method)).tries(), 1);
    });
  }

  for (const status of [400, 401, 403, 404, 409, 501]) {
    it(`are not sent again after ${status}`, async () => {
      assert.equal((await send(readRetry, [status, 200])).tries(), 1);
    });
  }

  it("are sent four times at most", async () => {
    const { outcome, tries } = await send(readRetry, [503]);
    assert.deepEqual([(outcome as PipelineResponse).status, tries()], [503, 4]);
  });

  it("become a ServiceError when they are refused, without the signed query in it", async () => {
    const { outcome } = await send(serviceErrors, [
      { status: 403, body: '{"error":{"code":"AuthorizationFailed","message":"no"}}' },
    ]);
    assert.ok(outcome instanceof ServiceError);
    assert.equal(outcome.message, "GET Microsoft.X/things/t at arm: HTTP 403. AuthorizationFailed: no");
  });

  it("become a ServiceError without a status when nobody answers", async () => {
    const { outcome } = await send(serviceErrors, [reset()]);
    assert.ok(outcome instanceof ServiceError && outcome.status === undefined && outcome.serviceCode === "ECONNRESET");
  });

  it("pass the task's own errors on as they are", async () => {
    const own = new TaskError("AIB304", "sign-in");
    assert.equal((await send(serviceErrors, [own])).outcome, own);
  });

  it("are not answered by a web page", async () => {
    const { outcome } = await send(jsonAnswers, [{ status: 200, body: "<html>sign in</html>" }]);
    assert.ok(outcome instanceof RestError && outcome.code === RestError.PARSE_ERROR);
  });

  it("may be answered by nothing", async () => {
    assert.equal(((await send(jsonAnswers, [{ status: 202 }])).outcome as PipelineResponse).status, 202);
  });

  for (const name of ["Azure-AsyncOperation", "azure-asyncoperation", "AZURE-ASYNCOPERATION", "Location"]) {
    it(`have the signed address in their answer masked, whatever the case of its name: ${name}`, async () => {
      const masked: string[] = [];
      const policy = maskOperationAddresses((secret) => void masked.push(secret.reveal()));
      await send(policy, [{ status: 202, headers: { [name]: "https://arm/operations/1?s=abc" } }]);
      assert.deepEqual(masked, ["https://arm/operations/1?s=abc"]);
    });
  }

  it("are shown to an observer as the service wrote the answer", async () => {
    const seen: unknown[] = [];
    await send(
      observeAnswers((body) => void seen.push(body)),
      [{ status: 200, body: '{"startTime":"2023-04-27T07:14:56.841941367Z"}' }],
    );
    assert.deepEqual(seen, [{ startTime: "2023-04-27T07:14:56.841941367Z" }]);
  });

  it("leave their last failure behind, until one succeeds", async () => {
    const { policy, last } = keepLastFailure();
    const failure = reset();
    await send(policy, [failure]);
    assert.equal(last(), failure);
    await send(policy, [200]);
    assert.equal(last(), undefined);
  });

  it("are named by method, path and host, never by their query", () => {
    const url =
      "https://arm/subscriptions/s/resourceGroups/rg/providers/Microsoft.X/a/b/providers/Microsoft.Y/c/d?s=secret";
    assert.equal(describeRequest({ method: "GET", url }), "GET Microsoft.Y/c/d at arm");
  });
}).timeout(30_000);
