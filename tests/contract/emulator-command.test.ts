/** `npm run emulator`: started as a person starts it. */
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Description } from "../emulator/index.ts";

const root = resolve(import.meta.dirname, "../..");

type Command = ChildProcessByStdio<null, Readable, Readable>;

function start(...args: readonly string[]): Command {
  const script = join(root, "scripts/emulator.ts");
  return spawn(process.execPath, ["--import", "tsx", script, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function firstLine(command: Command): Promise<string> {
  for await (const line of createInterface({ input: command.stdout })) return line;
  throw new Error("The command ended without a line.");
}

async function failed(...args: readonly string[]): Promise<{ readonly code: number; readonly errors: string }> {
  const command = start(...args);
  let errors = "";
  command.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const [code] = (await once(command, "exit")) as [number];
  return { code, errors };
}

describe("npm run emulator", function () {
  this.timeout(60_000);

  it("prints its description as the first line, and leaves nothing when it is told to end", async () => {
    const command = start("--json", "--scale", "60");
    const description = JSON.parse(await firstLine(command)) as Description;
    const keys = [
      ...["armUrl", "authorityUrl", "devopsUrl", "proxyUrl", "adminUrl", "caFile", "tenantId", "subscriptionId"],
      ...["connections", "resources", "pid"],
    ] as const;
    for (const key of keys) assert.ok(key in description, key);
    assert.deepEqual(Object.keys(description.resources), [
      ...["location", "resourceGroup", "identity", "gallery", "definition", "storageAccount", "subnet"],
    ]);
    assert.deepEqual(
      Object.values(description.connections).map(({ scheme, parameters }) => [
        scheme,
        parameters["authenticationType"],
      ]),
      [
        ["WorkloadIdentityFederation", undefined],
        ["ServicePrincipal", "spnKey"],
        ["ServicePrincipal", "spnCertificate"],
        ["ManagedServiceIdentity", undefined],
      ],
    );
    assert.equal(description.pid, command.pid);
    assert.match(readFileSync(description.caFile, "utf8"), /BEGIN CERTIFICATE/);
    const state = (await (await fetch(`${description.adminUrl}/state`)).json()) as { clock: { scale: number } };
    assert.equal(state.clock.scale, 60);
    command.kill("SIGTERM");
    const [code] = (await once(command, "exit")) as [number | null];
    assert.equal(code, 0);
    assert.equal(existsSync(description.caFile), false);
  });

  it("ends with the npm that started it", async () => {
    const npm = spawn("npm", ["run", "--silent", "emulator", "--", "--json"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { caFile, adminUrl } = JSON.parse(await firstLine(npm)) as Description;
    npm.kill("SIGTERM");
    // Its output stays open as long as anything that was started by it runs.
    await once(npm, "close");
    assert.equal(existsSync(caFile), false);
    await assert.rejects(fetch(adminUrl));
  });

  for (const [title, args, text] of [
    ["an option it does not have", ["--nonsense"], /Unknown option '--nonsense'/],
    ["a pace that is none", ["--scale", "0"], /--scale is '0'/],
    ["a world that is not there", ["--world", "absent.json"], /absent\.json/],
    ["a world that is not of the form", ["--world", "package.json"], /not of the form/],
  ] as const) {
    it(`exits 2 for ${title}, and says how it is used`, async () => {
      const { code, errors } = await failed(...args);
      assert.equal(code, 2);
      assert.match(errors, text);
      assert.match(errors, /Usage: npm run emulator/);
    });
  }
});
