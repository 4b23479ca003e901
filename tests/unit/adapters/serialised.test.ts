import assert from "node:assert/strict";
import { createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";
import {
  findDifferences,
  mustSendAsPlanned,
} from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/serialised.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { template } from "../build/stage.ts";

async function send(body: unknown, method: "PUT" | "GET" = "PUT"): Promise<boolean> {
  let sent = false;
  const request = createPipelineRequest({ url: "https://arm/x", method, body: JSON.stringify(body) });
  await mustSendAsPlanned(template).sendRequest(request, async () => {
    sent = true;
    return { request, status: 201, headers: createHttpHeaders() };
  });
  return sent;
}

describe("What the SDK serialises", () => {
  it("goes out when it is the template as planned, whatever the order of its names", async () => {
    const { properties, ...rest } = template;
    assert.equal(await send({ properties, ...rest }), true);
  });

  it("does not go out when the SDK has dropped a property, and the property is named", async () => {
    const { source: _source, ...properties } = template.properties;
    await assert.rejects(
      send({ ...template, properties }),
      (error) => error instanceof TaskError && error.code === "AIB501" && error.message.includes("properties.source"),
    );
  });

  it("is not judged on requests that create nothing", async () => {
    assert.equal(await send({}, "GET"), true);
  });

  for (const [planned, sent, expected] of [
    [{ a: [1, 2] }, { a: [1, 3] }, ["a.1"]],
    [{ a: [1] }, { a: [1, 2] }, ["a.1"]],
    [{ a: {} }, { a: [] }, ["a"]],
    [{ a: null }, { a: undefined }, ["a"]],
    [{ a: 1 }, { b: 1 }, ["a", "b"]],
    [1, "1", ["the whole body"]],
    [{ a: { b: "x" } }, { a: { b: "x" } }, []],
  ] as const) {
    it(`differs from the plan at ${expected.join(", ") || "no place"}: ${JSON.stringify(sent)}`, () => {
      assert.deepEqual(findDifferences(planned, sent, ""), expected);
    });
  }
});
