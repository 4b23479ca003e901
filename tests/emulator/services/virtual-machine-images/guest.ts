/** The build machine as the service drives it: real where it can be, simulated otherwise, with one face. */
import { announceOrigin } from "../../core/origins.ts";
import type { World } from "../../core/types.ts";
import {
  startMachine,
  type BuildVm,
  type CommandEnd,
  type ImageLayer,
  type VmDoor,
  type VmNetwork,
} from "../../build-vm/index.ts";
import { createInstanceMetadata } from "../instance-metadata.ts";
import { buildVmSupport, stateOf } from "./state.ts";

export interface Guest {
  /** Why nothing really runs, or undefined where it does. */
  readonly simulated: string | undefined;
  readonly vm: BuildVm | undefined;
  stop(): Promise<void>;
  /** Layers of the image, newest first, after stop(); none for a simulated machine. */
  capture(): Promise<readonly ImageLayer[]>;
}

/** Public domains of the emulated cloud and the door each leads to. */
function doors(world: World): readonly VmDoor[] {
  const { arm, authority, devops, blob } = world.endpoints;
  const port = (address: string): number => Number(new URL(address).port);
  return [
    { port: port(arm), domains: ["management.azure.com"] },
    { port: port(authority), domains: ["login.microsoftonline.com", "login.windows.net"] },
    { port: port(devops), domains: ["dev.azure.com"] },
    { port: port(blob), domains: ["blob.core.windows.net"] },
  ];
}

function simulatedGuest(reason: string): Guest {
  return { simulated: reason, vm: undefined, stop: async () => undefined, capture: async () => [] };
}

/** What a build machine is made of. */
export interface GuestPlan {
  /** A Windows machine is always simulated. */
  readonly os: "Linux" | "Windows";
  /** Layers of the source image, newest first. */
  readonly parents: readonly ImageLayer[];
  /** Resource ids of the identities put on it. */
  readonly identities: readonly string[];
  /** Subnet it stands in; undefined for a network of the service's own. */
  readonly subnetId: string | undefined;
}

/** Starts a build machine on top of the layers given. */
export async function startGuest(world: World, plan: GuestPlan): Promise<Guest> {
  const { os, parents, identities, subnetId } = plan;
  if (os === "Windows") return simulatedGuest("this is a Windows image");
  const support = await buildVmSupport(world);
  if (support.mode === "simulated") return simulatedGuest(support.reason);
  const network: VmNetwork = {
    doors: doors(world),
    caPem: world.caPem,
    metadata: createInstanceMetadata(world, identities),
    announce: (socket) => announceOrigin(world, socket, { subnetId }),
  };
  const { settings, machines } = stateOf(world);
  const hiddenPaths = [...settings.hiddenPaths, world.dataDir];
  let vm: BuildVm;
  try {
    vm = await startMachine({ support, parents, network, hiddenPaths });
  } catch (error) {
    return simulatedGuest(`the build machine did not start: ${error instanceof Error ? error.message : String(error)}`);
  }
  const guest: Guest = {
    simulated: undefined,
    vm,
    stop: async () => {
      await vm.stop();
      machines.delete(guest);
    },
    capture: async () => [await vm.capture(), ...parents],
  };
  machines.add(guest);
  return guest;
}

/** How a command ended, for a machine that was stopped under it as an error. */
export class MachineGone extends Error {}

/** The exit code. @throws MachineGone when the machine was stopped under the command */
export function exitCode(end: CommandEnd): number {
  if (end.kind === "killed") throw new MachineGone("the build machine was stopped");
  return end.code;
}
