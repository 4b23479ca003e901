/** Removes what builds have left: templates whose run has ended, and blobs that nothing uses. */
import { readHoldings } from "../../../AzureImageBuilderV1/src/artifact/blob-store.ts";
import { mayPass } from "../../../AzureImageBuilderV1/src/build/ports.ts";
import { problemCodes } from "../../../AzureImageBuilderV1/src/codes.ts";
import { ServiceError } from "../../../AzureImageBuilderV1/src/errors.ts";
import { endOf } from "../../../AzureImageBuilderV1/src/facts/end-of.ts";
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import { collectFindings } from "../../../AzureImageBuilderV1/src/findings.ts";
import type {
  BlobContainer,
  StorageAccountFacts,
  StoredBlob,
  TemplateRef,
} from "../../../AzureImageBuilderV1/src/ports.ts";
import { templateIdOf } from "../../../AzureImageBuilderV1/src/values/template-ref.ts";
import type { SweepRequest } from "../inputs/index.ts";
import { type Json, readList, textAt, timeAt } from "../json.ts";
import { carryOut, type Journal, type Row, showTable, type Work } from "../journal.ts";
import type { Ports } from "../ports.ts";
import { judgeBlob, judgeTemplate, type Judgement } from "../sweep/decide.ts";

interface Around {
  readonly subscriptionId: string;
  readonly journal: Journal;
}

/** What there is to look at, what is to be said of it, and what is to be done. */
interface Found {
  readonly rows: readonly Row[];
  readonly works: readonly Work[];
}

const templateQuery = { "api-version": "2024-02-01" } as const;
const resourcesQuery = { "api-version": "2021-04-01", $expand: "createdTime" } as const;
const templateType = "Microsoft.VirtualMachineImages/imageTemplates";
/** How often a deletion is asked for, and milliseconds between: results of a template lag each other. */
const mostTries = 5;
const pause = 10_000;

/** Gives a sentence. Throws InputError where the account is not there, TaskError where something could not be done. */
export async function sweep(request: SweepRequest, around: Around, ports: Ports): Promise<string> {
  const found = [
    await lookAtTemplates(request, around.subscriptionId, ports),
    ...(request.storageAccount === undefined ? [] : [await lookAtBlobs(request, around.subscriptionId, ports)]),
  ];
  showTable(
    "What sweep would do",
    found.flatMap(({ rows }) => rows),
    ports,
  );
  const works = found.flatMap((one) => one.works);
  return carryOut(works, { confirm: request.confirm, journal: around.journal }, ports);
}

async function lookAtTemplates(request: SweepRequest, subscriptionId: string, ports: Ports): Promise<Found> {
  const { resourceGroup, olderThan } = request;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const listed = (await readList(ports.arm, `${group}/providers/${templateType}`, templateQuery)) ?? [];
  const times = listed.length === 0 ? new Map<string, Date>() : await readTimes(group, ports);
  const rows: Row[] = [];
  const works: Work[] = [];
  for (const name of listed.map((one) => textAt(one, "name") ?? "")) {
    const ref: TemplateRef = { subscriptionId, resourceGroup, name };
    const id = templateIdOf(ref);
    const judge = async (): Promise<Judgement | undefined> => {
      const template = await ports.templates.get(ref);
      const about = { now: ports.clock.now(), olderThan, created: times.get(id.toLowerCase()) };
      return template && judgeTemplate(template, about);
    };
    const { goes, why } = (await judge()) ?? { goes: false, why: "it is gone" };
    rows.push({ name, what: goes ? "deleted" : "kept", why });
    if (goes) works.push({ deed: { id, what: "deleteTemplate", why }, act: () => removeTemplate(ref, judge, ports) });
  }
  return { rows, works };
}

/** When resources of the group were made; none where that cannot be read, which only keeps more of them. */
async function readTimes(group: string, { arm }: Pick<Ports, "arm">): Promise<ReadonlyMap<string, Date>> {
  try {
    const resources: readonly Json[] = (await readList(arm, `${group}/resources`, resourcesQuery)) ?? [];
    const times = resources.map((one) => [textAt(one, "id")?.toLowerCase(), timeAt(one, "createdTime")] as const);
    return new Map(times.filter((entry): entry is [string, Date] => entry[0] !== undefined && entry[1] !== undefined));
  } catch (error) {
    if (error instanceof ServiceError) return new Map();
    throw error;
  }
}

