/** Keeps the newest versions of a definition; the others leave `latest` in one run and are deleted in a later one. */
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import { ownRun } from "../../../AzureImageBuilderV1/src/build/ownership.ts";
import { readResourceId } from "../../../AzureImageBuilderV1/src/values/resource-id.ts";
import { tagNames, tagOf } from "../../../AzureImageBuilderV1/src/values/tag-names.ts";
import { addTags, changeVersion, deadline, deleteVersion } from "../gallery/change.ts";
import { isPartOfLatest, latestOf } from "../gallery/latest.ts";
import type { GalleryVersion } from "../gallery/version.ts";
import type { RetainRequest } from "../inputs/index.ts";
import { carryOut, type Journal, showTable, type Work } from "../journal.ts";
import type { Ports } from "../ports.ts";
import { decideRetention, type Verdict, writeMark } from "../retain/decide.ts";
import { gatherUses, type Uses } from "../uses/gather.ts";
import { excludedProfile } from "./retire.ts";
import { findVersions, tellLatest } from "./version.ts";

interface Around {
  readonly subscriptionId: string;
  readonly journal: Journal;
}

interface Looked {
  readonly uses: Uses;
  readonly verdicts: readonly Verdict[];
}

/** Gives a sentence. Throws InputError where there is no such definition, TaskError where something could not be done. */
export async function retain(request: RetainRequest, around: Around, ports: Ports): Promise<string> {
  const subscriptions = subscriptionsOf(request, around.subscriptionId);
  const look = async (): Promise<Looked> => {
    const versions = await findVersions(request.definitionId, ports);
    const uses = await gatherUses(request.definitionId, subscriptions, ports);
    const known = { versions, uses, now: ports.clock.now(), run: ownRun(ports.agent) };
    return { uses, verdicts: decideRetention({ ...request, ...known }) };
  };
  const { uses, verdicts } = await look();
  tellUses(uses, subscriptions, ports);
  showTable("What retain would do", verdicts.map(rowOf), ports);
  const works = verdicts.flatMap((verdict) => workOf(verdict, { request, look, ports }) ?? []);
  const told = await carryOut(works, { confirm: request.confirm, journal: around.journal }, ports);
  await tellLatest(request.definitionId, around.journal, ports);
  return told;
}

/** The connection's own, the gallery's, and those the step names, each once. */
function subscriptionsOf({ definitionId, otherSubscriptions }: RetainRequest, own: string): readonly string[] {
  const gallery = readResourceId(definitionId)?.subscriptionId ?? own;
  return [...new Set([own, gallery, ...otherSubscriptions].map((id) => id.toLowerCase()))];
}

function tellUses({ unread }: Uses, subscriptions: readonly string[], { agent }: Ports): void {
  agent.info(
    `Uses are looked for in ${subscriptions.length === 1 ? "subscription" : "subscriptions"} ${subscriptions.join(", ")}. ` +
      "Machines, scale sets and templates elsewhere are invisible to this step: name their subscriptions in otherSubscriptions.",
  );
  if (unread.length === 0) return;
  agent.warning(
    `All versions count as in use, and nothing is excluded or deleted:\n${unread.join("\n")}`,
    failureCodes.usesUnread,
  );
}

function rowOf({ version, becomes, why }: Verdict): {
  readonly name: string;
  readonly what: string;
  readonly why: string;
} {
  const isOwn = tagOf(version.tags, tagNames.run) !== undefined;
  return { name: version.name, what: becomes, why: isOwn ? why : `${why} (not made by this extension's task)` };
}

interface Doing {
  readonly request: RetainRequest;
  /** Reads and decides again: between the list and a deletion somebody may have begun to use a version. */
  readonly look: () => Promise<Looked>;
  readonly ports: Ports;
}

function workOf({ version, becomes, why }: Verdict, doing: Doing): Work | undefined {
  const { id } = version;
  switch (becomes) {
    case "kept":
      return undefined;
    case "excluded":
      return { deed: { id, what: "excludeFromLatest", why }, act: () => exclude(version, doing) };
    case "deleted":
      return { deed: { id, what: "deleteVersion", why }, act: () => remove(version, doing) };
  }
}

/** A failed version, which nothing can be made of, is only marked. */
async function exclude(version: GalleryVersion, { request, ports }: Doing): Promise<"done" | "kept"> {
  const { id, name } = version;
  const latest = latestOf(await findVersions(request.definitionId, ports));
  if ([...latest.values()].includes(name)) {
    ports.agent.warning(`Version ${name} stays: it has become the latest.`, failureCodes.versionNotFit);
    return "kept";
  }
  if (isPartOfLatest(version)) {
    const until = deadline(request.timeoutInMinutes, ports);
    const isDone = (one: GalleryVersion): boolean => !isPartOfLatest(one);
    await changeVersion(id, { profile: excludedProfile, isDone, until }, ports);
  }
  await addTags(id, { [tagNames.leaving]: writeMark(ports.clock.now(), ownRun(ports.agent)) }, ports);
  return "done";
}

async function remove({ id, name }: GalleryVersion, { request, look, ports }: Doing): Promise<"done" | "kept"> {
  const now = (await look()).verdicts.find(({ version }) => version.name === name);
  if (now !== undefined && now.becomes !== "deleted") {
    ports.agent.warning(`Version ${name} is not deleted: ${now.why}.`, failureCodes.versionNotFit);
    return "kept";
  }
  const until = deadline(request.timeoutInMinutes, ports);
  const mayGo = (version: GalleryVersion): boolean => !isPartOfLatest(version);
  if ((await deleteVersion(id, { until, mayGo }, ports)) === "gone") return "done";
  ports.agent.warning(`Version ${name} is not deleted: it has become part of latest.`, failureCodes.versionNotFit);
  return "kept";
}
