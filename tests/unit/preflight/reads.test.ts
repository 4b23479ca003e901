import assert from "node:assert/strict";
import { createReadPool, type Reads } from "../../../tasks/AzureImageBuilderV1/src/preflight/reads.ts";
import { fakePorts, reading, refusal } from "./fake-check.ts";

type Arm = ReturnType<typeof fakePorts>["arm"];

/** A pool over `ports`, the reads of one check, and what they could not read. */
function open(ports: Parameters<typeof fakePorts>[0] = {}): { reads: Reads; notRead: string[]; count: () => number } {
  const pool = createReadPool(fakePorts(ports));
  const notRead: string[] = [];
  return { reads: pool.readsFor(notRead), notRead, count: () => pool.count() };
}

const options = reading("A/b/read");

describe("Reads of the checks", () => {
  it("find an object, find nothing where Azure has nothing, and know nothing where it refuses", async () => {
    const get: Arm["get"] = async (path) => {
      if (path === "/shut") throw refusal();
      return path === "/there" ? { name: "x" } : undefined;
    };
    const { reads, notRead } = open({ get });
    assert.deepEqual(await reads.get("/there", options), { state: "found", value: { name: "x" } });
    assert.deepEqual(await reads.get("/absent", options), { state: "absent" });
    assert.deepEqual(await reads.get("/shut", options), { state: "unknown", why: "AuthorizationFailed: not allowed" });
    assert.deepEqual(notRead, ["A/b/read: AuthorizationFailed: not allowed"]);
  });

  it("say nothing of a read that is untold, and what the check notes itself", async () => {
    const { reads, notRead } = open({ get: () => Promise.reject(refusal()) });
    await reads.get("/shut", { ...options, isUntold: true });
    reads.note("the directory cannot be read");
    assert.deepEqual(notRead, ["the directory cannot be read"]);
  });

  it("let mistakes of the task's own through", () =>
    assert.rejects(open({ get: () => Promise.reject(new TypeError("x")) }).reads.get("/a", options), TypeError));

  it("send version and further parameters", async () => {
    const sent: unknown[] = [];
    const { reads } = open({ get: async (path, query) => void sent.push([path, query]) });
    await reads.get("/a", { ...options, query: { $filter: "atScope()" } });
    assert.deepEqual(sent, [["/a", { "api-version": "2024-01-01", $filter: "atScope()" }]]);
  });

  const same: readonly (readonly [title: string, ask: (reads: Reads) => Promise<unknown>, requests: number])[] = [
    ["the same read once, in whatever letter case", (r) => both(r.get("/A/b", options), r.get("/a/B", options)), 1],
    ["another address anew", (r) => both(r.get("/a", options), r.get("/b", options)), 2],
    ["another version anew", (r) => both(r.get("/a", options), r.get("/a", { ...options, apiVersion: "2" })), 2],
    ["another filter anew", (r) => both(r.list("/a", options), r.list("/a", { ...options, query: { f: "x" } })), 2],
    ["the same question once", (r) => both(r.ask("/a", { x: 1 }, options), r.ask("/a", { x: 1 }, options)), 1],
    ["another question anew", (r) => both(r.ask("/a", { x: 1 }, options), r.ask("/a", { x: 2 }, options)), 2],
    ["the same probe once", (r) => both(r.probe("https://a", { as: "anyone" }), r.probe("https://a", { as: "anyone" })), 1], // prettier-ignore
    ["a probe with a sign-in anew", (r) => both(r.probe("https://a", { as: "anyone" }), r.probe("https://a", { as: "connection" })), 2], // prettier-ignore
  ];
  for (const [title, ask, requests] of same) {
    it(`request ${title}`, async () => {
      const { reads, count } = open();
      await ask(reads);
      assert.equal(count(), requests);
    });
  }

  it("tell every check what a shared read could not find", async () => {
    const pool = createReadPool(fakePorts({ get: () => Promise.reject(refusal()) }));
    const [one, other]: [string[], string[]] = [[], []];
    await pool.readsFor(one).get("/shut", reading("A/b/read"));
    await pool.readsFor(other).get("/shut", reading("C/d/read"));
    assert.deepEqual([one, other], [["A/b/read: AuthorizationFailed: not allowed"], ["C/d/read: AuthorizationFailed: not allowed"]]); // prettier-ignore
    assert.equal(pool.count(), 1);
  });

  it("follow a list to its last page, by the addresses that Azure gives", async () => {
    const pages: Readonly<Record<string, unknown>> = {
      "/list": { value: [{ n: 1 }], nextLink: "https://arm/next" },
      "https://arm/next": { value: [{ n: 2 }], nextLink: "" },
    };
    const queries: unknown[] = [];
    const get: Arm["get"] = async (path, query) => {
      queries.push(query);
      return pages[path];
    };
    const { reads, count } = open({ get });
    assert.deepEqual(await reads.list("/list", options), { state: "found", value: [{ n: 1 }, { n: 2 }] });
    assert.deepEqual(queries, [{ "api-version": "2024-01-01" }, {}]);
    assert.equal(count(), 2);
  });

  it("know nothing of a list of which one page is refused", async () => {
    const get: Arm["get"] = async (path) => {
      if (path !== "/list") throw refusal();
      return { value: [{ n: 1 }], nextLink: "https://arm/next" };
    };
    assert.equal((await open({ get }).reads.list("/list", options)).state, "unknown");
  });

  it("are eight at a time, and all of them in the end", async () => {
    let [inside, most, ended] = [0, 0, 0];
    const waiting: (() => void)[] = [];
    const work = async (): Promise<object> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise<void>((resolve) => waiting.push(resolve));
      inside -= 1;
      ended += 1;
      return {};
    };
    const { reads } = open({ get: work, ask: work, probe: async () => (await work(), { status: 200 }) });
    const all = Array.from({ length: 30 }, (_, n) => {
      if (n % 3 === 0) return reads.get(`/${n}`, options);
      return n % 3 === 1 ? reads.ask(`/${n}`, {}, options) : reads.probe(`https://${n}`, { as: "anyone" });
    });
    while (ended < 30) {
      await new Promise(setImmediate);
      waiting.shift()?.();
    }
    await Promise.all(all);
    assert.equal(most, 8);
  });

  it("hand their place on when they fail", async () => {
    const { reads } = open({ get: () => Promise.reject(refusal()) });
    const all = Array.from({ length: 20 }, (_, n) => reads.get(`/${n}`, options));
    assert.equal((await Promise.all(all)).filter(({ state }) => state === "unknown").length, 20);
  });
});

async function both(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  await Promise.all([one, other]);
}
