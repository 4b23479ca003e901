/** P6: the service can fetch the scripts and files that the template names by address (facts, sections 1.5 and 10). */
import type { StorageAccountFacts } from "../../ports.ts";
import { type BlobPlace, containerId, findAccounts, isBlobHost, placeOf } from "../blob-accounts.ts";
import { readIdentity } from "../effective-permissions.ts";
import { type JudgedNeed, judgeNeed, type Need, needProblems } from "../needs.ts";
import type { Reads } from "../reads.ts";
import type { Check, Subject } from "../types.ts";
import { answerProblems, fileLimit, type Look, unknownOf } from "./p06-answers.ts";
import { type NetworkOf, networkProblems, readNetworkOf } from "./p06-network.ts";
import { isSigned, lintSource, localityOf, localProblem, type Source, sourcesOf } from "./p06-sources.ts";

interface Found {
  /** Addresses that only the agent's network has. */
  readonly local: readonly Source[];
  readonly looks: readonly Look[];
  readonly networks: readonly NetworkOf[];
  readonly judged: readonly JudgedNeed[];
}

export const filesFetchable: Check<Found> = {
  id: "P6",
  title: "Scripts and files can be fetched by the service",
  inFast: "offline",
  kinds: {
    AIB031: {
      severity: "error",
      basis: "documented",
      meaning: "The address of a script or file gives nothing, or asks for a sign-in that the service does not have.",
    },
    AIB032: {
      severity: "error",
      basis: "documented",
      meaning:
        "The address is not one of a file that the service could fetch: a page about it, or a host of the agent's.",
    },
    AIB033: {
      severity: "error",
      basis: "documented",
      meaning: "The storage account's network rules keep the service out.",
    },
    AIB034: {
      severity: "error",
      basis: "contradicted",
      meaning: "The storage account does not let in the container subnet, from which the service fetches.",
    },
    AIB035: {
      severity: "error",
      basis: "documented",
      meaning: "The template's identity may not read the blob.",
    },
    AIB036: {
      severity: "warning",
      basis: "documented",
      meaning: "The identity's role on the container was assigned less than ten minutes ago and may not count yet.",
    },
    AIB037: {
      severity: "error",
      basis: "documented",
      meaning: "The file is too large for the File customizer, or another than its checksum says.",
    },
    AIB038: {
      severity: "warning",
      basis: "documented",
      meaning: "The address carries a signature, which stands in the template in clear, or is not encrypted.",
    },
  },
  applies: ({ template }) => sourcesOf(template).length > 0,
  gather,
  judge: ({ local, looks, networks, judged }, subject) => [
    ...local.map(localProblem),
    ...looks.flatMap(answerProblems),
    ...networks.flatMap((one) => networkProblems(one, subject)),
    ...judged.flatMap((one) => needProblems(one, { lacks: "AIB035", denied: "AIB035", young: "AIB036" })),
  ],
  lint: (subject) => sourcesOf(subject.template).flatMap((source) => lintSource(source, subject)),
};

interface Placed {
  readonly source: Source;
  readonly place?: BlobPlace;
}

async function gather(subject: Subject, reads: Reads): Promise<Found> {
  const sources = sourcesOf(subject.template);
  const accounts = await knownAccounts(sources, subject, reads);
  const placed = sources.map((source): Placed => {
    const place = placeOf(source.address, accounts ?? []);
    return { source, ...(place === undefined ? {} : { place }) };
  });
  const local = accounts === undefined ? [] : placed.filter((one) => isLocal(one, subject)).map(({ source }) => source);
  const others = placed.filter(({ source }) => !local.includes(source));
  noteForeign(others, subject, reads);
  const places = others.flatMap(({ source, place }) =>
    place === undefined ? [] : [{ ...place, isSigned: isSigned(source.address) }],
  );
  const [looks, networks, judged] = await Promise.all([
    Promise.all(others.filter((one) => canLook(one) && !isWrong(one, subject)).map((one) => lookAt(one, reads))),
    Promise.all(
      uniqueBy(places, ({ account }) => account.id).map(({ account }) => readNetworkOf(account, subject, reads)),
    ),
    judgeReading(
      places.filter((one) => !one.isSigned),
      subject,
      reads,
    ),
  ]);
  return { local, looks, networks, judged };
}

