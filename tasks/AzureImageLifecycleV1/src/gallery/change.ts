/**
 * Changes gallery versions and waits for the end. A request that changes something is sent again only after a look at what
 * the one before has done.
 */
import { ServiceError, TaskError } from "../../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import { mayPass } from "../../../AzureImageBuilderV1/src/build/ports.ts";
import { formatDuration } from "../../../AzureImageBuilderV1/src/values/duration.ts";
import type { Ports } from "../ports.ts";
import { galleryQuery, readOne } from "./read.ts";
import type { GalleryVersion } from "./version.ts";

/** Milliseconds between two looks at a change: copies take minutes to hours. */
const interval = 10_000;
/** Changes that are asked for at most: others may change the version at the same time. */
const mostTries = 5;

/** `Microsoft.Resources/tags`, update with the operations Merge and Delete (REST reference, "Tags - Update At Scope"). */
const tagQuery = { "api-version": "2021-04-01" } as const;

type ChangePorts = Pick<Ports, "agent" | "arm" | "change" | "clock" | "cancelled">;

/** A change of the publishing profile. */
export interface VersionChange {
  /** What the profile is to be, of the version as it is now. */
  readonly profile: (version: GalleryVersion) => Readonly<Record<string, unknown>>;
  /** Whether it is so already. */
  readonly isDone: (version: GalleryVersion) => boolean;
  /** Until when the step waits, in milliseconds since 1970. */
  readonly until: number;
}

/** Makes the change and waits until the version is ready with it, all its copies too. Throws TaskError. */
export async function changeVersion(id: string, change: VersionChange, ports: ChangePorts): Promise<GalleryVersion> {
  let told = "";
  for (let tries = 0; ;) {
    const version = await readAgain(id, ports);
    const waiting = waitsFor(version);
    if (waiting === undefined && change.isDone(version)) return version;
    if (waiting !== undefined && waiting !== told) {
      told = waiting;
      ports.agent.info(`Version ${version.name}: ${waiting}.`);
    }
    if (waiting === undefined) {
      tries += 1;
      if (tries > mostTries) throw undone(version);
      await send(version, change, ports);
    }
    if (ports.clock.now().getTime() + interval > change.until) throw tooLate(version, waiting);
    await ports.clock.sleep(interval, ports.cancelled);
  }
}

/** What is still under way; undefined where nothing is. Throws a TaskError where the version has failed. */
function waitsFor({ name, state, replicating = [] }: GalleryVersion): string | undefined {
  if (state.toLowerCase() === "failed") {
    throw new TaskError(failureCodes.versionNotFit, `Gallery version ${name} has failed (provisioning state Failed).`, {
      next: "Look at its replication status in the portal; build the image again.",
    });
  }
  if (state.toLowerCase() === "deleting") {
    throw new TaskError(failureCodes.versionNotFit, `Gallery version ${name} is being deleted.`);
  }
  if (replicating.length > 0) return `${state}, not complete in ${replicating.join(", ")}`;
  return state.toLowerCase() === "succeeded" ? undefined : state;
}

/** What is refused for now, or not answered, is asked for again after a look. */
async function send(version: GalleryVersion, change: VersionChange, ports: ChangePorts): Promise<void> {
  // The whole profile as it was read: whether a part that is left out stays is not documented.
  const { publishedDate: _, ...before } = version.profile;
  const publishingProfile = { ...before, ...change.profile(version) };
  try {
    await ports.change.patch(version.id, { properties: { publishingProfile } }, galleryQuery);
  } catch (error) {
    if (!isBusyOrPassing(error)) throw error;
  }
}

async function readAgain(id: string, ports: ChangePorts): Promise<GalleryVersion> {
  const version = await readOne(id, ports);
  if (version !== undefined) return version;
  throw new TaskError(failureCodes.versionNotFit, `The gallery version ${id} is gone.`);
}

/** Sets tags beside those there are. Throws ServiceError. */
export async function addTags(
  id: string,
  tags: Readonly<Record<string, string>>,
  ports: Pick<Ports, "change" | "clock" | "cancelled">,
): Promise<void> {
  await changeTags(id, { operation: "Merge", properties: { tags } }, ports);
}

/** Takes tags away by their names and values. Throws ServiceError. */
export async function removeTags(
  id: string,
  tags: Readonly<Record<string, string>>,
  ports: Pick<Ports, "change" | "clock" | "cancelled">,
): Promise<void> {
  if (Object.keys(tags).length > 0) await changeTags(id, { operation: "Delete", properties: { tags } }, ports);
}

/** Both operations give the same however often they are carried out. */
async function changeTags(
  id: string,
  body: unknown,
  { change, clock, cancelled }: Pick<Ports, "change" | "clock" | "cancelled">,
): Promise<void> {
  const path = `${id}/providers/Microsoft.Resources/tags/default`;
  for (let tries = 1; ; tries += 1) {
    try {
      await change.patch(path, body, tagQuery);
      return;
    } catch (error) {
      if (!isBusyOrPassing(error) || tries === mostTries) throw error;
      await clock.sleep(interval, cancelled);
    }
  }
}

/** Deletes a version and waits until it is gone. `mayGo` is asked before each request, with the version as it is then. */
export async function deleteVersion(
  id: string,
  { until, mayGo }: { readonly until: number; readonly mayGo: (version: GalleryVersion) => boolean },
  ports: ChangePorts,
): Promise<"gone" | "kept"> {
  for (let tries = 0; ;) {
    const version = await readOne(id, ports);
    if (version === undefined) return "gone";
    if (version.state.toLowerCase() !== "deleting") {
      if (!mayGo(version)) return "kept";
      tries += 1;
      if (tries > mostTries) throw undone(version);
      await ports.change.delete(version.id, galleryQuery).catch((error: unknown) => {
        if (!isBusyOrPassing(error)) throw error;
      });
    }
    if (ports.clock.now().getTime() + interval > until) throw tooLate(version, "being deleted");
    await ports.clock.sleep(interval, ports.cancelled);
  }
}

/** Busy with another change (409), or a cause that may pass. A lock or a policy answers 409 too, and says so by its code. */
function isBusyOrPassing(error: unknown): boolean {
  if (mayPass(error)) return true;
  if (!(error instanceof ServiceError) || error.status !== 409) return false;
  return !["ScopeLocked", "PropertyChangeNotAllowed"].includes(error.serviceCode ?? "");
}

function undone({ name }: GalleryVersion): TaskError {
  return new TaskError(
    failureCodes.versionUnready,
    `Gallery version ${name} is not as it was asked for, although the change was asked for ${mostTries} times.`,
    { next: "See whether something else changes it at the same time; run the step again." },
  );
}

function tooLate({ name }: GalleryVersion, waiting: string | undefined): TaskError {
  return new TaskError(
    failureCodes.versionUnready,
    `Gallery version ${name} is not ready in time${waiting === undefined ? "" : `: ${waiting}`}. The change goes on in Azure.`,
    { next: "Run the step again: it goes on where this one has come to. timeoutInMinutes makes it wait longer." },
  );
}

/** When a wait of so many minutes that begins now ends. */
export function deadline(minutes: number, { clock, agent }: Pick<Ports, "clock" | "agent">): number {
  agent.debug(`Waiting for at most ${formatDuration(minutes * 60_000)}.`);
  return clock.now().getTime() + minutes * 60_000;
}
