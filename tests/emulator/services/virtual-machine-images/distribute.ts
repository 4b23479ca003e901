/** Handing a finished image to its targets (facts, section 1.8; wire notes, section 5). */
import { randomUUID } from "node:crypto";
import type { Resource, World } from "../../core/types.ts";
import { lockedMessage, lockedScopes } from "../../core/locks.ts";
import { normaliseRegion } from "../compute/common.ts";
import { putVersion, setReplication, type TargetRegion } from "../compute/gallery-version.ts";
import { putImage } from "../compute/images.ts";
import { isIdOf, lastName, parentId } from "./ids.ts";
import { objectOf, objectsOf, stringsOf, textOf, type JsonObject } from "./json.ts";
import { rightsOf } from "./creation-checks.ts";
import { galleryWord, lateGallery, lateTarget } from "./failures.ts";
import { imageMisfit, misfitOf } from "./fit.ts";
import { registerImage } from "./images.ts";
import { RunEnded, type RunControl } from "./run-control.ts";
import type { SourceFacts } from "./source.ts";
import { stagingAccountId } from "./staging.ts";
import { stateOf, type BuiltImage, type RunOutput, type Template } from "./state.ts";
import { patientClock } from "./times.ts";
import { nextVersion } from "./versions.ts";
import { smallVhd } from "./vhd.ts";

export interface Distribution {
  readonly world: World;
  readonly template: Template;
  readonly source: SourceFacts;
  readonly image: BuiltImage;
  /** api-version of the run. */
  readonly apiVersion: string;
  /** The captured disk in the staging account. */
  readonly disk: { readonly account: string; readonly path: string };
  readonly control: Pick<RunControl, "wait" | "reason">;
}

/** A target that could not be served, in the service's words. */
export class DistributionFailure extends Error {}

const DISK_SIZE_GB = 30;

/** Captures the machine's disk into the staging account. */
export async function captureDisk(world: World, template: Template): Promise<Distribution["disk"]> {
  const account = template.stagingAccount ?? "";
  const path = `vhds/${randomUUID()}.vhd`;
  await world.blobs.write(account, "vhds", path.slice("vhds/".length), smallVhd(template.name, world.clock.now()));
  return { account, path };
}

/** Serves one target: its run output is with the template. @throws DistributionFailure, RunEnded */
export async function distributeTo(distribution: Distribution, target: JsonObject): Promise<void> {
  try {
    const made = await serve(distribution, target);
    distribution.template.outputs.set(made.name.toLowerCase(), made);
  } catch (error) {
    if (error instanceof RunEnded && distribution.control.reason() === "timeout")
      throw new DistributionFailure(lateTarget);
    throw error;
  }
}

async function serve(distribution: Distribution, target: JsonObject): Promise<RunOutput> {
  switch (target["type"]) {
    case "ManagedImage":
      return toManagedImage(distribution, target);
    case "SharedImage":
      return toGallery(distribution, target);
    default:
      return toVhd(distribution, target);
  }
}

function artifactTags({ source }: Distribution, target: JsonObject): Record<string, string> {
  return { ...(objectOf(target["artifactTags"]) as Record<string, string>), VMImageBuilderSource: source.label };
}

async function toManagedImage(distribution: Distribution, target: JsonObject): Promise<RunOutput> {
  const { world, template, source, disk, image } = distribution;
  const id = textOf(target["imageId"]);
  await distribution.control.wait(stateOf(world).settings.durations.distribute.ManagedImage);
  const group = parentGroup(id);
  if (world.resources.get(group) === undefined)
    throw new DistributionFailure(`Resource group '${lastName(group)}' could not be found.`);
  if (!rightsOf(world, template)("Microsoft.Compute/images/write", id))
    throw new DistributionFailure(notAuthorised(id));
  checkUnlocked(world, id);
  const misfit = imageMisfit(source);
  if (misfit !== undefined) throw new DistributionFailure(misfit);
  putImage(world, {
    id,
    location: normaliseRegion(textOf(target["location"])),
    tags: artifactTags(distribution, target),
    osType: source.os,
    generation: source.generation,
    sizeGB: DISK_SIZE_GB,
    blobUri: `https://${disk.account}.blob.core.windows.net/${disk.path}`,
  });
  registerImage(world, id, image);
  return { name: textOf(target["runOutputName"]), artifactId: id };
}

