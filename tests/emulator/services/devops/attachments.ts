/** What the steps of a run have attached: Attachments - List and Get of the REST API, as the server's controller has them. */
import { createHash } from "node:crypto";
import type { Answer, Exchange } from "../../core/exchange.ts";
import type { WorldAttachment, WorldFile, WorldRun } from "../../core/world-file.ts";
import { failure, list, service } from "./answers.ts";
import { type Project, findRun, same } from "./pipelines.ts";

/** Whose attachments are asked for; as the path names them. */
export interface AttachmentPlace {
  readonly project: Project;
  readonly buildId: string;
  readonly type: string;
}

/** Answers `GET build/builds/{buildId}/attachments/{type}`; no attachment of that type is an empty list. */
export function listAttachments(exchange: Exchange, file: WorldFile, place: AttachmentPlace): Answer {
  const found = findRun(file, place.project, place.buildId);
  if ("status" in found) return found;
  const { run } = found;
  const base = `${exchange.url.origin}/${file.devops.organization.name}/${place.project.id}/_apis/build/builds/${run.id}`;
  const value = attachmentsOf(run)
    .filter(({ type }) => type === place.type)
    .map((one) => {
      const { timelineId, recordId } = recordOf(run, one);
      const [type, name] = [one.type, one.name].map(encodeURIComponent);
      return {
        _links: { self: { href: `${base}/${timelineId}/${recordId}/attachments/${type}/${name}` } },
        name: one.name,
      };
    });
  return list(value, "documented", "Attachments - List");
}

/** Answers `GET build/builds/{buildId}/{timelineId}/{recordId}/attachments/{type}/{name}`. */
export function readAttachment(
  file: WorldFile,
  place: AttachmentPlace & { readonly timelineId: string; readonly recordId: string; readonly name: string },
): Answer {
  const empty = [place.timelineId, place.recordId].some((id) => /^[0-]+$/.test(id));
  if (empty) return failure(400, "Value cannot be an empty guid.", "inferred");
  const found = findRun(file, place.project, place.buildId);
  if ("status" in found) return found;
  const attachment = attachmentsOf(found.run).find((one) => {
    const { timelineId, recordId } = recordOf(found.run, one);
    const isThere = same(timelineId, place.timelineId) && same(recordId, place.recordId);
    return isThere && one.type === place.type && one.name === place.name;
  });
  if (attachment === undefined) {
    return { status: 404, headers: {}, body: undefined, service, mark: "issue", fact: "Attachments - Get, none" };
  }
  const headers = { "Content-Type": "application/octet-stream" };
  const body = Buffer.from(attachment.content);
  return { status: 200, headers, body, service, mark: "documented", fact: "Attachments - Get" };
}

/** A record has one attachment of a type and name: the last that was handed over. */
function attachmentsOf(run: WorldRun): readonly WorldAttachment[] {
  const keyOf = (one: WorldAttachment): string => JSON.stringify([one.type, one.name, recordOf(run, one)]);
  return [...new Map((run.attachments ?? []).map((one) => [keyOf(one), one])).values()];
}

/** Each attempt has a timeline of its own, and each step of it a record. */
function recordOf(
  { id }: WorldRun,
  { step = "", attempt = 1 }: WorldAttachment,
): { readonly timelineId: string; readonly recordId: string } {
  return { timelineId: guidOf(`timeline ${id} ${attempt}`), recordId: guidOf(`record ${id} ${attempt} ${step}`) };
}

function guidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
