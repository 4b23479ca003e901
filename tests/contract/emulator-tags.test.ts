/** Tags as a resource of their own on any scope: read, merged, replaced, deleted, and refused. */
import assert from "node:assert/strict";
import { type PlainAnswer, send } from "../emulator/core/testing.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";

describe("tags in the emulator", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await createEmulator();
  });
  beforeEach(() => emulator.reset());
  after(() => emulator.close());

  async function tags(
    method: string,
    body?: unknown,
    { scope = emulator.description.resources.gallery, as = "operator", version = "2021-04-01" } = {},
  ): Promise<PlainAnswer> {
    const url = `${scope}/providers/Microsoft.Resources/tags/default?api-version=${version}`;
    return send(emulator, { method, url, body, token: await emulator.tokenOf(as) });
  }
  const patch = (operation: string, given: unknown, scope?: string): Promise<PlainAnswer> =>
    tags("PATCH", { operation, properties: { tags: given } }, scope === undefined ? {} : { scope });

  it("are empty at first, with the id of the tags", async () => {
    const { gallery } = emulator.description.resources;
    const answer = await tags("GET");
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json(), {
      id: `${gallery}/providers/Microsoft.Resources/tags/default`,
      name: "default",
      type: "Microsoft.Resources/tags",
      properties: { tags: {} },
    });
  });

  const changes: readonly (readonly [
    operation: string,
    given: Record<string, string>,
    left: Record<string, string>,
  ])[] = [
    ["Merge", { B: "3", c: "4" }, { a: "1", b: "3", c: "4" }],
    ["Replace", { c: "4" }, { c: "4" }],
    ["Delete", { A: "1", b: "other" }, { b: "2" }],
    ["Delete", { a: "", b: "" }, {}],
  ];
  for (const [operation, given, left] of changes) {
    it(`${operation} of ${JSON.stringify(given)} leaves ${JSON.stringify(left)}`, async () => {
      await patch("Replace", { a: "1", b: "2" });
      const answer = await patch(operation, given);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.json<{ properties: unknown }>().properties, { tags: left });
      assert.deepEqual((await tags("GET")).json<{ properties: unknown }>().properties, { tags: left });
    });
  }

  it("are those that the resource itself shows", async () => {
    const { gallery } = emulator.description.resources;
    await patch("Merge", { team: "web" });
    const token = await emulator.tokenOf("operator");
    const answer = await send(emulator, { url: `${gallery}?api-version=2024-03-03`, token });
    assert.deepEqual(answer.json<{ tags: unknown }>().tags, { team: "web" });
  });

  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""]));
  const refusals: readonly (readonly [title: string, body: unknown, code: string])[] = [
    ["no such operation", { operation: "merge", properties: { tags: {} } }, "InvalidRequestContent"],
    ["no tags", { operation: "Merge", properties: {} }, "InvalidRequestContent"],
    ["a value that is no text", { operation: "Merge", properties: { tags: { a: 1 } } }, "InvalidRequestContent"],
    ["a name with a slash", { operation: "Merge", properties: { tags: { "a/b": "" } } }, "InvalidTag"],
    ["a long value", { operation: "Merge", properties: { tags: { a: "x".repeat(257) } } }, "InvalidTag"],
    ["two names of one tag", { operation: "Merge", properties: { tags: { a: "", A: "" } } }, "InvalidTag"],
    ["more than fifty", { operation: "Replace", properties: { tags: many } }, "InvalidTag"],
  ];
  for (const [title, body, code] of refusals) {
    it(`refuses ${title}`, async () => {
      const answer = await tags("PATCH", body);
      assert.deepEqual([answer.status, answer.json<{ error: { code: string } }>().error.code], [400, code]);
      assert.deepEqual((await tags("GET")).json<{ properties: unknown }>().properties, { tags: {} });
    });
  }

  it("need a right of their own, and not that to the resource", async () => {
    const id = `${emulator.description.resources.definition}`;
    const body = { operation: "Merge", properties: { tags: { a: "b" } } };
    assert.equal((await tags("PATCH", body, { scope: id, as: "pipeline" })).status, 200);
    const read = await tags("GET", undefined, { scope: id, as: "pipeline" });
    assert.deepEqual([read.status, /'Microsoft\.Resources\/tags\/read'/.test(read.text)], [403, true], read.text);
  });

  it("are nowhere on a resource that is not there", async () => {
    const scope = `${emulator.description.resources.gallery}-none`;
    const answer = await patch("Merge", {}, scope);
    assert.deepEqual([answer.status, answer.json<{ error: { code: string } }>().error.code], [404, "ResourceNotFound"]);
  });

  it("answer 501 where they are not built: other methods, later versions, subscriptions", async () => {
    assert.equal((await tags("PUT", { properties: { tags: {} } })).status, 501);
    assert.equal((await tags("GET", undefined, { version: "2025-04-01" })).status, 501);
    const scope = `/subscriptions/${emulator.description.subscriptionId}`;
    emulator.world.roleAssignments.push({
      id: `${scope}/tags`,
      principalId: "e2f4a6b8-0000-4000-8000-7c9d0e1f2a3b",
      roleDefinitionId: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
      scope,
    });
    assert.equal((await tags("GET", undefined, { scope })).status, 501);
  });
});
