/** Changes and deletions of gallery versions, and the lists of machines, at the emulator. */
import assert from "node:assert/strict";
import { send, type PlainAnswer } from "../emulator/core/testing.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";

describe("versions and machines at the emulator", () => {
  let emulator: Emulator;
  let token = "";
  before(async () => {
    emulator = await createEmulator({ world: "lifecycle" });
    token = await emulator.tokenOf("pipeline");
  });
  beforeEach(() => emulator.reset());
  after(() => emulator.close());

  const idOf = (version: string): string => `${emulator.description.resources.definition}/versions/${version}`;
  const ask = (method: string, path: string, body?: unknown, api = "2025-03-03"): Promise<PlainAnswer> =>
    send(emulator, { method, url: `${path}${path.includes("?") ? "&" : "?"}api-version=${api}`, token, body });
  const patch = (version: string, publishingProfile: object): Promise<PlainAnswer> =>
    ask("PATCH", idOf(version), { properties: { publishingProfile } });
  const codeOf = (answer: PlainAnswer): unknown => [
    answer.status,
    answer.json<{ readonly error: { readonly code: string } }>().error.code,
  ];
  const change = (version: string, properties: object): void => {
    const resource = emulator.world.resources.get(idOf(version));
    assert.ok(resource !== undefined);
    resource.body = { ...resource.body, properties: { ...(resource.body["properties"] as object), ...properties } };
  };

  it("keep what a change does not name, and are Updating meanwhile, when nothing else may be changed or deleted", async () => {
    const answer = await patch("1.2.0", { excludeFromLatest: true });
    const { properties } = answer.json<{ readonly properties: Readonly<Record<string, unknown>> }>();
    assert.equal(properties["provisioningState"], "Updating");
    assert.match(JSON.stringify(properties["publishingProfile"]), /"West Europe"/);
    assert.deepEqual(codeOf(await patch("1.2.0", { excludeFromLatest: false })), [409, "Conflict"]);
    assert.deepEqual(codeOf(await ask("DELETE", idOf("1.2.0"))), [409, "Conflict"]);
  });

  const refused: readonly (readonly [title: string, profile: object, expected: unknown])[] = [
    ["another replication mode", { replicationMode: "Shallow" }, [409, "PropertyChangeNotAllowed"]],
    ["another storage type of a copy", { targetRegions: [{ name: "westeurope", storageAccountType: "Premium_LRS" }] }, [409, "PropertyChangeNotAllowed"]],
    ["an end of life that is no date", { endOfLifeDate: "soon" }, [400, "InvalidParameter"]],
    ["regions without its own", { targetRegions: [{ name: "eastus" }] }, [400, "InvalidParameter"]],
  ]; // prettier-ignore
  for (const [title, profile, expected] of refused) {
    it(`do not take ${title}`, async () => assert.deepEqual(codeOf(await patch("1.2.0", profile)), expected));
  }

  it("are deleted although machines use them, but not before an end of life that keeps them", async () => {
    assert.equal((await ask("DELETE", idOf("1.0.0"))).status, 202);
    change("1.2.0", { safetyProfile: { blockDeletionBeforeEndOfLife: true } });
    assert.deepEqual(codeOf(await ask("DELETE", idOf("1.2.0"))), [409, "OperationNotAllowed"]);
    change("1.2.0", { publishingProfile: { targetRegions: [], endOfLifeDate: "2020-01-01" } });
    assert.equal((await ask("DELETE", idOf("1.2.0"))).status, 202);
  });

  const subscription = (): string => `/subscriptions/${emulator.description.subscriptionId}`;
  const group = (): string => emulator.description.resources.resourceGroup;
  const list = async (path: string): Promise<{ readonly names: readonly string[]; readonly nextLink?: string }> => {
    const answer = await ask("GET", path, undefined, "2024-07-01");
    assert.equal(answer.status, 200, answer.text);
    const { value, nextLink } = answer.json<{ value: readonly { readonly name: string }[]; nextLink?: string }>();
    return { names: value.map(({ name }) => name), nextLink };
  };

  it("list machines, scale sets and instances of a uniform one, page by page", async () => {
    const machines = `${group()}/providers/Microsoft.Compute/virtualMachines`;
    assert.deepEqual((await list(machines)).names, ["vm-web"]);
    const sets = `${subscription()}/providers/Microsoft.Compute/virtualMachineScaleSets`;
    assert.deepEqual((await list(sets)).names, ["vmss-web"]);
    const instances = `${group()}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-web/virtualMachines`;
    assert.deepEqual((await list(instances)).names, ["0"]);
    for (let at = 0; at < 60; at += 1) {
      const id = `${machines}/vm-${at}`;
      const type = "Microsoft.Compute/virtualMachines";
      emulator.world.resources.put({ id, name: `vm-${at}`, type, location: "westeurope", body: { properties: {} } });
    }
    const first = await list(machines);
    assert.equal(first.names.length, 50);
    const next = await send(emulator, { url: first.nextLink ?? "", token });
    assert.equal(next.json<{ readonly value: readonly unknown[] }>().value.length, 11);
  });

  it("answer 501 for what is not built: a machine alone, one that is made, instances of a flexible set", async () => {
    const machine = `${group()}/providers/Microsoft.Compute/virtualMachines/vm-web`;
    assert.equal((await ask("GET", machine, undefined, "2024-07-01")).status, 501);
    assert.equal((await ask("PUT", machine, { location: "westeurope" }, "2024-07-01")).status, 501);
    const set = `${group()}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-web`;
    const resource = emulator.world.resources.get(set);
    assert.ok(resource !== undefined);
    resource.body = { properties: { orchestrationMode: "Flexible" } };
    assert.equal((await ask("GET", `${set}/virtualMachines`, undefined, "2024-07-01")).status, 501);
  });

  it("tell when resources of a group were made, where that is asked for", async () => {
    const path = `${group()}/resources`;
    const plain = await ask("GET", path, undefined, "2021-04-01");
    assert.doesNotMatch(plain.text, /createdTime/);
    const expanded = await ask("GET", `${path}?$expand=createdTime`, undefined, "2021-04-01");
    const { value } = expanded.json<{ readonly value: readonly { readonly createdTime: string }[] }>();
    assert.ok(value.length > 3 && value.every(({ createdTime }) => Date.parse(createdTime) > 0));
  });
});