/** A read-only lock stands against the service, too. @throws DistributionFailure */
function checkUnlocked(world: World, id: string): void {
  const locked = lockedScopes(world.resources, id, "write");
  if (locked.length > 0) throw new DistributionFailure(lockedMessage(id, "write", locked));
}

function parentGroup(id: string): string {
  return id.split("/").slice(0, 5).join("/");
}

function notAuthorised(id: string): string {
  return `Not authorized to access the resource: ${id}. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.`;
}

function targetRegions(target: JsonObject, home: string): readonly TargetRegion[] {
  const old = stringsOf(target["replicationRegions"]).map(normaliseRegion);
  const oldType = textOf(target["storageAccountType"]) || "Standard_LRS";
  if (old.length > 0) {
    return [...new Set([home, ...old])].map((name) => ({ name, replicaCount: 1, storageAccountType: oldType }));
  }
  const regions = objectsOf(target["targetRegions"]).map((region) => ({
    name: normaliseRegion(textOf(region["name"])),
    replicaCount: typeof region["replicaCount"] === "number" ? region["replicaCount"] : 1,
    storageAccountType: textOf(region["storageAccountType"]) || "Standard_LRS",
  }));
  return regions.length > 0 ? regions : [{ name: home, replicaCount: 1, storageAccountType: "Standard_LRS" }];
}

/** The new version's id. @throws DistributionFailure when the definition does not fit or the number is taken */
function newVersionId(distribution: Distribution, target: JsonObject): { readonly id: string; readonly home: string } {
  const { world, template, source, apiVersion } = distribution;
  const asked = textOf(target["galleryImageId"]);
  const isVersion = isIdOf(asked, "Microsoft.Compute/galleries/images/versions");
  const definitionId = isVersion ? parentId(asked, 2) : asked;
  const definition = world.resources.get(definitionId);
  const { failureWording: wording } = stateOf(world).settings;
  const refuse = (why: string): DistributionFailure =>
    new DistributionFailure(`Error publishing MDI to ${galleryWord(wording)}:${definitionId}. Error: ${why}`);
  if (definition === undefined) throw refuse(`Gallery image '${definitionId}' was not found.`);
  if (!rightsOf(world, template)("Microsoft.Compute/galleries/images/versions/write", definitionId)) {
    throw new DistributionFailure(notAuthorised(definitionId));
  }
  checkUnlocked(world, definitionId);
  const misfit = misfitOf(source, objectOf(definition.body["properties"]), definitionId);
  if (misfit !== undefined) throw refuse(misfit);
  const existing = world.resources
    .list(definitionId, "Microsoft.Compute/galleries/images/versions")
    .map((one) => one.name);
  const request = {
    versioning: target["versioning"],
    existing,
    source: source.exactVersion,
    apiVersion,
    now: world.clock.now(),
  };
  const number = isVersion ? lastName(asked) : nextVersion(request);
  const id = `${definition.id}/versions/${number}`;
  if (existing.includes(number)) throw refuse(`Gallery image version '${id}' already exists.`);
  return { id, home: normaliseRegion(definition.location ?? "") };
}

