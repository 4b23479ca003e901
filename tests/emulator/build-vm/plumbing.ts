/**
 * What makes a machine of the overlay: a layer of its own below the image's layer that holds the build user,
 * the way to the emulator, the trusted certificate authority and the generalising script. What the customizers write
 * goes to the image's layer, so the plumbing is no part of the image.
 */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as guest from "./guest-files.ts";
import { ACCOUNT_FILES, BUILD_USER, freeUserId, withBuildUser } from "./guest-user.ts";
import { readThrough } from "./layers.ts";
import { EMPTY_DIRS, pathInLayer, ROOT_PART, type SystemDirs } from "./system-dirs.ts";
import type { ImageLayer, VmNetwork } from "./types.ts";

export interface Plumbing {
  readonly layer: ImageLayer;
  /** Files the plumbing put in place, as paths of the image. */
  readonly files: readonly string[];
  readonly hostname: string;
  readonly userId: number;
}

export interface PlumbingRequest {
  readonly dir: string;
  readonly dirs: SystemDirs;
  /** Layers below the plumbing, newest first. */
  readonly parents: readonly ImageLayer[];
  readonly network: VmNetwork;
  readonly hostname: string;
  /** Whether the host's own sudo is seen in the VM; otherwise a stand-in is put there. */
  readonly hasSudo: boolean;
}

/** Writes the plumbing layer and says what is in it. */
export function writePlumbing(request: PlumbingRequest): Plumbing {
  const layer: ImageLayer = { dir: request.dir };
  makeFolders(request);
  const files = plumbingFiles(request);
  for (const file of files) {
    const target = pathInLayer(request.dir, file.path, request.dirs);
    copyParentModes(dirname(file.path), request.dir, request.dirs);
    writeFileSync(target, file.text);
    const host = lstatSync(file.path, { throwIfNoEntry: false });
    if (host !== undefined) chownSync(target, host.uid, host.gid);
    chmodSync(target, file.mode);
  }
  const userId = buildUserId(request);
  const home = pathInLayer(request.dir, `/home/${BUILD_USER}`, request.dirs);
  mkdirSync(home, { mode: 0o750 });
  chownSync(home, userId, userId);
  return { layer, files: files.map((file) => file.path), hostname: request.hostname, userId };
}

function makeFolders({ dir, dirs }: PlumbingRequest): void {
  const parts = [ROOT_PART, ...dirs.overlaid];
  const folders = [...EMPTY_DIRS, ...dirs.overlaid].map((name) => `${ROOT_PART}/${name}`);
  for (const folder of [...parts, ...folders]) {
    mkdirSync(`${dir}/${folder}`, { recursive: true });
    chmodSync(`${dir}/${folder}`, 0o755);
  }
  for (const link of dirs.links) symlinkSync(link.target, `${dir}/${ROOT_PART}/${link.name}`);
  chmodSync(`${dir}/${ROOT_PART}/root`, 0o700);
  chmodSync(`${dir}/${ROOT_PART}/tmp`, 0o1777);
  const varTmp = pathInLayer(dir, "/var/tmp", dirs);
  mkdirSync(varTmp, { recursive: true });
  chmodSync(varTmp, 0o1777);
}

/** Makes the folders of a path in the layer with the modes they have on the host: the top layer's modes are seen. */
function copyParentModes(folder: string, dir: string, dirs: SystemDirs): void {
  const inLayer = pathInLayer(dir, folder, dirs);
  if (existsSync(inLayer)) return;
  copyParentModes(dirname(folder), dir, dirs);
  mkdirSync(inLayer);
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  chmodSync(inLayer, stat?.isDirectory() === true ? stat.mode & 0o7777 : 0o755);
}

interface PlumbingFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

function buildUserId({ parents, dirs }: PlumbingRequest): number {
  const text = (path: string): string => readThrough(parents, path, dirs)?.toString() ?? "";
  return freeUserId(text("/etc/passwd"), text("/etc/group"));
}

function plumbingFiles(request: PlumbingRequest): readonly PlumbingFile[] {
  const { parents, dirs, network, hostname } = request;
  const effective = (path: string): string | undefined => readThrough(parents, path, dirs)?.toString();
  const id = buildUserId(request);
  const accounts = ACCOUNT_FILES.flatMap((path) => {
    const text = effective(path);
    const mode = path.endsWith("shadow") ? 0o640 : 0o644;
    return text === undefined ? [] : [{ path, text: withBuildUser(path, text, id), mode }];
  });
  const bundles = guest.CA_BUNDLES.flatMap((path) => {
    const text = effective(path);
    return text === undefined ? [] : [{ path, text: `${text.trimEnd()}\n${network.caPem}`, mode: 0o644 }];
  });
  return [
    ...accounts,
    ...bundles,
    ...sudoFiles(request.hasSudo),
    { path: "/etc/hostname", text: `${hostname}\n`, mode: 0o644 },
    { path: "/etc/hosts", text: `127.0.0.1 localhost\n127.0.0.1 ${hostname}\n`, mode: 0o644 },
    { path: "/etc/resolv.conf", text: "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", mode: 0o644 },
    { path: "/usr/sbin/waagent", text: guest.WAAGENT, mode: 0o755 },
    { path: guest.DEPROVISIONING_SCRIPT, text: guest.DEPROVISIONING_TEXT, mode: 0o755 },
  ];
}

function sudoFiles(hasSudo: boolean): readonly PlumbingFile[] {
  return hasSudo
    ? [{ path: "/etc/sudoers.d/90-cloud-init-users", text: guest.SUDOERS, mode: 0o440 }]
    : [
        { path: "/usr/bin/sudo", text: guest.SUDO_SHIM, mode: 0o755 },
        { path: "/etc/pam.d/su", text: guest.SU_PAM, mode: 0o644 },
      ];
}
