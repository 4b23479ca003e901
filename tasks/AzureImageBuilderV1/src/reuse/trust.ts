/**
 * Who made an image. Tags can be forged by whoever may write them, so they only lead to a run of a pipeline: what counts is
 * what Azure DevOps says of that run, and the provenance that it attached.
 */
import { minimatch } from "minimatch";
import { ServiceError } from "../errors.ts";
import type { RunIdentity } from "../facts/types.ts";
import type { PipelineRunFacts, Ports } from "../ports.ts";
import { attachmentType, parseStatement, type ReadStatement } from "../provenance/statement.ts";
import type { Candidate } from "./candidates.ts";
import type { Refusal } from "./types.ts";

/** Bytes of a statement that are read at most. */
const statementLimit = 4 * 1024 * 1024;

/** Who may have made it. */
export interface Makers {
  readonly own: RunIdentity;
  /** Full names, `*` for any part; empty: the run's own branch. */
  readonly branches: readonly string[];
}

export type Trust =
  | { readonly kind: "trusted"; readonly run: PipelineRunFacts; readonly statement: ReadStatement }
  | ({ readonly kind: "refused" } & Refusal);

/**
 * Reads the run that the tags name, and what it attached: at most three requests, to Azure DevOps alone. What cannot be
 * read is not trusted. `digest`: of the request, as the tags say it.
 */
export async function findTrust(
  { run, images }: Candidate,
  { makers, digest }: { readonly makers: Makers; readonly digest: string },
  { runs }: Pick<Ports, "runs">,
): Promise<Trust> {
  const id = /^build\/(\d{1,15})$/.exec(run)?.[1];
  if (id === undefined) return refuse(`its tags name no run of a pipeline (${run === "" ? "none" : run})`);
  try {
    const found = await runs.find(makers.own.project, Number(id));
    if (found === undefined) return refuse(`the run ${id} that its tags name is not in this project any more`);
    const stranger = strangerOf(found, makers);
    if (stranger !== undefined) return refuse(stranger);
    const attached = await runs.attachment(found, attachmentType, statementLimit);
    const statements = attached.flatMap(({ content }) => parseStatement(new TextDecoder().decode(content)) ?? []);
    const statement = statements.find((one) => tellsOf(one, images, digest));
    if (statement !== undefined) return { kind: "trusted", run: found, statement };
    return refuse(`run ${found.number} has attached no provenance that names this image and this request`);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return refuse(`the run ${id} that its tags name cannot be read: ${error.message}`);
  }
}

function refuse(why: string): Trust {
  return { kind: "refused", reason: "notTrusted", why: `is not trusted: ${why}` };
}

function strangerOf(run: PipelineRunFacts, { own, branches }: Makers): string | undefined {
  if (String(run.definitionId) !== own.definition) {
    return `another pipeline has made it, ${run.definitionName} (run ${run.number})`;
  }
  const counting = branches.length === 0 ? [own.branch] : branches;
  // A branch's name may begin with a dot or hold braces: none of that is a pattern here.
  const options = { dot: true, nobrace: true, noext: true, nonegate: true, nocomment: true } as const;
  const counts = counting.some((one) => one === run.branch || minimatch(run.branch, one, options));
  if (counts) return undefined;
  return `run ${run.number} made it on ${run.branch}, and ${counting.join(", ")} ${counting.length === 1 ? "counts" : "count"} (reuseBranches)`;
}

function tellsOf({ images, requestDigest }: ReadStatement, found: Candidate["images"], digest: string): boolean {
  const named = images.map((id) => id.toLowerCase());
  return requestDigest === digest && found.every(({ id }) => named.includes(id.toLowerCase()));
}