/** The subscription's accounts, where an address may be of one; undefined where they could not be read. */
async function knownAccounts(
  sources: readonly Source[],
  { plan }: Subject,
  reads: Reads,
): Promise<readonly StorageAccountFacts[] | undefined> {
  const mayBeBlob = ({ address }: Source): boolean =>
    isBlobHost(new URL(address).hostname) || localityOf(address) !== "public";
  if (!sources.some(mayBeBlob)) return [];
  const read = await findAccounts(plan.template.subscriptionId, reads);
  return read.state === "found" ? read.value : undefined;
}

/** With a container subnet the service may have a way to a private network, to the agent's own machine never. */
function isLocal({ source, place }: Placed, { template }: Subject): boolean {
  const locality = localityOf(source.address);
  if (place !== undefined || locality === "public") return false;
  return locality === "loopback" || template.properties.vmProfile?.vnetConfig?.containerInstanceSubnetId === undefined;
}

/** An account that is not found says nothing: it may be of another subscription. */
function noteForeign(placed: readonly Placed[], { plan }: Subject, reads: Reads): void {
  for (const { source, place } of placed) {
    const { hostname } = new URL(source.address);
    if (place !== undefined || !isBlobHost(hostname)) continue;
    reads.note(
      `${source.what}: the storage account ${hostname.split(".")[0] ?? ""} is not among those that the connection may ` +
        `read in the subscription ${plan.template.subscriptionId}`,
    );
  }
}

/** The connection's token goes to accounts of the subscription alone; nobody else's blob opens without it. */
function canLook({ source, place }: Placed): boolean {
  const { protocol, hostname } = new URL(source.address);
  if (protocol !== "https:" || (place === undefined && localityOf(source.address) !== "public")) return false;
  return place !== undefined || isSigned(source.address) || !isBlobHost(hostname);
}

/** What its text alone shows to be wrong is not told twice. */
function isWrong({ source }: Placed, subject: Subject): boolean {
  return lintSource(source, subject).some(({ code }) => code !== "AIB038");
}

async function lookAt({ source, place }: Placed, reads: Reads): Promise<Look> {
  const answer = await reads.probe(source.address, {
    as: place === undefined || isSigned(source.address) ? "anyone" : "connection",
    ...(source.sha256 === undefined ? {} : { digestUpTo: fileLimit }),
  });
  const look: Look = { source, answer, ...(place === undefined ? {} : { place }) };
  const unknown = unknownOf(look);
  if (unknown !== undefined) reads.note(unknown);
  return look;
}

/** Whether the identity may read each container; a signature would count instead of it. */
async function judgeReading(
  places: readonly BlobPlace[],
  { template, plan, now }: Subject,
  reads: Reads,
): Promise<readonly JudgedNeed[]> {
  if (places.length === 0) return [];
  const id = Object.keys(template.identity.userAssignedIdentities)[0] ?? plan.identityId;
  const identity = await readIdentity(id, reads);
  // One that is not there is told by P1.
  if (identity.state !== "found") return [];
  const needs = uniqueBy(places, containerId).map(readingNeed);
  return Promise.all(needs.map((need) => judgeNeed(need, { identity: identity.value, now, reads })));
}

/** The role is needed even where anyone may read (facts, section 1.5). */
function readingNeed(place: BlobPlace): Need {
  const scope = containerId(place);
  const action = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  return {
    rights: [{ kind: "dataActions", action, place: scope, readAt: scope }],
    what: `the container ${place.container} of ${place.account.name}`,
    consequence: "the service fetches scripts and files with it, and refuses the template",
    role: "Storage Blob Data Reader",
    scope,
  };
}

function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [keyOf(item).toLowerCase(), item])).values()];
}
