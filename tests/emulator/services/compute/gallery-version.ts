/** A gallery image version as it is stored: used by Compute's own routes and by whoever distributes an image. */
import type { Resource, World } from "../../core/types.ts";
import { computeTime } from "./caps-operations.ts";
import { displayRegion, normaliseRegion, objectOf, propertiesOf } from "./common.ts";

export interface TargetRegion {
  /** Short name. */
  readonly name: string;
  readonly replicaCount: number;
  readonly storageAccountType: string;
  readonly excludeFromLatest?: boolean;
  /** Keys the copy is encrypted with, as sent. */
  readonly encryption?: unknown;
}

export interface NewVersion {
  readonly id: string;
  /** Region of the definition. */
  readonly location: string;
  readonly tags: Record<string, string>;
  readonly targetRegions: readonly TargetRegion[];
  readonly excludeFromLatest: boolean;
  readonly replicationMode: "Full" | "Shallow";
  readonly endOfLifeDate?: string;
  /** What it is made of: a managed image, a disk or another version by id, or a blob in an account. */
  readonly source: { readonly id: string } | { readonly id: string; readonly uri: string };
  readonly sizeInGB: number;
}

/** Three whole numbers of 32 bits (facts, section 7). */
export function isVersionNumber(name: string): boolean {
  return /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(name) && name.split(".").every((part) => Number(part) < 2 ** 31);
}

function publishingProfile(version: NewVersion, published: Date): Readonly<Record<string, unknown>> {
  const regions = version.targetRegions.map((region) => ({
    name: displayRegion(region.name),
    regionalReplicaCount: region.replicaCount,
    storageAccountType: region.storageAccountType,
    ...(region.excludeFromLatest === undefined ? {} : { excludeFromLatest: region.excludeFromLatest }),
  }));
  return {
    targetRegions: regions,
    replicaCount: 1,
    excludeFromLatest: version.excludeFromLatest,
    publishedDate: computeTime(published),
    ...(version.endOfLifeDate === undefined ? {} : { endOfLifeDate: version.endOfLifeDate }),
    storageAccountType: version.targetRegions[0]?.storageAccountType ?? "Standard_LRS",
    replicationMode: version.replicationMode,
  };
}

/** Puts a version in the store in state Creating, each region still replicating. */
export function putVersion(world: World, version: NewVersion): Resource {
  const name = version.id.slice(version.id.lastIndexOf("/") + 1);
  const resource: Resource = {
    id: version.id,
    name,
    type: "Microsoft.Compute/galleries/images/versions",
    location: version.location,
    tags: version.tags,
    body: {
      properties: {
        publishingProfile: publishingProfile(version, world.clock.now()),
        storageProfile: {
          osDiskImage: { sizeInGB: version.sizeInGB, hostCaching: "ReadWrite", source: version.source },
        },
        safetyProfile: { reportedForPolicyViolation: false, allowDeletionOfReplicatedLocations: false },
        provisioningState: "Creating",
      },
      replication: version.targetRegions.map((region) => ({
        region: displayRegion(region.name),
        state: "Replicating",
        progress: 0,
      })),
    },
  };
  world.resources.put(resource);
  return resource;
}

interface RegionState {
  readonly region: string;
  readonly state: "Replicating" | "Completed" | "Failed";
  readonly progress: number;
}

function regionStates(resource: Resource): readonly RegionState[] {
  return (resource.body["replication"] ?? []) as readonly RegionState[];
}

/** Sets how far replication is: percent in each region; 100 completes it and, in all, the version. */
export function setReplication(resource: Resource, progress: number): void {
  const states = regionStates(resource).map((one) => {
    const reached = Math.max(one.progress, progress);
    return { region: one.region, state: reached >= 100 ? "Completed" : "Replicating", progress: reached };
  });
  const provisioningState = progress >= 100 ? "Succeeded" : propertiesOf(resource)["provisioningState"];
  resource.body = {
    ...resource.body,
    properties: { ...propertiesOf(resource), provisioningState },
    replication: states,
  };
}

/**
 * Adds a region that begins to replicate, or leaves it as it is where it is there already: those that `before` names, of a
 * version of a world file, are complete.
 */
export function withRegions(resource: Resource, regions: readonly TargetRegion[], before: readonly string[]): void {
  const states = new Map(regionStates(resource).map((one) => [normaliseRegion(one.region), one]));
  const replication = regions.map(
    (region) =>
      states.get(normaliseRegion(region.name)) ?? {
        region: displayRegion(region.name),
        ...(before.includes(region.name)
          ? { state: "Completed", progress: 100 }
          : { state: "Replicating", progress: 0 }),
      },
  );
  resource.body = { ...resource.body, replication };
}

/** \`replicationStatus\` as \`$expand=ReplicationStatus\` shows it (facts, section 7). A version of a world file is complete. */
export function replicationStatus(resource: Resource): Readonly<Record<string, unknown>> {
  const profile = objectOf(propertiesOf(resource)["publishingProfile"]);
  const listed = (profile["targetRegions"] ?? []) as readonly { readonly name: string }[];
  const states = resource.body["replication"] === undefined ? [] : regionStates(resource);
  const summary = listed.map((target) => {
    const state = states.find((one) => normaliseRegion(one.region) === normaliseRegion(target.name));
    return {
      region: displayRegion(target.name),
      state: state?.state ?? "Completed",
      details: "",
      progress: state?.progress ?? 100,
    };
  });
  const isDone = summary.every((one) => one.state === "Completed");
  return { aggregatedState: isDone ? "Completed" : "InProgress", summary };
}