async function toGallery(distribution: Distribution, target: JsonObject): Promise<RunOutput> {
  const { world, template, disk, image } = distribution;
  const { id, home } = newVersionId(distribution, target);
  const { SharedImage: total } = stateOf(world).settings.durations.distribute;
  // The recorded publishedDate lies about 28 s after the end of the build; the rest is replication.
  await distribution.control.wait(Math.min(28_000, total));
  const blob = `https://${disk.account}.blob.core.windows.net/${disk.path}`;
  const version = putVersion(world, {
    id,
    location: home,
    tags: { ...artifactTags(distribution, target), correlationId: world.newGuid() },
    targetRegions: targetRegions(target, home),
    excludeFromLatest: target["excludeFromLatest"] === true,
    replicationMode: target["replicationMode"] === "Shallow" ? "Shallow" : "Full",
    source: { id: stagingAccountId(template), uri: blob },
    sizeInGB: DISK_SIZE_GB,
  });
  registerImage(world, id, image);
  const output = { name: textOf(target["runOutputName"]), artifactId: id };
  const quarter = Math.max(0, total - 28_000) / 4;
  for (const progress of [25, 50, 75, 100]) {
    try {
      await distribution.control.wait(quarter);
    } catch (error) {
      if (!(error instanceof RunEnded) || distribution.control.reason() === "closed") throw error;
      replicateAlone(world, version, { from: progress, quarter });
      if (distribution.control.reason() !== "timeout") throw error;
      // The version can be looked up by the run output (TS).
      template.outputs.set(output.name.toLowerCase(), output);
      const { failureWording } = stateOf(world).settings;
      throw new DistributionFailure(lateGallery(parentId(id, 2), home, failureWording));
    }
    setReplication(version, progress);
  }
  return output;
}

/** The gallery goes on replicating when nobody waits any more (TS; that it does so after a cancel, too, is inferred). */
function replicateAlone(
  world: World,
  version: Resource,
  left: { readonly from: number; readonly quarter: number },
): void {
  const sleep = patientClock(world);
  const { closing } = world;
  const work = (async () => {
    for (let progress = left.from; progress <= 100; progress += 25) {
      await sleep(left.quarter);
      setReplication(version, progress);
    }
  })();
  world.background(
    work.catch((error: unknown) => {
      if (!closing.aborted) throw error;
    }),
  );
}

async function toVhd(distribution: Distribution, target: JsonObject): Promise<RunOutput> {
  const { world, template, disk, image } = distribution;
  await distribution.control.wait(stateOf(world).settings.durations.distribute.VHD);
  const uri = textOf(target["uri"]);
  const name = textOf(target["runOutputName"]);
  const place = uri === "" ? undefined : blobPlace(world, uri);
  if (uri !== "" && place === undefined)
    throw new DistributionFailure(`Error copying VHD to '${uri}': the storage account was not found.`);
  if (place !== undefined) {
    const principalId = [...(template.identityIds?.values() ?? [])][0]?.principalId ?? "";
    const write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
    if (!world.permissions.allowsData(principalId, write, place.scope))
      throw new DistributionFailure(notAuthorised(place.scope));
    await world.blobs.write(place.account, place.container, place.blob, smallVhd(template.name, world.clock.now()));
  }
  const artifactBlob =
    place === undefined
      ? { account: disk.account, path: disk.path }
      : { account: place.account, path: `${place.container}/${place.blob}`, uri };
  registerImage(world, `/${artifactBlob.account}/${artifactBlob.path}`, image);
  return { name, artifactBlob };
}

/** Account, container and blob of an address in the emulated cloud, public or local form. */
function blobPlace(
  world: World,
  uri: string,
): { readonly account: string; readonly container: string; readonly blob: string; readonly scope: string } | undefined {
  const url = new URL(uri);
  const pieces = decodeURIComponent(url.pathname).split("/").slice(1);
  const isLocal = uri.startsWith(`${world.endpoints.blob}/`);
  const account = isLocal ? (pieces.shift() ?? "") : (url.hostname.split(".")[0] ?? "");
  const [container = "", ...rest] = pieces;
  const resource = world.resources.list("", "Microsoft.Storage/storageAccounts").find((one) => one.name === account);
  if (resource === undefined || container === "" || rest.length === 0) return undefined;
  return {
    account,
    container,
    blob: rest.join("/"),
    scope: `${resource.id}/blobServices/default/containers/${container}`,
  };
}
