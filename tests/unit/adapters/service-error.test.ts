import assert from "node:assert/strict";
import { parseErrorBody, toServiceError } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/service-error.ts";
import { describeErrorTree } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

function answer(status: number, bodyAsText: string, headers: Readonly<Record<string, string>> = {}) {
  return { status, bodyAsText, headers: { get: (name: string) => headers[name.toLowerCase()] } };
}

describe("A service's refusal", () => {
  const bodies: readonly (readonly [title: string, body: string, text: string])[] = [
    ["the schema of 2021 and later", '{"error":{"code":"A","message":"why"}}', "A: why"],
    ["the schema of 2020 and earlier", '{"code":"A","message":"why"}', "A: why"],
    ["names in capitals", '{"Code":"A","Message":"why"}', "A: why"],
    [
      "nested details",
      '{"error":{"code":"A","message":"all","details":[{"code":"B","message":"one"},{"code":"C","message":"two"}]}}',
      "A: all\n  -> B: one\n  -> C: two",
    ],
    [
      "an inner error",
      '{"error":{"code":"A","message":"all","innererror":{"code":"B","message":"one"}}}',
      "A: all\n  -> B: one",
    ],
    [
      "details in details",
      '{"error":{"code":"A","message":"x","details":[{"code":"B","message":"y","details":[{"code":"C","message":"z"}]}]}}',
      "A: x\n  -> B: y\n    -> C: z",
    ],
    [
      "JSON inside the message",
      '{"error":{"code":"A","message":"{\\"error\\":{\\"code\\":\\"B\\",\\"message\\":\\"one\\"}}"}}',
      "A\n  -> B: one",
    ],
    [
      "an error of Microsoft Entra",
      '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid"}',
      "invalid_client: AADSTS7000215: Invalid",
    ],
    ["no body", "", "The answer has no body."],
    ["HTML", "<html><head><title>Bad  gateway</title></head><body>nginx</body></html>", "Bad gateway"],
    [
      "XML of the blob service, with a byte order mark",
      '\uFEFF<?xml version="1.0"?><Error><Code>X</Code><Message>The key is wrong.\nId:1</Message></Error>',
      "The key is wrong. Id:1",
    ],
    ["JSON that is no error", "[1]", "[1]"],
  ];
  for (const [title, body, text] of bodies) {
    it(`is told from ${title}`, () => {
      assert.equal(describeErrorTree(parseErrorBody(body)), text);
    });
  }

  it("keeps status, code and request id", () => {
    const error = toServiceError(
      answer(403, '{"error":{"code":"AuthorizationFailed","message":"no"}}', { "x-ms-request-id": "r-1" }),
      "GET x",
    );
    assert.deepEqual(
      [error.code, error.status, error.serviceCode, error.requestId, error.message],
      ["AIB801", 403, "AuthorizationFailed", "r-1", "GET x: HTTP 403. AuthorizationFailed: no"],
    );
  });

  it("takes the code of an answer without a body from its header", () => {
    assert.equal(
      toServiceError(answer(404, "", { "x-ms-error-code": "BlobNotFound" }), "HEAD x").serviceCode,
      "BlobNotFound",
    );
  });

  for (const [headers, expected] of [
    [{ "retry-after": "17" }, 17_000],
    [{ "retry-after-ms": "250", "retry-after": "17" }, 250],
    [{ "retry-after": "86400" }, 600_000],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ] as const) {
    it(`tells how long to wait, at most ten minutes: ${JSON.stringify(headers)}`, () => {
      assert.equal(toServiceError(answer(429, "", headers), "GET x").retryAfterMs, expected);
    });
  }

  it("is not passed through twice", () => {
    const first = toServiceError(answer(500, ""), "GET x");
    assert.equal(toServiceError(first, "GET y"), first);
  });

  it("is told apart from no answer", () => {
    const error = toServiceError(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }), "GET x");
    assert.deepEqual(
      [error.code, error.status, error.message],
      ["AIB802", undefined, "GET x: no answer (ECONNRESET, socket hang up)."],
    );
    assert.match(error.next ?? "", /proxy, firewall/);
  });

  it("is told apart from a defect of the program", () => {
    assert.throws(() => toServiceError(new TypeError("x is undefined"), "GET x"), TypeError);
  });
});
