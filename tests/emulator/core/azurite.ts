/** The real Azurite as a child process: started at the first use, several accounts, HTTPS, tokens accepted. */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Certificates } from "./certificates.ts";
import type { Cloud } from "./world.ts";

export interface Azurite {
  /** Port of its HTTPS server; starts it when it does not run. Throws an Error when it does not come up. */
  port(): Promise<number>;
  /** Keys of an account (base64), which Azurite knows when this resolves. */
  keys(account: string): Promise<readonly [string, string]>;
  /** Accounts it knows while it runs; none while it does not. */
  accounts(): readonly string[];
  /** Gives it the emulator's present clock. */
  followClock(): Promise<void>;
  /** Ends the process, and with it all blobs. It starts again at the next use. */
  stop(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly tell: (message: { readonly accounts?: string; readonly clock?: string }) => Promise<void>;
}

/** Longest wait for the process to listen, in ms: loading it takes one to two seconds. */
const startLimit = 60_000;

/** Prepares Azurite for a cloud; nothing runs until it is used. */
export function createAzurite(cloud: Cloud, certificates: Certificates): Azurite {
  const accounts = new Map<string, readonly [string, string]>();
  let running: Promise<Running> | undefined;
  const list = (): string => [...accounts].map(([name, keys]) => `${name}:${keys.join(":")}`).join(";");
  const start = (): Promise<Running> => (running ??= launch(cloud, certificates, list()));
  return {
    port: async () => (await start()).port,
    async keys(account) {
      const known = accounts.get(account);
      if (known !== undefined) return known;
      const made = [madeKey(), madeKey()] as const;
      accounts.set(account, made);
      if (running !== undefined) await (await running).tell({ accounts: list() });
      return made;
    },
    accounts: () => (running === undefined ? [] : [...accounts.keys()]),
    async followClock() {
      if (running !== undefined) await (await running).tell({ clock: cloud.clock.environment() });
    },
    async stop() {
      const ending = running;
      running = undefined;
      // What did not start needs no end.
      await ending?.then(
        ({ child }) => end(child),
        () => undefined,
      );
    },
  };
}

function madeKey(): string {
  return randomBytes(64).toString("base64");
}

async function launch(cloud: Cloud, certificates: Certificates, accounts: string): Promise<Running> {
  const { dataDir } = cloud.world;
  const cert = join(dataDir, "blob-certificate.pem");
  const key = join(dataDir, "blob-key.pem");
  writeFileSync(cert, certificates.certificate);
  writeFileSync(key, certificates.key, { mode: 0o600 });
  const child = fork(
    fileURLToPath(new URL("azurite-host.cjs", import.meta.url)),
    [
      ...["--blobHost", "127.0.0.1", "--blobPort", "0", "--cert", cert, "--key", key, "--oauth", "basic"],
      // Its own keep-alive must outlive ours, or a connection is closed while a request is on its way.
      ...[
        "--blobKeepAliveTimeout",
        "3600",
        "--skipApiVersionCheck",
        "--loose",
        "--inMemoryPersistence",
        "--silent",
        "--disableTelemetry",
      ],
    ],
    {
      env: {
        ...process.env,
        AZURITE_ACCOUNTS: accounts,
        EMULATOR_CLOCK: cloud.clock.environment(),
        SCALED_CLOCK: "",
        NODE_OPTIONS: "",
      },
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  child.stderr?.on("data", (data: Buffer) => cloud.world.log(`Azurite: ${data.toString("utf8").trimEnd()}`));
  return { child, port: await listening(child), tell: teller(child) };
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (data: Buffer) => (said += data.toString("utf8")));
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`Azurite did not start: ${why}. It said: ${said.trim() || "nothing"}`));
    };
    const timer = setTimeout(() => fail(`no answer after ${startLimit} ms`), startLimit);
    child.once("close", (code) => fail(`it ended with code ${code}`));
    child.once("message", (message) => {
      clearTimeout(timer);
      child.removeAllListeners("close");
      resolve((message as { readonly port: number }).port);
    });
  });
}

function teller(child: ChildProcess): Running["tell"] {
  let last = 0;
  return (message) =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      const hear = (answer: unknown): void => {
        if ((answer as { readonly done?: number }).done !== id) return;
        child.off("message", hear);
        resolve();
      };
      child.on("message", hear);
      child.send({ id, ...message }, (error) => {
        if (error !== null) reject(error);
      });
    });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    // It holds nothing on disk, so there is nothing to finish in order.
    child.kill("SIGKILL");
  });
}
