/** Where jobs run: their code bundled as the package's is, the sink, and processes one at a time. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { createCertificates } from "../../tests/emulator/core/certificates.ts";
import { distFolder, root, taskFolder } from "../lib/paths.ts";
import type { Order, Told } from "./job.ts";

const run = promisify(execFile);

/** Where a job uploads to. */
export type Service = Pick<Order, "endpoint" | "token" | "ca">;

/**
 * Bytes a second: 1,500 Mbit/s is the expected network bandwidth of Standard_DS2_v2 (azure-docs,
 * articles/virtual-machines/dv2-dsv2-series.md), the size of Microsoft-hosted agents (azure-devops-docs,
 * docs/pipelines/agents/hosted.md, "Capabilities and limitations").
 */
export const agentPace = 1_500_000_000 / 8;

export interface Stage {
  /** A folder for trees, removed at the end. */
  readonly folder: string;
  /** The discarding blob service. */
  readonly sink: Service;
  /** Another one that reads at the pace of an agent's network. */
  readonly pacedSink: Service;
  /** Runs a job to its end. Throws where it fails. */
  job(order: Partial<Order> & Pick<Order, "job">): Promise<Told>;
  /** Runs a shell command; gives its milliseconds. */
  shell(command: string): Promise<number>;
  close(): void;
}

/** Bundles the jobs and starts the sinks. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "aib-bench-"));
  // Inside the repository, for what is not bundled.
  const code = join(distFolder, "bench");
  await bundle(code);
  const certificates = await createCertificates();
  const sinks: ChildProcess[] = [];
  const startSink = async (pace: number | null): Promise<Service> => {
    const argument = JSON.stringify([certificates.certificate, certificates.key, pace]);
    const sinkProcess = spawn(process.execPath, [join(code, "sink.js"), argument], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    sinks.push(sinkProcess);
    const port = await firstLine(sinkProcess);
    return { endpoint: `https://127.0.0.1:${port}/account/`, token: "bench", ca: certificates.caPem };
  };
  const sink = await startSink(null);
  const pacedSink = await startSink(agentPace);
  const usual: Order = { job: "publish", path: folder, format: "tar.gz", level: 6, size: 0, ...sink };
  return {
    folder,
    sink,
    pacedSink,
    job: async (order) => {
      const text = JSON.stringify({ ...usual, ...order });
      const { stdout } = await run(process.execPath, [join(code, "job.js"), text], { maxBuffer: 1e8 });
      return JSON.parse(stdout) as Told;
    },
    shell: async (command) => {
      const begun = performance.now();
      await run("bash", ["-o", "pipefail", "-c", command]);
      return performance.now() - begun;
    },
    close: () => {
      for (const one of sinks) one.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function bundle(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: {
      job: "scripts/bench/job.ts",
      sink: "scripts/bench/sink.ts",
      "pack-worker": join(taskFolder, "src/artifact/pack-worker.js"),
    },
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Node finds them from the repository.
    external: ["archiver"],
    banner: {
      js: 'import { createRequire as benchRequire } from "node:module"; const require = benchRequire(import.meta.url);',
    },
    logLevel: "error",
  });
}

function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => stdout?.once("data", (data: Buffer) => resolve(data.toString().trim())));
}
