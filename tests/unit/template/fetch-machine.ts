/** A machine on which the fetching lines run for real: dash, a local file server, and a PATH that holds only what a case allows. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { linuxFetchLines } from "../../../tasks/AzureImageBuilderV1/src/template/fetch-linux.ts";
import type { FetchOrder } from "../../../tasks/AzureImageBuilderV1/src/template/fetch.ts";

const always = ["cat", "cp", "cut", "env", "gzip", "locale", "mkdir", "mktemp", "mv", "rm", "sed", "sh", "tar"];

/** The program itself, undefined where it is not installed: pyenv and the like put scripts of their own in the PATH. */
export function locate(program: string): string | undefined {
  const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
  const path = found.find((one) => {
    try {
      accessSync(one, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (program !== "python3" || path === undefined) return path;
  return execFileSync(path, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
}

/** How the lines ended. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  /** Arguments of every program that was started. */
  readonly commandLines: string;
  /** Seconds it wanted to sleep. */
  readonly pauses: readonly string[];
}

/** One request that a machine's server got. */
export interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Its server answers `archive` once `answers` are used up; `metadata` are the answers of the metadata service. */
export interface Machine {
  readonly folder: string;
  /** Where archive and artifact go. */
  readonly image: string;
  archive: Buffer;
  answers: (readonly [status: number, body: Buffer])[];
  metadata: (readonly [status: number, body: string])[];
  /** Where the server sends whoever asks for the archive. */
  redirect?: string;
  readonly requested: Asked[];
  /** The server's own address, which also serves as a proxy. */
  readonly address: () => string;
  /** Runs the lines where only `programs` are installed. */
  run(programs: readonly string[], order?: Partial<FetchOrder>, options?: RunOptions): Promise<Outcome>;
  close(): void;
}

interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The archive lies in its place already. */
  readonly place?: boolean;
  /** Prepares more, once the folder with the programs is there. */
  readonly before?: (bin: string) => void;
}

/** With a signature that no shell may read. */
export const query = "?sp=r&sig=a%2Bb$(touch%20x)'\"`";

/** A fresh machine, its server listening. */
export async function createMachine(archive: Buffer): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), "fetch-"));
  const machine: Machine = {
    folder,
    image: join(folder, "it's $HOME"),
    archive,
    answers: [],
    metadata: [],
    requested: [],
    address: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    run: (programs, order = {}, options = {}) => run(machine, programs, { order, options }),
    close: () => {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
  const server = serve(machine);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return machine;
}

function serve(machine: Machine): Server {
  return createServer(({ url = "", headers }, response) => {
    machine.requested.push({ url, headers });
    const [status, body] = url.includes("/metadata/")
      ? (machine.metadata.shift() ?? [500, ""])
      : (machine.answers.shift() ?? [200, machine.archive]);
    if (machine.redirect !== undefined && url.startsWith("/c/")) {
      response.writeHead(302, { location: machine.redirect, "content-length": 0 }).end();
      return;
    }
    response.writeHead(status, { "content-length": Buffer.byteLength(body) }).end(body);
  });
}

function provide(folder: string, programs: readonly string[]): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const script = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  for (const program of programs) {
    const path = locate(program);
    assert.ok(path !== undefined, `${program} is not installed`);
    script(program, `echo ${program} "$@" >>'${folder}/commands'\nexec ${path} "$@"`);
  }
  script("sleep", `echo "$1" >>'${folder}/pauses'`);
  script("id", "echo 1000");
  script("sudo", `printf '%s ' "$@" >>'${folder}/sudo'\nshift\nexec "$@"`);
  return bin;
}

async function run(
  machine: Machine,
  programs: readonly string[],
  { order, options }: { readonly order: Partial<FetchOrder>; readonly options: RunOptions },
): Promise<Outcome> {
  const { folder, image, archive } = machine;
  const bin = provide(folder, [...always, ...programs]);
  mkdirSync(image);
  mkdirSync(join(folder, "tmp"));
  const format = order.format ?? "tar.gz";
  const lines = linuxFetchLines({
    url: `${machine.address()}/c/web.${format}${query}`,
    sha256: createHash("sha256").update(archive).digest("hex"),
    archiveInImage: join(image, `web.${format}`),
    folderInImage: join(image, "web"),
    format,
    deriveModes: false,
    access: { kind: "delegationSas" },
    ...order,
  });
  options.before?.(bin);
  if (options.place === true) writeFileSync(join(image, `web.${format}`), archive);
  const text = ["#!/bin/sh -e", ...lines].join("\n").replace("http://169.254.169.254/", `${machine.address()}/`);
  writeFileSync(join(folder, "script.sh"), text);
  const read = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
  const env = { PATH: bin, TMPDIR: join(folder, "tmp"), ...options.environment };
  return new Promise((resolve) => {
    const child = execFile(
      join(bin, "sh"),
      ["-e", join(folder, "script.sh")],
      { env, encoding: "utf8" },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        const pauses = read("pauses").split("\n").filter(Boolean);
        assert.deepEqual(readdirSync(join(folder, "tmp")), [], "a temporary file stays");
        resolve({ code, output: stdout + stderr, commandLines: read("commands"), pauses });
      },
    );
    child.stdin?.end();
  });
}
