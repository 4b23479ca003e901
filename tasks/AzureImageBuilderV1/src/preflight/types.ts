/**
 * Checks of what a build needs, made before it: each knows which reads it wants, judges what they found, and says how to
 * mend it (facts, section 10).
 */
import type { CheckId } from "../inputs/checks.ts";
import type { ImageTemplate } from "../image-template.ts";
import type { Facts } from "../facts/types.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { Reads } from "./reads.ts";

export { checkIds } from "../inputs/checks.ts";
export type { CheckId };

/** What a fact rests on: one that is inferred or contradicted only warns. */
export type Basis = "recorded" | "documented" | "inferred" | "contradicted";

/** One way in which something can be wrong, for docs/preflight.md and for its severity. */
export interface FindingKind {
  readonly severity: "error" | "warning";
  readonly basis: Basis;
  /** What is wrong, as a sentence without the names of a case. */
  readonly meaning: string;
}

/** A right that somebody has to grant. */
export interface MissingRight {
  /** Whose: the name of the identity, or `the service connection`. */
  readonly identity: string;
  /** Object ID of its principal, where it is known. */
  readonly principalId?: string;
  readonly actions: readonly string[];
  readonly dataActions?: readonly string[];
  /** A resource's ID. */
  readonly scope: string;
  /** A built-in role that has them. */
  readonly role: string;
}

/** Something that is wrong in this case. */
export interface Problem {
  /** One of the check's kinds. */
  readonly code: string;
  /** What is wrong and why it matters, as whole sentences with the names of this case. */
  readonly message: string;
  /** What to do, as a whole sentence. */
  readonly remedy: string;
  /** Commands that mend it, ready to run. */
  readonly commands?: readonly string[];
  /** The input that mends it, where one does. */
  readonly input?: string;
  readonly right?: MissingRight;
}

/** What is about to be built. */
export interface Subject {
  readonly plan: BuildPlan;
  /** What planning has read already: source, target, account. */
  readonly facts: Facts;
  /** As it will be sent; the artifact's address is not known yet. */
  readonly template: ImageTemplate;
  /** The job's time limit in minutes; undefined where the agent does not tell, 0 without limit. */
  readonly jobTimeoutMinutes?: number;
  readonly now: Date;
}

/** When a check runs with `preflight: fast`: all of it, only what needs no reads, or not. */
export type InFast = "whole" | "offline" | "no";

/** One check. `F` is what its reads found. */
export interface Check<F> {
  readonly id: CheckId;
  /** What it looks at, in a few words. */
  readonly title: string;
  readonly inFast: InFast;
  /** Every code it can give. */
  readonly kinds: Readonly<Record<string, FindingKind>>;
  /** Whether there is anything to check. */
  applies(subject: Subject): boolean;
  /** Reads what it needs, by `reads` alone; never throws for what Azure answers. */
  gather(subject: Subject, reads: Reads): Promise<F>;
  /** Pure. What could not be read is told by the engine, not here. */
  judge(found: F, subject: Subject): readonly Problem[];
  /** Pure: what can be judged without any read. */
  lint?(subject: Subject): readonly Problem[];
}

/** A problem with what the check's kind says of it. */
export interface Finding extends Problem {
  readonly check: CheckId;
  readonly severity: "error" | "warning";
}

/**
 * `partly`: nothing is wrong as far as can be seen without reads, and no more was looked at. `notChecked`: something
 * could not be read, and nothing else is wrong.
 */
export type CheckStatus = "ok" | "partly" | "bad" | "notChecked" | "skipped";

export interface CheckResult {
  readonly id: CheckId;
  readonly title: string;
  readonly status: CheckStatus;
  /** Why a check was skipped, or what of it was made. */
  readonly note?: string;
  readonly findings: readonly Finding[];
  /** What could not be read, and which right is missing. */
  readonly notRead: readonly string[];
}

/** What all checks found. */
export interface Preflight {
  readonly results: readonly CheckResult[];
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** Requests sent. */
  readonly reads: number;
}
