/**
 * The script that turns fresh namespaces into the build VM: it runs as the first process of the VM, on the host's
 * file system, and ends up inside the overlay. It needs `mount`, `pivot_root`, and `ip` or `perl`, nothing else.
 */
import { ROOT_PART } from "./system-dirs.ts";

export interface BootPlan {
  /** Folder with `merged`, `work` and `mask` of this machine. */
  readonly vmDir: string;
  /** Folder of the image's own layer. */
  readonly upperDir: string;
  /** Layers below, newest first, the plumbing among them. */
  readonly lowerDirs: readonly string[];
  /** Overlaid system folders. */
  readonly overlaid: readonly string[];
  /** Layer that hides paths of the host inside the system folders. */
  readonly maskDir: string;
  readonly hostname: string;
}

/** Quotes a word for /bin/sh. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Sets the loopback interface up without the package iproute2: SIOCGIFFLAGS and SIOCSIFFLAGS. */
const LOOPBACK_UP = `ip link set lo up 2>/dev/null || perl -e '
socket(S, 2, 2, 0) or die; my $r = pack("a16sx22", "lo", 0);
ioctl(S, 0x8913, $r) or die; my ($n, $f) = unpack("a16s", $r);
ioctl(S, 0x8914, pack("a16sx22", "lo", $f | 1)) or die'`;

/** Address of the instance metadata service. */
export const METADATA_ADDRESS = "169.254.169.254";

/** Gives the loopback interface the metadata service's address, and no other of its network: SIOCSIFADDR, SIOCSIFNETMASK. */
const METADATA_UP = `ip addr add ${METADATA_ADDRESS}/32 dev lo 2>/dev/null || perl -MSocket -e '
socket(S, 2, 2, 0) or die; my $r = sub { pack("a16SSa4x16", "lo:0", 2, 0, inet_aton($_[0])) };
ioctl(S, 0x8916, $r->("${METADATA_ADDRESS}")) or die; ioctl(S, 0x891c, $r->("255.255.255.255")) or die'`;

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/** Parts of /proc that reach the whole host: shown read-only or not at all, as containers have it. */
const READ_ONLY_PROC = ["sys", "sysrq-trigger", "irq", "bus"];
const HIDDEN_PROC = ["kcore", "keys", "timer_list"];

function overlayMount(part: string, plan: BootPlan): string {
  const lower = plan.lowerDirs.map((dir) => `${dir}/${part}`);
  const host = part === ROOT_PART ? [] : [`${plan.maskDir}/${part}`, `/${part}`];
  const options = [
    `lowerdir=${[...lower, ...host].join(":")}`,
    `upperdir=${plan.upperDir}/${part}`,
    `workdir=${plan.vmDir}/work/${part}`,
  ].join(",");
  const target = part === ROOT_PART ? "merged" : `merged/${part}`;
  return `mount -t overlay overlay -o ${quote(options)} ${quote(target)}`;
}

/** The whole script. It prints \`ready\` and then lives until its standard input closes. */
export function buildBootScript(plan: BootPlan): string {
  return [
    "set -e",
    "mount --make-rprivate /",
    LOOPBACK_UP,
    METADATA_UP,
    `cd ${quote(plan.vmDir)}`,
    ...[ROOT_PART, ...plan.overlaid].map((part) => overlayMount(part, plan)),
    "cd merged",
    "mount -t proc proc proc",
    `echo ${quote(plan.hostname)} > proc/sys/kernel/hostname`,
    ...READ_ONLY_PROC.map(
      (name) =>
        `[ ! -e proc/${name} ] || { mount --bind proc/${name} proc/${name}; mount -o remount,bind,ro proc/${name}; }`,
    ),
    ...HIDDEN_PROC.map((name) => `[ ! -e proc/${name} ] || mount --bind /dev/null proc/${name}`),
    "mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys",
    "mount -t tmpfs -o mode=755,nosuid tmpfs dev",
    ...DEVICES.map((name) => `touch dev/${name}; mount --bind /dev/${name} dev/${name}`),
    "mkdir dev/pts dev/shm",
    "mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts",
    "mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm",
    "ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd",
    "ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr",
    "mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run",
    "mkdir run/lock run/host; chmod 1777 run/lock",
    "pivot_root . run/host",
    "cd /; umount -l /run/host; rmdir /run/host",
    "echo ready",
    // A process of its own, so that the VM's process list does not show this script.
    "exec sh -c 'while read -r line; do :; done'",
  ].join("\n");
}
