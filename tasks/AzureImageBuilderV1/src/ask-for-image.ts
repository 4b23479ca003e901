/** Asks whether an image that is there will do, before anything is created. */
import { readContentDigest } from "./artifact/open.ts";
import { findTraces, type Traces } from "./build/predecessor-traces.ts";
import { problemCodes } from "./codes.ts";
import { collectFindings } from "./findings.ts";
import type { Facts } from "./facts/types.ts";
import type { ReuseInputs } from "./inputs/types.ts";
import { namedByRequest } from "./plan/names.ts";
import type { BuildPlan } from "./plan/types.ts";
import type { Ports } from "./ports.ts";
import { describeRequest, movingParts, requestDigest, type RequestForm } from "./request/index.ts";
import { findReusable } from "./reuse/find-image.ts";
import type { Verdict } from "./reuse/types.ts";
import { draftTemplate } from "./template/draft.ts";

/** The longest an image counts of which a part moves by itself, in days. */
const longestMoving = 7;

/** What may be used again, by what is planned. */
export interface Wish {
  readonly plan: BuildPlan;
  readonly facts: Facts;
  readonly reusable: ReuseInputs;
  /** The user names the template. */
  readonly isNamed: boolean;
}

export interface Asked {
  /** The template is named by the request, unless the user names it. */
  readonly plan: BuildPlan;
  readonly traces: Traces;
  /** Content digest of the artifact. */
  readonly content: string | undefined;
  /** Absent where the request cannot be told before the build. */
  readonly form?: RequestForm;
  readonly verdict: Verdict;
}

/** Throws InputError where images may be older than what moves by itself allows. */
export function checkAge(plan: BuildPlan, { maxAgeDays }: ReuseInputs): void {
  if (maxAgeDays <= longestMoving) return;
  const moving = movingParts(plan);
  if (moving.length === 0) return;
  const findings = collectFindings();
  findings.problem("reuseMaxAgeDays", {
    code: problemCodes.conflict,
    given: String(maxAgeDays),
    why: `an image of the same request may differ after a while, because ${moving.join("; ")}`,
    legal: `1 to ${longestMoving}, or steps that name exact versions and checksums`,
  });
  findings.throwProblems();
}

/** Reads the artifact, and asks Azure and Azure DevOps. Throws a TaskError where the artifact cannot be read. */
export async function askForImage({ plan, facts, reusable, isNamed }: Wish, ports: Ports): Promise<Asked> {
  const content = await readContentDigest(plan, ports);
  if (content === undefined && plan.artifact !== undefined) {
    const text = "What the artifact holds is not known before it is uploaded.";
    return {
      plan,
      traces: await findTraces(plan, ports),
      content,
      verdict: { kind: "build", reason: "notComparable", text },
    };
  }
  const form = describeRequest(plan, content);
  const named = isNamed ? plan : namedByRequest(plan, requestDigest(form));
  const traces = await findTraces(named, ports);
  const asked = { plan: named, traces, content, form };
  if (traces.ofThisRun === "template") {
    const text = "An earlier attempt of this step has begun to build.";
    return { ...asked, verdict: { kind: "build", reason: "noImage", text } };
  }
  const targets = draftTemplate(named).properties.distribute;
  const question = { plan: named, targets, places: traces.places, form, run: facts.run, reuse: reusable };
  return { ...asked, verdict: await findReusable(question, ports) };
}
