/** Runs the checks: those without reads first, all others side by side; none stops another. */
import { checks as allChecks } from "./checks/index.ts";
import { createReadPool, type ReadPool, type ReadPorts, type Reads } from "./reads.ts";
import type { Check, CheckId, CheckResult, Finding, Preflight, Problem, Subject } from "./types.ts";

export interface PreflightOptions {
  readonly depth: "full" | "fast";
  readonly skip: readonly CheckId[];
  /** Default: all there are. */
  readonly checks?: readonly AnyCheck[];
}

type AnyCheck = Check<unknown>;

/** All findings together. Never throws for what Azure answers, nor for what a check cannot cope with. */
export async function runChecks(
  subject: Subject,
  { depth, skip, checks = allChecks }: PreflightOptions,
  ports: ReadPorts,
): Promise<Preflight> {
  const pool = createReadPool(ports);
  const results = await Promise.all(
    checks.map(async (check) => {
      const why = whySkipped(check, subject, { depth, skip });
      return why === undefined ? runCheck(check, subject, { pool, depth }) : skipped(check, why);
    }),
  );
  const findings = results.flatMap((result) => result.findings);
  return {
    results,
    findings: [...findings].sort((a, b) => rank(a) - rank(b)),
    reads: pool.count(),
  };
}

function whySkipped(check: AnyCheck, subject: Subject, { depth, skip }: PreflightOptions): string | undefined {
  if (skip.includes(check.id)) return "named in skipChecks";
  if (depth === "fast" && check.inFast === "no") return "made with preflight: full";
  return check.applies(subject) ? undefined : "nothing to check";
}

async function runCheck(
  check: AnyCheck,
  subject: Subject,
  { pool, depth }: { readonly pool: ReadPool; readonly depth: PreflightOptions["depth"] },
): Promise<CheckResult> {
  const isWhole = depth === "full" || check.inFast === "whole";
  const notRead: string[] = [];
  const problems = await problemsOf(check, subject, { ...(isWhole ? { reads: pool.readsFor(notRead) } : {}), notRead });
  const findings = problems.map((problem) => toFinding(check, problem));
  // In no order of their own: whichever read came back first.
  const missing = [...new Set(notRead)].sort();
  const good = isWhole ? "ok" : "partly";
  return {
    id: check.id,
    title: check.title,
    status: findings.length > 0 ? "bad" : missing.length > 0 ? "notChecked" : good,
    ...(isWhole ? {} : { note: "what needs no reads; the rest with preflight: full" }),
    findings,
    notRead: missing,
  };
}

/** A check that breaks down on what it met has not been made, and is no reason for a build to fail. */
async function problemsOf(
  check: AnyCheck,
  subject: Subject,
  { reads, notRead }: { readonly reads?: Reads; readonly notRead: string[] },
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  try {
    problems.push(...(check.lint?.(subject) ?? []));
    if (reads !== undefined) problems.push(...check.judge(await check.gather(subject, reads), subject));
  } catch (error) {
    if (!(error instanceof Error) || error.name === "AbortError") throw error;
    notRead.push(`the check itself broke down (${error.message}), which is a mistake of the task's`);
  }
  return problems;
}

/** A finding whose fact nobody has confirmed only warns. */
function toFinding(check: AnyCheck, problem: Problem): Finding {
  const kind = check.kinds[problem.code];
  if (kind === undefined) throw new TypeError(`${check.id} gave a finding ${problem.code} that it does not know.`);
  const isSure = kind.basis === "recorded" || kind.basis === "documented";
  return { ...problem, check: check.id, severity: isSure ? kind.severity : "warning" };
}

function skipped({ id, title }: AnyCheck, note: string): CheckResult {
  return { id, title, status: "skipped", note, findings: [], notRead: [] };
}

function rank({ severity }: Finding): number {
  return severity === "error" ? 0 : 1;
}
