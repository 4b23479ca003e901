/** Asks before building: makes the checks, tells what they found, and stops what would fail. */
import { TaskError } from "./errors.ts";
import type { Facts } from "./facts/types.ts";
import { failureCodes } from "./failure-codes.ts";
import { publishPreflight } from "./outputs/preflight-page.ts";
import type { BuildPlan } from "./plan/types.ts";
import type { Ports } from "./ports.ts";
import { reportPreflight, summaryLine } from "./preflight/report.ts";
import type { PreflightOptions } from "./preflight/run-checks.ts";
import { draftTemplate } from "./template/draft.ts";

/** Gives one sentence. Throws a TaskError where something would make the build fail; every finding has been told then. */
export async function checkBuild(
  { plan, facts }: { readonly plan: BuildPlan; readonly facts: Facts },
  options: PreflightOptions,
  ports: Ports,
): Promise<string> {
  // Loaded only where checks are made.
  const { runChecks } = await import("./preflight/run-checks.ts");
  const limit = ports.agent.variable("System.JobTimeout");
  const subject = {
    plan,
    facts,
    template: draftTemplate(plan),
    ...(limit === undefined ? {} : { jobTimeoutMinutes: Number(limit) }),
    now: ports.clock.now(),
  };
  const found = await runChecks(subject, options, ports);
  reportPreflight(found, ports.agent);
  await publishPreflight(found, ports);
  const line = `Preflight: ${summaryLine(found)}.`;
  if (found.findings.every(({ severity }) => severity !== "error")) return line;
  throw new TaskError(failureCodes.preflight, `${line} Nothing was created.`, {
    next: "Mend what the findings above name; skipChecks leaves a check out, preflight: none all of them.",
  });
}
