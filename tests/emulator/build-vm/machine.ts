/** Starting, using and ending one build VM in overlay mode. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildBootScript } from "./boot-script.ts";
import { removePlumbing } from "./capture.ts";
import { BUILD_USER } from "./guest-user.ts";
import { hideFromVm } from "./hidden-paths.ts";
import { readLines } from "./lines.ts";
import { writePlumbing, type Plumbing } from "./plumbing.ts";
import { kill, start, waitUntilReady } from "./processes.ts";
import { readSystemDirs, ROOT_PART, type SystemDirs } from "./system-dirs.ts";
import type { BuildVm, CommandEnd, ImageLayer, VmCommand, VmRequest } from "./types.ts";
import { openWayOut, type WayOut } from "./way-out.ts";

/** Everything of one machine that must be gone after it. */
interface Machine {
  readonly vmDir: string;
  readonly layer: ImageLayer;
  readonly plumbing: Plumbing;
  readonly dirs: SystemDirs;
  readonly namespaces: ChildProcessWithoutNullStreams;
  readonly wayOut: WayOut;
}

/** Namespaces of the VM other than the one of processes, which begins with its first process. */
const NEW_NAMESPACES = ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL"];

/** Capabilities root keeps in the VM: those of a container, so that it cannot reach the host's disks or kernel. */
const CAPABILITIES = [
  "chown",
  "dac_override",
  "fowner",
  "fsetid",
  "kill",
  "setgid",
  "setuid",
  "setpcap",
  "setfcap",
  "net_bind_service",
  "net_raw",
  "sys_chroot",
  "audit_write",
];

/**
 * Starts a build VM.
 * @throws Error when namespaces, mounts or the relay cannot be set up, with the words of the program that failed
 */
export async function startMachine(request: VmRequest): Promise<BuildVm> {
  const machine = await bootMachine(request);
  let stopping: Promise<void> | undefined;
  return {
    run: (command) => runInMachine(machine, command, () => stopping === undefined),
    stop: () => (stopping ??= stopMachine(machine, request.parents)),
    capture: async () => {
      await stopping;
      return machine.layer;
    },
  };
}

async function bootMachine(request: VmRequest): Promise<Machine> {
  const dirs = readSystemDirs();
  const name = `vm-${randomBytes(6).toString("hex")}`;
  const vmDir = join(request.support.layersDir, name);
  const layer: ImageLayer = { dir: join(request.support.layersDir, `${name}-layer`) };
  makeFolders(vmDir, layer, dirs);
  const hostname = `pkrvm${randomBytes(5).toString("hex")}`;
  const { parents, network } = request;
  const hasSudo = existsSync("/usr/bin/sudo") && !request.hiddenPaths.includes("/usr/bin/sudo");
  const plumbing = writePlumbing({ dir: `${vmDir}/plumbing`, dirs, parents, network, hostname, hasSudo });
  await hideFromVm(`${vmDir}/mask`, request.hiddenPaths, dirs);
  const script = buildBootScript({
    vmDir,
    upperDir: layer.dir,
    lowerDirs: [plumbing.layer.dir, ...request.parents.map((parent) => parent.dir)],
    overlaid: dirs.overlaid,
    maskDir: `${vmDir}/mask`,
    hostname,
  });
  const namespaces = start("unshare", [...NEW_NAMESPACES, "sh", "-c", script]);
  try {
    await waitUntilReady(namespaces);
    const wayOut = await openWayOut(namespaces.pid ?? 0, network);
    return { vmDir, layer, plumbing, dirs, namespaces, wayOut };
  } catch (error) {
    await kill(namespaces);
    rmSync(vmDir, { recursive: true, force: true });
    rmSync(layer.dir, { recursive: true, force: true });
    throw error;
  }
}

function makeFolders(vmDir: string, layer: ImageLayer, dirs: SystemDirs): void {
  for (const part of [ROOT_PART, ...dirs.overlaid]) {
    mkdirSync(`${vmDir}/work/${part}`, { recursive: true });
    mkdirSync(`${vmDir}/mask/${part}`, { recursive: true });
    mkdirSync(`${layer.dir}/${part}`, { recursive: true });
    chmodSync(`${layer.dir}/${part}`, 0o755);
  }
  mkdirSync(`${vmDir}/merged`);
}

async function runInMachine(machine: Machine, command: VmCommand, isRunning: () => boolean): Promise<CommandEnd> {
  if (!isRunning()) return { kind: "killed" };
  const child = start("nsenter", [
    ...["mnt", "uts", "ipc", "net"].map(
      (kind) => `--${kind === "mnt" ? "mount" : kind}=/proc/${machine.namespaces.pid}/ns/${kind}`,
    ),
    `--pid=/proc/${machine.namespaces.pid}/ns/pid_for_children`,
    ...guestLogin(command.user),
    `exec 2>&1; cd && ${command.command}`,
  ]);
  child.stdin.on("error", () => undefined);
  child.stdin.end(command.stdin ?? "");
  // As with SSH, a command lasts as long as anything it started holds its output open.
  const outputEnds = readLines(child.stdout, command.onLine);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  await outputEnds;
  return code === null || !isRunning() ? { kind: "killed" } : { kind: "exited", code };
}

/** The words that make a login of the build user or of root: user, groups, capabilities, environment, shell. */
function guestLogin(user: VmCommand["user"]): readonly string[] {
  const home = user === "root" ? "/root" : `/home/${user}`;
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games";
  return [
    "setpriv",
    ...(user === "root" ? [] : [`--reuid=${BUILD_USER}`, `--regid=${BUILD_USER}`, "--init-groups", "--inh-caps=-all"]),
    `--bounding-set=-all,${CAPABILITIES.map((name) => `+${name}`).join(",")}`,
    ...[
      "env",
      "-i",
      `HOME=${home}`,
      `USER=${user}`,
      `LOGNAME=${user}`,
      "SHELL=/bin/bash",
      "LANG=C.UTF-8",
      `PATH=${path}`,
    ],
    ...["sh", "-c"],
  ];
}

async function stopMachine(machine: Machine, parents: readonly ImageLayer[]): Promise<void> {
  await kill(machine.namespaces);
  await machine.wayOut.close();
  removePlumbing(machine.layer, machine.plumbing, { parents, dirs: machine.dirs });
  rmSync(machine.vmDir, { recursive: true, force: true });
}
