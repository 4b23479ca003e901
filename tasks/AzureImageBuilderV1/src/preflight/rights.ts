/** What a principal may do, from its role assignments and the deny assignments above it. Pure (facts, section 3.3). */
import { allows, covers, type Grant, isAtOrAbove } from "../values/permissions.ts";

/** A role that is assigned to a principal, or to a group of it. */
export interface HeldRole {
  /** Name of the role, or its ID where the definition could not be read. */
  readonly role: string;
  readonly scope: string;
  readonly createdOn?: Date;
  /** Assigned under a condition, which is not evaluated. */
  readonly isConditional: boolean;
  /** Undefined where the definition could not be read. */
  readonly grants: readonly Grant[] | undefined;
}

/** A deny assignment. */
export interface Denial {
  readonly name: string;
  readonly scope: string;
  readonly isForChildren: boolean;
  /** `unknown`: it names groups, and who is in them is not read. */
  readonly isMeant: "yes" | "no" | "unknown";
  readonly grants: readonly Grant[];
}

/** All that was read about a principal at one scope. */
export interface Rights {
  readonly held: readonly HeldRole[];
  readonly denials: readonly Denial[];
  /** What could not be read and may hide roles: the right that the read needs, and why. */
  readonly gaps: readonly string[];
}

/** Whether an action is allowed. */
export type Verdict =
  | { readonly state: "yes" | "no" }
  /** Only by a role that is so young that it may not count yet. */
  | { readonly state: "young"; readonly held: HeldRole & { readonly createdOn: Date } }
  | { readonly state: "denied"; readonly by: string }
  /** Sentence parts. */
  | { readonly state: "unknown"; readonly why: readonly string[] };

/** One thing to be allowed. */
export interface AskedRight {
  readonly kind: "actions" | "dataActions";
  readonly action: string;
  /** ID of what it is done to. */
  readonly place: string;
}

/** A new assignment may not count for so long, in milliseconds (facts, section 3.3). */
const youth = 10 * 60_000;

/** The verdict at the time `now`. */
export function mayDo({ held, denials, gaps }: Rights, asked: AskedRight, now: Date): Verdict {
  const denying = denials.filter((one) => isDenied(one, asked));
  const denial = denying.find(({ isMeant }) => isMeant === "yes");
  if (denial !== undefined) return { state: "denied", by: denial.name };
  const here = held.filter(({ scope }) => isAtOrAbove(scope, asked.place));
  const old = here.filter((one) => !isYoung(one, now));
  const given = answer(old, gaps, asked);
  if (given === "yes" && denying.length > 0) {
    const why = denying.map(({ name }) => `the deny assignment ${name} names groups, and who is in them is not read`);
    return { state: "unknown", why };
  }
  if (given === "yes") return { state: "yes" };
  const young = here.filter((one) => isYoung(one, now)).find((one) => answer([one], [], asked) === "yes");
  if (young?.createdOn !== undefined) return { state: "young", held: { ...young, createdOn: young.createdOn } };
  if (answer(here, gaps, asked) === "no") return { state: "no" };
  const conditional = here
    .filter((one) => one.isConditional && answer([{ ...one, isConditional: false }], [], asked) === "yes")
    .map(({ role, scope }) => `the role ${role} on ${scope} is assigned under a condition, which is not evaluated`);
  return { state: "unknown", why: [...conditional, ...gaps] };
}

function isYoung({ createdOn }: HeldRole, now: Date): boolean {
  return createdOn !== undefined && now.getTime() - createdOn.getTime() < youth;
}

function answer(
  held: readonly HeldRole[],
  gaps: readonly string[],
  { kind, action }: AskedRight,
): ReturnType<typeof allows> {
  const grants = held.flatMap((one) =>
    (one.grants ?? []).map((grant) => ({ ...grant, conditional: one.isConditional })),
  );
  return allows({ grants, complete: gaps.length === 0 }, kind, action);
}

function isDenied({ scope, isForChildren, isMeant, grants }: Denial, { kind, action, place }: AskedRight): boolean {
  const isHere = isForChildren ? isAtOrAbove(scope, place) : scope.toLowerCase() === place.toLowerCase();
  if (!isHere || isMeant === "no") return false;
  const except = kind === "actions" ? "notActions" : "notDataActions";
  return grants.some(
    (grant) =>
      grant[kind].some((pattern) => covers(pattern, action)) &&
      !grant[except].some((pattern) => covers(pattern, action)),
  );
}
