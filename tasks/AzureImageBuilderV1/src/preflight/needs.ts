/** Rights that identities need, judged against what they hold; shared by the checks that ask for rights. */
import { nameOf } from "../plan/blob-rights.ts";
import { type FoundIdentity, readRights } from "./effective-permissions.ts";
import type { Reads } from "./reads.ts";
import { grantCommand } from "./report.ts";
import { type AskedRight, mayDo, type Verdict } from "./rights.ts";
import type { MissingRight, Problem } from "./types.ts";

/** What an identity needs for one thing. */
export interface Need {
  readonly rights: readonly (AskedRight & {
    /** Where the roles are read: `place`, or something below it that is read anyway. */
    readonly readAt: string;
  })[];
  /** What the rights are for, e.g. `the image definition web in galimages`. */
  readonly what: string;
  /** When it strikes, as a sentence part after the colon. */
  readonly consequence: string;
  /** The built-in role that is enough, and where it is to be given. */
  readonly role: string;
  readonly scope: string;
}

/** A need with what became of it. A right whose place is not there is left out: another check tells that. */
export interface JudgedNeed {
  readonly need: Need;
  readonly identity: FoundIdentity;
  readonly verdicts: readonly { readonly right: AskedRight; readonly verdict: Verdict }[];
}

/** Reads and judges; what cannot be known is noted. */
export async function judgeNeed(
  need: Need,
  { identity, now, reads }: { readonly identity: FoundIdentity; readonly now: Date; readonly reads: Reads },
): Promise<JudgedNeed> {
  const judged = await Promise.all(
    need.rights.map(async (right) => {
      const rights = await readRights(identity.principalId, right.readAt, reads);
      return rights.state === "found" ? [{ right, verdict: mayDo(rights.value, right, now) }] : [];
    }),
  );
  const verdicts = judged.flat();
  const unknown = new Map<string, string[]>();
  for (const { right, verdict } of verdicts) {
    if (verdict.state !== "unknown") continue;
    const why = verdict.why.join("; ");
    unknown.set(why, [...(unknown.get(why) ?? []), right.action]);
  }
  for (const [why, actions] of unknown) {
    reads.note(`whether the identity ${nameOf(identity.id)} has ${actions.join(", ")} on ${need.what}: ${why}`);
  }
  return { need, identity, verdicts };
}

/** Codes for what may be wrong with a need. */
export interface NeedCodes {
  readonly lacks: string;
  readonly denied: string;
  readonly young: string;
}

/** What is wrong: rights that are missing, that are denied, and, where nothing is missing, that are too young. */
export function needProblems({ need, identity, verdicts }: JudgedNeed, codes: NeedCodes): readonly Problem[] {
  const name = nameOf(identity.id);
  const lacking = verdicts.flatMap(({ right, verdict }) => (verdict.state === "no" ? [right] : []));
  const denied = verdicts.flatMap(({ right, verdict }) =>
    verdict.state === "denied" ? [{ right, by: verdict.by }] : [],
  );
  const young = verdicts.flatMap(({ right, verdict }) =>
    verdict.state === "young" ? [{ right, held: verdict.held }] : [],
  );
  return [
    ...(lacking.length === 0 ? [] : [lackingProblem(codes.lacks, lacking, { need, identity, name })]),
    ...(denied[0] === undefined
      ? []
      : [deniedProblem(codes.denied, { by: denied[0].by, actions: namesOf(denied), need, name })]),
    ...(young[0] === undefined || lacking.length > 0
      ? []
      : [youngProblem(codes.young, { ...young[0].held, actions: namesOf(young), need, name })]),
  ];
}

function namesOf(all: readonly { readonly right: AskedRight }[]): string {
  return [...new Set(all.map(({ right }) => right.action))].join(", ");
}

function lackingProblem(
  code: string,
  lacking: readonly AskedRight[],
  { need, identity, name }: { readonly need: Need; readonly identity: FoundIdentity; readonly name: string },
): Problem {
  const of = (kind: AskedRight["kind"]): readonly string[] => [
    ...new Set(lacking.filter((one) => one.kind === kind).map(({ action }) => action)),
  ];
  const dataActions = of("dataActions");
  const right: MissingRight = {
    identity: name,
    principalId: identity.principalId,
    actions: of("actions"),
    ...(dataActions.length === 0 ? {} : { dataActions }),
    scope: need.scope,
    role: need.role,
  };
  const actions = [...right.actions, ...dataActions].join(", ");
  return {
    code,
    message: `The identity ${name} lacks ${actions} on ${need.what}: ${need.consequence}.`,
    remedy: `Give it the role ${need.role} on ${need.scope}. A new assignment counts after some minutes.`,
    commands: [grantCommand(right)],
    right,
  };
}

interface Case {
  readonly need: Need;
  readonly name: string;
  readonly actions: string;
}

function deniedProblem(code: string, { by, actions, need, name }: Case & { readonly by: string }): Problem {
  const path = `${need.scope}/providers/Microsoft.Authorization/denyAssignments`;
  return {
    code,
    message:
      `The deny assignment "${by}" keeps the identity ${name} from ${actions} on ${need.what}: ${need.consequence}. ` +
      "No role lifts it.",
    remedy:
      "Have whoever made it (a deployment stack, a managed application) exclude the identity, or use another resource.",
    commands: [`az rest --method get --uri "${path}?api-version=2022-04-01&\\$filter=atScope()"`],
  };
}

function youngProblem(
  code: string,
  { role, createdOn, actions, need, name }: Case & { readonly role: string; readonly createdOn: Date },
): Problem {
  const counts = new Date(createdOn.getTime() + 10 * 60_000).toISOString();
  return {
    code,
    message:
      `The role ${role} gives the identity ${name} ${actions} on ${need.what}, and was assigned at ` +
      `${createdOn.toISOString()} only: it may take up to 30 minutes until the service sees it.`,
    remedy: `Run the step again at ${counts} or later.`,
  };
}
