/** What an earlier attempt of the step has left under the template's name, and what follows from it. Pure. */
import type { LastRunStatus, TemplateStatus } from "../ports.ts";
import { isCanceling, outcomeOf } from "./meaning.ts";
import { isOwn, type Mark, readMark } from "./ownership.ts";

/** A state of the service's own that ends by itself. */
export type PassingState = "Creating" | "Deleting" | "Canceling";

/** Why a template is none of this step's. */
export type Stranger =
  /** It has no tags of this task. */
  | "untagged"
  /** Another pipeline run made it. */
  | "anotherRun"
  /** This run made it, for another image. */
  | "anotherRequest";

export type NextStep =
  /** There is nothing under the name. */
  | { readonly kind: "build" }
  | { readonly kind: "waitFor"; readonly state: PassingState }
  | (Found &
      (
        | /** It is ready, and shows no run. */ { readonly kind: "run" }
          /** Its run goes on. */
        | { readonly kind: "attach"; readonly run: LastRunStatus }
        /** Its run has made the image, or some of the images. */
        | { readonly kind: "take"; readonly run: LastRunStatus }
        /** It is of no use; `why` is a clause, e.g. `its build failed`. */
        | { readonly kind: "deleteAndBuild"; readonly why: string }
        | { readonly kind: "refuse"; readonly stranger: Stranger }
        /** It is somebody else's, under a name that is made of the request. */
        | { readonly kind: "join" }
      ));

interface Found {
  readonly found: TemplateStatus;
}

/** What the request is, besides its mark. */
export interface Perishing {
  /** The template's address of the artifact works for some hours only. */
  readonly perishes?: boolean;
  /** The name is made of the request alone: another run's build of the same request is followed. */
  readonly joins?: boolean;
}

/**
 * What to do with what the service shows under the template's name, `undefined` where there is nothing. `mark`: what a
 * template of this step, for this very request, carries.
 */
export function decideOnPredecessor(
  found: TemplateStatus | undefined,
  mark: Mark,
  { perishes = false, joins = false }: Perishing = {},
): NextStep {
  if (found === undefined) return { kind: "build" };
  const state = found.provisioningState?.toLowerCase();
  // Whose it is does not matter any more: it is going, and the name becomes free.
  if (state === "deleting") return { kind: "waitFor", state: "Deleting" };
  if (!isOwn(found, mark)) {
    const stranger = strangerOf(found, mark);
    return joins ? { kind: "join", found } : { kind: "refuse", found, stranger };
  }
  switch (state) {
    case "succeeded":
      return decideOnRun(found, perishes);
    case "failed":
    case "canceled":
      return { kind: "deleteAndBuild", found, why: `the service could not create it${reasonOf(found)}` };
    // Creating, Updating, or a word that is newer than this: none of them lasts.
    default:
      return { kind: "waitFor", state: "Creating" };
  }
}

function decideOnRun(found: TemplateStatus, perishes: boolean): NextStep {
  const { lastRun: run } = found;
  if (run === undefined) {
    if (!perishes) return { kind: "run", found };
    return { kind: "deleteAndBuild", found, why: "it was never run, and its address of the artifact may have expired" };
  }
  if (isCanceling(run)) return { kind: "waitFor", state: "Canceling" };
  switch (outcomeOf(run)) {
    case undefined:
      return { kind: "attach", found, run };
    case "Succeeded":
    case "PartiallySucceeded":
      return { kind: "take", found, run };
    case "Failed":
      return { kind: "deleteAndBuild", found, why: "its build failed" };
    case "Canceled":
      return { kind: "deleteAndBuild", found, why: "its build was cancelled" };
  }
}

function strangerOf(found: TemplateStatus, mark: Mark): Stranger {
  const theirs = readMark(found.tags);
  if (theirs === undefined) return "untagged";
  return theirs.run === mark.run ? "anotherRequest" : "anotherRun";
}

function reasonOf({ provisioningError }: TemplateStatus): string {
  const parts = [provisioningError?.code, provisioningError?.message].filter((part) => part);
  return parts.length === 0 ? "" : ` (${parts.join(": ")})`;
}