/** Judged anew right before each request: a run may have begun since. The service itself refuses to delete a running one. */
async function removeTemplate(
  ref: TemplateRef,
  judge: () => Promise<Judgement | undefined>,
  { agent, clock, templates, cancelled }: Ports,
): Promise<"done" | "kept"> {
  for (let tries = 1; ; tries += 1) {
    const now = await judge();
    if (now === undefined) return "done";
    if (!now.goes) {
      // A deletion that was accepted shows as a state, too.
      if (tries > 1 && /Deleting/i.test(now.why)) return "done";
      agent.warning(`Image template ${ref.name} is not deleted: ${now.why}.`, failureCodes.templateLeft);
      return "kept";
    }
    try {
      await templates.delete(ref);
      return "done";
    } catch (error) {
      if (!mayPass(error) || tries === mostTries) throw error;
      await clock.sleep(pause, cancelled);
    }
  }
}

async function lookAtBlobs(request: SweepRequest, subscriptionId: string, ports: Ports): Promise<Found> {
  const account = await findAccount(request.storageAccount ?? "", subscriptionId, ports);
  const container = ports.blobs.container(account, request.storageContainer, "token");
  const look = async (): Promise<readonly StoredBlob[]> => {
    const own = { prefix: "none/", retentionDays: request.artifactRetentionDays, now: ports.clock.now() };
    return (await readHoldings(container, own)).unused;
  };
  const texts = (): Promise<readonly string[]> => readTemplates(subscriptionId, ports);
  ports.agent.info(
    `Blobs that an image template of subscription ${subscriptionId} names stay. Templates elsewhere are invisible to this step.`,
  );
  const [unused, templates] = [await look(), await texts()];
  const judged = unused.map((blob) => ({ blob, ...judgeBlob(blob, templates) }));
  const works = judged
    .filter(({ goes }) => goes)
    .map(({ blob, why }): Work => {
      const id = `${account.blobEndpoint}${request.storageContainer}/${blob.name}`;
      const act = (): Promise<"done" | "kept"> => removeBlob(blob, { container, request, texts, ports });
      return { deed: { id, what: "deleteBlob", why }, act };
    });
  const rows = judged.map(({ blob, goes, why }) => ({ name: blob.name, what: goes ? "deleted" : "kept", why }));
  return { rows, works };
}

async function findAccount(nameOrId: string, subscriptionId: string, { facts }: Ports): Promise<StorageAccountFacts> {
  const account = await facts.storageAccount(subscriptionId, nameOrId);
  if (account !== undefined) return account;
  const findings = collectFindings();
  findings.problem("storageAccount", {
    code: problemCodes.notFound,
    given: nameOrId,
    why: "there is no such storage account in the subscription, or the connection may not see it",
    legal: "the name or ID of a storage account that exists",
  });
  throw endOf(findings);
}

/** All templates of the subscription as texts. Throws ServiceError: without them no blob can be known to be unused. */
async function readTemplates(subscriptionId: string, { arm }: Pick<Ports, "arm">): Promise<readonly string[]> {
  const path = `/subscriptions/${subscriptionId}/providers/${templateType}`;
  return ((await readList(arm, path, templateQuery)) ?? []).map((template) => JSON.stringify(template));
}

interface Blobs {
  readonly container: BlobContainer;
  readonly request: SweepRequest;
  readonly texts: () => Promise<readonly string[]>;
  readonly ports: Ports;
}

/** A build that takes a blob marks it first, and then names it in its template: both are looked at once more. */
async function removeBlob(blob: StoredBlob, { container, texts, ports }: Blobs): Promise<"done" | "kept"> {
  const now = await container.find(blob.name);
  if (now === undefined) return "done";
  const isUsed = now.lastModified.getTime() !== blob.lastModified.getTime() || !judgeBlob(blob, await texts()).goes;
  if (!isUsed) {
    // The service deletes it only where it has not been marked since.
    await container.delete(blob.name, blob.lastModified);
    if ((await container.find(blob.name)) === undefined) return "done";
  }
  ports.agent.warning(`Blob ${blob.name} is not deleted: a build has begun to use it.`, failureCodes.blobLeft);
  return "kept";
}
