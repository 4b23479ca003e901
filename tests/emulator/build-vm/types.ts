/** What the build VM offers to the image builder service, and what it needs from it. */
import type { RequestListener } from "node:http";
import type { Socket } from "node:net";

/** Whether customizers can really run on this machine. `layersDir` is where image layers are kept. */
export type BuildVmSupport =
  { readonly mode: "overlay"; readonly layersDir: string } | { readonly mode: "simulated"; readonly reason: string };

/** One server of the emulator and the public names that lead to it. */
export interface VmDoor {
  /** Port on 127.0.0.1; the build VM finds it at the same address. */
  readonly port: number;
  /** Domains, themselves and all below them, found at port 443, e.g. `blob.core.windows.net`. */
  readonly domains: readonly string[];
}

/** How a machine inside the emulated cloud reaches the emulator: nothing else is reachable, no other name exists. */
export interface VmNetwork {
  readonly doors: readonly VmDoor[];
  /** Certificate authority the VM is to trust, PEM. */
  readonly caPem: string;
  /** Answers for the instance metadata service at 169.254.169.254. */
  readonly metadata: RequestListener;
  /** Hears of each connected socket that leads from the VM to a door. */
  readonly announce: (socket: Socket) => void;
}

/** A layer of an image: one folder for each system directory that is overlaid and `root` for all others. */
export interface ImageLayer {
  readonly dir: string;
}

export interface VmRequest {
  readonly support: BuildVmSupport & { readonly mode: "overlay" };
  /** Layers of the source image, newest first; none for a marketplace image: the host's system is the base. */
  readonly parents: readonly ImageLayer[];
  readonly network: VmNetwork;
  /** Folders of this machine that must not be seen even when they lie in a system directory. */
  readonly hiddenPaths: readonly string[];
}

/** How a command in the VM ended: its exit code, or `killed` when the machine was stopped under it. */
export type CommandEnd = { readonly kind: "exited"; readonly code: number } | { readonly kind: "killed" };

export interface VmCommand {
  /** Shell command line, as an SSH session would be given. */
  readonly command: string;
  readonly user: "packer" | "root";
  readonly stdin?: Buffer;
  /** The bytes of each line of standard output and error, in order, without the line feed. */
  readonly onLine: (line: Buffer) => void;
}

/** A running build VM. */
export interface BuildVm {
  run(command: VmCommand): Promise<CommandEnd>;
  /** Stops every process of the machine and its way out; what was written stays, without the machine's own plumbing. Idempotent. */
  stop(): Promise<void>;
  /** What was written, after stop(). */
  capture(): Promise<ImageLayer>;
}
