/** The emulator's administration, faults, clock and end. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { pipelineToken, send } from "../emulator/core/testing.ts";
import { type Emulator, type Fault, createEmulator } from "../emulator/index.ts";

interface Logged {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  readonly service: string;
  readonly mark: string;
}

describe("the emulator's administration", () => {
  let emulator: Emulator;
  let token: string;
  before(async () => {
    emulator = await createEmulator();
  });
  after(() => emulator.close());
  beforeEach(async () => {
    await emulator.reset();
    token = await pipelineToken(emulator);
  });

  const account = (): string => `${emulator.description.resources.storageAccount}?api-version=2024-01-01`;
  const read = () => send(emulator, { url: account(), token });
  const admin = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${emulator.description.adminUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value: unknown = await answer.json();
    return { status: answer.status, value };
  };

  it("answers a scripted status as often as asked, and then the service again", async () => {
    const fault: Fault = {
      match: { method: "get", path: "storageAccounts/stimages", service: "microsoft.storage" },
      times: 2,
      action: { status: 503, code: "ServerTimeout", headers: { "Retry-After": "7" } },
    };
    assert.equal((await admin("POST", "/faults", fault)).status, 200);
    const first = await read();
    assert.deepEqual(
      [first.status, first.headers["retry-after"], first.json<{ error: { code: string } }>().error.code],
      [503, "7", "ServerTimeout"],
    );
    assert.deepEqual([(await read()).status, (await read()).status], [503, 200]);
  });

  it("tells a watcher of each request twice: before the work and before the answer leaves, until it is ended", async () => {
    const seen: unknown[] = [];
    const end = emulator.watch(({ stage, method, url }) => {
      const isThere = emulator.world.resources.get(groupId(emulator)) !== undefined;
      if (method === "PUT") seen.push([stage, new URL(url).pathname === groupId(emulator), isThere]);
    });
    await putGroup(emulator);
    end();
    await putGroup(emulator);
    assert.deepEqual(seen, [
      ["arrived", true, false],
      ["answered", true, true],
    ]);
  });

  it("drops a connection before the work", async () => {
    emulator.addFault({ match: { method: "PUT" }, action: { drop: "before" } });
    await assert.rejects(putGroup(emulator));
    assert.equal(emulator.world.resources.get(groupId(emulator)), undefined);
  });

  it("drops a connection after the work", async () => {
    emulator.addFault({ match: { method: "PUT" }, action: { drop: "after" } });
    await assert.rejects(putGroup(emulator));
    assert.notEqual(emulator.world.resources.get(groupId(emulator)), undefined);
  });

  it("does the work and loses its answer to a gateway", async () => {
    emulator.addFault({ match: { method: "PUT" }, action: { status: 504, code: "GatewayTimeout", afterWork: true } });
    assert.equal((await putGroup(emulator)).status, 504);
    assert.notEqual(emulator.world.resources.get(groupId(emulator)), undefined);
  });

  it("breaks the connection in the middle of an answer whose work is done", async () => {
    emulator.addFault({ match: { method: "PUT" }, action: { cut: true } });
    await assert.rejects(putGroup(emulator), /aborted|ECONNRESET|hang up/);
    assert.notEqual(emulator.world.resources.get(groupId(emulator)), undefined);
  });

  it("lets as many requests pass as asked before one meets a fault", async () => {
    emulator.addFault({ match: { method: "GET", skip: 2 }, action: { status: 503 } });
    const statuses = [(await read()).status, (await read()).status, (await read()).status, (await read()).status];
    assert.deepEqual(statuses, [200, 200, 503, 200]);
  });

  it("keeps a fault back until a request of another kind has come", async () => {
    emulator.addFault({ match: { method: "GET", after: { method: "PUT" } }, action: { status: 503 } });
    const first = (await read()).status;
    await putGroup(emulator);
    assert.deepEqual([first, (await read()).status, (await read()).status], [200, 503, 200]);
  });

  it("answers a body that is no JSON", async () => {
    const page = "<html>Bad gateway</html>";
    emulator.addFault({ match: {}, action: { status: 502, body: page, headers: { "Content-Type": "text/html" } } });
    const answer = await read();
    assert.deepEqual([answer.status, answer.headers["content-type"], answer.text], [502, "text/html", page]);
  });

  it("delays by the emulated clock", async () => {
    emulator.addFault({ match: {}, action: { delayMs: 3_600_000 } });
    const asked = read();
    await emulator.adjustClock({ scale: 3_600_000 });
    await asked;
    const [logged] = emulator.requests();
    assert.ok(emulator.world.clock.now().getTime() - Date.parse(logged?.time ?? "") >= 3_600_000);
    await emulator.adjustClock({ scale: 1 });
  });

  it("takes a regular expression for a path, and the entra, devops and blob doors for services", async () => {
    emulator.addFault({ match: { path: "/storageAccounts\\/st.*\\?api-version/" }, action: { status: 500 } });
    emulator.addFault({ match: { service: "entra" }, action: { status: 429 } });
    emulator.addFault({ match: { service: "devops" }, action: { status: 418 } });
    emulator.addFault({ match: { service: "blob" }, action: { status: 503 } });
    const { authorityUrl, devopsUrl, blobUrl } = emulator.description;
    const statuses = [];
    for (const url of [account(), authorityUrl, devopsUrl, blobUrl])
      statuses.push((await send(emulator, { url, token })).status);
    assert.deepEqual(statuses, [500, 429, 418, 503]);
  });

  it("refuses a fault that could never be meant", async () => {
    for (const [fault, why] of [
      [{ match: {}, action: {} }, /needs status, delayMs, drop or cut/],
      [{ match: { skip: -1 }, action: { status: 500 } }, /skip must be/],
      [{ match: {}, action: { cut: true, status: 500 } }, /cut stands without/],
      [{ match: { url: "x" }, action: { status: 500 } }, /unknown url/],
      [{ match: {}, times: 0, action: { status: 500 } }, /times must be/],
      [{ match: {}, action: { drop: "sometimes" } }, /drop must be/],
      [{ match: {}, action: { status: 99 } }, /status must be/],
    ] as const) {
      const { status, value } = await admin("POST", "/faults", fault);
      assert.equal(status, 400);
      assert.match((value as { error: string }).error, why);
    }
  });

  it("lists requests without the values of signatures and tokens", async () => {
    await read();
    await send(emulator, { url: `${emulator.description.blobUrl}/absent/c/b?sp=r&sig=secret` });
    const { value } = await admin("GET", "/requests");
    const [first, second] = value as readonly Logged[];
    assert.deepEqual(
      [first?.method, first?.status, first?.service, first?.mark],
      ["GET", 200, "Microsoft.Storage", "specification"],
    );
    assert.ok(second?.url.endsWith("sp=r&sig=REDACTED"), second?.url);
    assert.ok(!JSON.stringify(value).includes(token));
  });

  it("shows the state, and puts it back to the world file", async () => {
    const resourcesOf = async (): Promise<readonly string[]> =>
      ((await admin("GET", "/state")).value as { resources: { id: string }[] }).resources.map(({ id }) => id);
    const before_ = await resourcesOf();
    emulator.addFault({ match: { path: "never" }, action: { status: 500 } });
    await putGroup(emulator);
    assert.equal((await resourcesOf()).length, before_.length + 1);
    assert.equal((await admin("POST", "/reset")).status, 200);
    assert.deepEqual(await resourcesOf(), before_);
    assert.deepEqual(((await admin("GET", "/state")).value as { faults: unknown[] }).faults, []);
  });

  it("lists the files of an image that a build registered", async () => {
    const id = `${emulator.description.resources.definition}/versions/1.0.0`;
    const file = { path: "/etc/motd", kind: "file", size: 3, mode: 0o644, sha256: "00" } as const;
    emulator.world.images.register(id, async () => [file]);
    assert.deepEqual((await admin("GET", `/images/${encodeURIComponent(id)}/files`)).value, [file]);
    assert.deepEqual((await admin("GET", `/images${id.toUpperCase()}/files`)).value, [file]);
    assert.equal((await admin("GET", "/images/absent/files")).status, 404);
  });

  it("moves its clock and changes its pace", async () => {
    const before_ = emulator.world.clock.now().getTime();
    const { value } = await admin("POST", "/clock", { scale: 10, advanceMs: 3_600_000 });
    const clock = value as { now: string; scale: number; environment: string };
    assert.ok(Date.parse(clock.now) - before_ >= 3_600_000);
    assert.equal((JSON.parse(clock.environment) as { scale: number }).scale, 10);
    assert.equal((await admin("POST", "/clock", { scale: 0 })).status, 400);
    await admin("POST", "/clock", { scale: 1 });
  });

  it("says what it lacks", async () => {
    assert.equal((await admin("GET", "/nothing")).status, 404);
  });
});

describe("an emulator that is closed", () => {
  it("leaves no folder, no server and no process", async function () {
    this.timeout(30_000);
    const emulator = await createEmulator({ warm: true });
    const { caFile, adminUrl } = emulator.description;
    if (process.platform === "linux") assert.equal(azurites().length, 1);
    await emulator.close();
    assert.equal(existsSync(dirname(caFile)), false);
    await assert.rejects(fetch(adminUrl));
    assert.deepEqual(azurites(), []);
  });

  it("ends what waits on its clock", async () => {
    const emulator = await createEmulator();
    const waiting = assert.rejects(emulator.world.clock.sleep(3_600_000), /closed or was reset/);
    await emulator.close();
    await waiting;
  });
});

describe("a world", () => {
  it("that is not of the form is refused with every place", async () => {
    const world = { tenantId: "none", subscriptions: [] } as never;
    await assert.rejects(createEmulator({ world }), (error: Error) => {
      for (const part of ["/tenantId", "/subscriptions", "'connections'", "'defaults'"])
        assert.ok(error.message.includes(part), part);
      return true;
    });
  });
});

describe("another process on the emulator's clock", () => {
  it("sees the same time and waits as much shorter", async () => {
    const emulator = await createEmulator({ start: new Date("2030-01-01T00:00:00Z"), scale: 1000 });
    try {
      const preload = new URL("../emulator/core/scaled-clock.cjs", import.meta.url).pathname;
      const program = `
        const from = Date.now();
        setTimeout(async () => {
          const timer = Date.now() - from;
          await require("node:timers/promises").setTimeout(30000);
          const promise = Date.now() - from - timer;
          console.log(JSON.stringify({ from, timer, promise, isDate: new Date() instanceof Date, year: new Date().getUTCFullYear() }));
        }, 60000);`;
      const env = { PATH: process.env["PATH"], SCALED_CLOCK: emulator.world.clock.environment() };
      const began = emulator.world.clock.now().getTime();
      const { stdout } = await promisify(execFile)(process.execPath, ["-r", preload, "-e", program], { env });
      const ended = emulator.world.clock.now().getTime();
      const seen = JSON.parse(stdout) as {
        from: number;
        timer: number;
        promise: number;
        isDate: boolean;
        year: number;
      };
      assert.ok(seen.from >= began && seen.from + seen.timer + seen.promise <= ended, stdout);
      assert.ok(seen.timer >= 60_000 && seen.promise >= 30_000, stdout);
      assert.deepEqual([seen.isDate, seen.year], [true, 2030]);
    } finally {
      await emulator.close();
    }
  });

  it("does not start by a clock it cannot read", async () => {
    const preload = new URL("../emulator/core/scaled-clock.cjs", import.meta.url).pathname;
    const env = { PATH: process.env["PATH"], SCALED_CLOCK: '{"scale":0}' };
    await assert.rejects(
      promisify(execFile)(process.execPath, ["-r", preload, "-e", ""], { env }),
      /SCALED_CLOCK holds/,
    );
  });
});

function groupId(emulator: Emulator): string {
  return `/subscriptions/${emulator.description.subscriptionId}/resourceGroups/rg-new`;
}

async function putGroup(emulator: Emulator) {
  const owner = emulator.world.roleDefinitions.find(({ roleName }) => roleName === "Owner")?.name ?? "";
  const principalId = emulator.world.roleAssignments[0]?.principalId ?? "";
  emulator.world.roleAssignments.push({ id: "/test", principalId, roleDefinitionId: owner, scope: "/" });
  const token = await pipelineToken(emulator);
  return send(emulator, {
    method: "PUT",
    url: `${groupId(emulator)}?api-version=2021-04-01`,
    token,
    body: { location: "westeurope" },
  });
}

/** Process ids of the Azurites this process has started, where the system tells. */
function azurites(): readonly string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isAzurite(name));
}

function isAzurite(pid: string): boolean {
  try {
    const parent = readFileSync(join("/proc", pid, "stat"), "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[1];
    return (
      Number(parent) === process.pid && readFileSync(join("/proc", pid, "cmdline"), "utf8").includes("azurite-host")
    );
  } catch {
    return false;
  }
}
