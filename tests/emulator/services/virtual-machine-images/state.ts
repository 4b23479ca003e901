/** What the service remembers beside the resources themselves: one state for each world. */
import { rmSync } from "node:fs";
import type { World } from "../../core/types.ts";
import { probeBuildVm, type BuildVmSupport, type ImageLayer } from "../../build-vm/index.ts";
import { createChance, type Chance } from "./chance.ts";
import type { JsonObject } from "./json.ts";
import { defaultSettings, type BuilderChange, type BuilderSettings } from "./settings.ts";

export type ProvisioningState = "Creating" | "Updating" | "Succeeded" | "Failed" | "Deleting";
export type RunState = "Running" | "Canceling" | "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled";
export type RunSubState = "Queued" | "Building" | "Customizing" | "Optimizing" | "Validating" | "Distributing";

/** Key order is that of the answers (wire notes, section 4). */
export interface LastRunStatus {
  readonly startTime: string;
  readonly endTime: string;
  readonly runState: RunState;
  readonly runSubState?: RunSubState;
  readonly message: string;
}

export interface RunOutput {
  readonly name: string;
  readonly artifactId?: string;
  /** A blob: account, and path in it. */
  readonly artifactBlob?: { readonly account: string; readonly path: string; readonly uri?: string };
}

export interface Trigger {
  readonly name: string;
  provisioningState: "Creating" | "Succeeded" | "Deleting";
  /** When it became active. */
  time: string | undefined;
}

export interface IdentityIds {
  readonly principalId: string;
  readonly clientId: string;
}

/** An image template. Its resource in the world's store shows what GET shows. */
export interface Template {
  readonly id: string;
  readonly name: string;
  readonly subscription: string;
  readonly group: string;
  readonly location: string;
  tags: Record<string, string>;
  identity: { readonly type: string; readonly ids: readonly string[] };
  /** As sent, later with what was patched. */
  properties: JsonObject;
  provisioningState: ProvisioningState;
  provisioningError: { readonly provisioningErrorCode: string; readonly message: string } | undefined;
  /** Ids of the identities by their keys, once the service has looked them up. */
  identityIds: ReadonlyMap<string, IdentityIds> | undefined;
  exactVersion: string | undefined;
  /** Fetched files by place, e.g. \`customize/0\`: content and the digest the service computed. */
  readonly files: Map<string, { readonly content: Buffer; readonly sha256: string }>;
  exactStagingResourceGroup: string;
  /** Did the service make the staging group? Then it goes with the template. */
  ownsStagingGroup: boolean;
  stagingAccount: string | undefined;
  lastRunStatus: LastRunStatus | undefined;
  readonly outputs: Map<string, RunOutput>;
  readonly triggers: Map<string, Trigger>;
  /** Ends the run under way. */
  cancelRun: ((reason: "canceled") => void) | undefined;
}

export interface Operation {
  readonly id: string;
  readonly location: string;
  readonly startTime: string;
  status: "InProgress" | "Succeeded" | "Failed" | "Canceled";
  endTime: string | undefined;
  error: { readonly code: string; readonly message: string } | undefined;
}

/** What an image was built from, for builds on top of it. */
export interface BuiltImage {
  /** Newest first; none where the build was simulated. */
  readonly layers: readonly ImageLayer[];
}

export interface BuilderState {
  settings: BuilderSettings;
  chance: Chance;
  readonly templates: Map<string, Template>;
  readonly operations: Map<string, Operation>;
  /** By artifact id or blob address, in lower case. */
  readonly images: Map<string, BuiltImage>;
  /** Text of the certificate in signed operation addresses: the same for all. */
  certificate: string | undefined;
  support: Promise<BuildVmSupport> | undefined;
  /** Build machines that run; each leaves when it has stopped. */
  readonly machines: Set<{ stop(): Promise<void> }>;
}

const states = new WeakMap<World, BuilderState>();

/** The state of a world; made at the first use, emptied when the emulator is reset. */
export function stateOf(world: World): BuilderState {
  const known = states.get(world);
  if (known !== undefined) return known;
  const state: BuilderState = {
    settings: defaultSettings,
    chance: createChance(defaultSettings.seed),
    templates: new Map(),
    operations: new Map(),
    images: new Map(),
    certificate: undefined,
    support: undefined,
    machines: new Set(),
  };
  states.set(world, state);
  world.onReset(() => {
    state.templates.clear();
    state.operations.clear();
    state.images.clear();
    state.chance = createChance(state.settings.seed);
  });
  return state;
}

/** Changes how the service of this world behaves; what is not named stays. Stays in force over a reset. */
export function configureImageBuilder(world: World, change: BuilderChange): void {
  const state = stateOf(world);
  const durations = { ...state.settings.durations, ...change.durations };
  state.settings = { ...state.settings, ...change, durations };
  if (change.seed !== undefined) state.chance = createChance(change.seed);
}

/** Whether build machines can run here: tried once for each world. */
export function buildVmSupport(world: World): Promise<BuildVmSupport> {
  const state = stateOf(world);
  if (state.settings.buildVm === "simulated") {
    return Promise.resolve({ mode: "simulated", reason: "real builds are switched off" });
  }
  state.support ??= probeBuildVm(world.dataDir).then((support) => {
    if (support.mode === "overlay" && !support.layersDir.startsWith(world.dataDir))
      removeAtEnd(world, state, support.layersDir);
    return support;
  });
  return state.support;
}

/** Layers outside of the emulator's own folder are removed here, once no machine runs any more. */
function removeAtEnd(world: World, state: BuilderState, layersDir: string): void {
  const closing = world.closing;
  const closed = new Promise<void>((resolve) => closing.addEventListener("abort", () => resolve(), { once: true }));
  const removed = closed.then(async () => {
    await Promise.all([...state.machines].map((machine) => machine.stop()));
    rmSync(layersDir, { recursive: true, force: true });
    state.support = undefined;
  });
  world.background(removed);
}
