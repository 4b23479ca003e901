/** Can this machine run build VMs? Tried once for each emulator, by starting and ending one. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "./processes.ts";
import { quote } from "./boot-script.ts";
import type { BuildVmSupport } from "./types.ts";

/** A file system in memory most Linux machines have: for hosts whose disk is itself an overlay. */
const MEMORY_DIR = "/dev/shm";

const TOOLS = ["nsenter", "setpriv", "pivot_root", "mknod", "find", "sha256sum"];

/** Mounts what a machine needs in fresh namespaces, and writes through an overlay. */
const TRIAL = (dir: string): string =>
  [
    "set -e",
    "mount --make-rprivate /",
    `for tool in ${TOOLS.join(" ")}; do command -v $tool >/dev/null || { echo "$tool is missing" >&2; exit 1; }; done`,
    'command -v ip >/dev/null || command -v perl >/dev/null || { echo "ip and perl are missing" >&2; exit 1; }',
    `cd ${quote(dir)}`,
    "mkdir lower upper work merged proc sys pts tmp",
    `mount -t overlay overlay -o ${quote(`lowerdir=${dir}/lower:/etc,upperdir=${dir}/upper,workdir=${dir}/work`)} merged`,
    "echo ok > merged/aib-trial",
    "mount -t proc proc proc",
    "mount -t sysfs -o ro sysfs sys",
    "mount -t devpts -o newinstance devpts pts",
    "mount -t tmpfs tmpfs tmp",
  ].join("\n");

async function tryFolder(folder: string): Promise<string | undefined> {
  const dir = mkdtempSync(join(folder, "trial-"));
  const args = ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "sh", "-c", TRIAL(dir)];
  const trial = await runToEnd("unshare", args);
  rmSync(dir, { recursive: true, force: true });
  return trial.code === 0 ? undefined : trial.errors.trim() || `ended with ${trial.code}`;
}

/**
 * Says whether customizers can run here, and where layers are kept: in the emulator's own folder, or in memory where
 * the disk does not take layers.
 * @param dataDir the emulator's own folder; its name is used in memory too
 */
export async function probeBuildVm(dataDir: string): Promise<BuildVmSupport> {
  if (process.platform !== "linux")
    return { mode: "simulated", reason: `build VMs need Linux, not ${process.platform}` };
  if (process.getuid?.() !== 0) return { mode: "simulated", reason: "build VMs need root" };
  const reasons: string[] = [];
  for (const layersDir of [join(dataDir, "layers"), join(MEMORY_DIR, `${dataDir.split("/").at(-1) ?? "aib"}-layers`)]) {
    try {
      mkdirSync(layersDir, { recursive: true, mode: 0o711 });
      const failure = await tryFolder(layersDir);
      if (failure === undefined) return { mode: "overlay", layersDir };
      reasons.push(failure);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
    rmSync(layersDir, { recursive: true, force: true });
  }
  return { mode: "simulated", reason: `no overlay can be mounted (${reasons.join("; ")})` };
}
