/**
 * Runs of pipelines and what their steps have attached, by the Build area of the REST API (7.1: Builds - Get, Attachments -
 * List and Get). Only IDs are taken from the links of an answer: no request goes where a link leads.
 */
import type { IncomingMessage } from "node:http";
import type { Attachment, Build } from "azure-devops-node-api/interfaces/BuildInterfaces.js";
import type { PipelineRunFacts, RunAttachment } from "../../ports.ts";
import { brokenAnswer, type Client } from "./client.ts";
import { messageIn } from "./download.ts";
import { refused } from "./errors.ts";
import { type Ask, orNull } from "./find-artifact.ts";

/** Attachments of one type that are read; a run of this task has one for each of its steps. */
const mostAttachments = 100;
/** What of an error's text is read. */
const longestText = 2_000;

/** The run; undefined where it is unknown in that project, hidden, or deleted. */
export async function findRun(
  { builds, isOwn }: Client,
  { project, runId }: { readonly project: string; readonly runId: number },
  ask: Ask,
): Promise<PipelineRunFacts | undefined> {
  const build = await ask(`run ${runId}`, () => orNull(builds.getBuild(project, runId)));
  if (build === null || build.deleted === true) return undefined;
  const known = readRun(build, isOwn);
  if (known.runId !== runId) throw new TypeError("The answer is of another run.");
  const names = [build.project?.id, build.project?.name];
  return names.some((name) => name?.toLowerCase() === project.toLowerCase()) ? known : undefined;
}

/** Throws a TypeError for what the documented form has not. */
function readRun(build: Build, isOwn: Client["isOwn"]): PipelineRunFacts {
  const { definition, sourceBranch, finishTime } = build;
  const page = (build._links as { readonly web?: { readonly href?: unknown } } | undefined)?.web?.href;
  if (finishTime !== undefined && !(finishTime instanceof Date && finishTime.getTime() > 0)) {
    throw new TypeError("The end of the run is no date.");
  }
  return {
    projectId: text(build.project?.id),
    runId: whole(build.id),
    definitionId: whole(definition?.id),
    definitionName: text(definition?.name),
    branch: text(sourceBranch),
    number: build.buildNumber === undefined ? String(build.id) : text(build.buildNumber),
    url: typeof page === "string" && URL.canParse(page) && isOwn(page) ? page : "",
    ...(finishTime === undefined ? {} : { finishedAt: finishTime }),
  };
}

function text(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new TypeError("A text of the run is missing.");
  return value;
}

function whole(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new TypeError("A number of the run is missing.");
  return value;
}

/** What is to be read of a run. */
export interface AttachmentsWanted {
  readonly run: Pick<PipelineRunFacts, "projectId" | "runId">;
  readonly type: string;
  /** Bytes of one. */
  readonly limit: number;
}

/** The attachments of a type, one after the other; none where the run is gone. */
export async function readAttachments(
  client: Client,
  { run, type, limit }: AttachmentsWanted,
  ask: Ask,
): Promise<readonly RunAttachment[]> {
  const { projectId, runId } = run;
  const known = await ask(`attachments of run ${runId}`, () =>
    orNull(client.builds.getAttachments(projectId, runId, type)),
  );
  const found: RunAttachment[] = [];
  for (const attachment of (known ?? []).slice(0, mostAttachments)) {
    const { name, timelineId, recordId } = readPlace(attachment, runId, client.isOwn);
    const content = await ask(`attachment ${name} of run ${runId}`, async () => {
      const answer = await client.builds.getAttachment(projectId, runId, timelineId, recordId, type, name);
      return readContent(answer as IncomingMessage, { what: `attachment ${name} of run ${runId}`, limit });
    });
    if (content !== undefined) found.push({ name, content });
  }
  return found;
}

interface Place {
  readonly name: string;
  readonly timelineId: string;
  readonly recordId: string;
}

/** The list says in nothing but a link which record of which timeline an attachment is of. */
function readPlace({ name, _links }: Attachment, runId: number, isOwn: Client["isOwn"]): Place {
  const link = (_links as { readonly self?: { readonly href?: unknown } } | undefined)?.self?.href;
  const address = typeof link === "string" && URL.canParse(link) && isOwn(link) ? new URL(link).pathname : "";
  const parts = /\/build\/builds\/(\d+)\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/attachments\//i.exec(address);
  const [, ofRun, timelineId, recordId] = parts ?? [];
  if (Number(ofRun) !== runId || timelineId === undefined || recordId === undefined) {
    throw new TypeError("The link of an attachment is not of the documented form.");
  }
  // A path of dots alone would lead elsewhere.
  if (/^\.+$/.test(text(name))) throw new TypeError("An attachment has the name of a folder.");
  return { name: text(name), timelineId, recordId };
}

/** Undefined where it is gone, or has more bytes than the limit. */
async function readContent(
  answer: IncomingMessage,
  { what, limit }: { readonly what: string; readonly limit: number },
): Promise<Uint8Array | undefined> {
  const { statusCode: status = 0, headers } = answer;
  if (status === 404 || status === 410) {
    answer.resume();
    return undefined;
  }
  const isContent = status === 200 && headers["content-encoding"] === undefined;
  const { bytes, isWhole } = await readUpTo(answer, isContent ? limit : longestText);
  if (status >= 300) throw refused(`Azure DevOps, ${what}`, { status, message: messageIn(bytes.toString()), headers });
  // A network's page to sign in comes with success, too.
  if (!isContent || /^text\/html\b/i.test(headers["content-type"] ?? "")) throw brokenAnswer();
  return isWhole ? bytes : undefined;
}

async function readUpTo(answer: IncomingMessage, limit: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) return { bytes: Buffer.concat(parts), isWhole: false };
    parts.push(part);
  }
  return { bytes: Buffer.concat(parts), isWhole: true };
}
