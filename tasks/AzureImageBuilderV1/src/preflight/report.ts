/** What the preflight found, as lines of the log, as issues of the pipeline, and as one block for whoever grants rights. */
import type { Agent } from "../ports.ts";
import type { CheckId, CheckResult, CheckStatus, Finding, MissingRight, Preflight } from "./types.ts";

/** The results as users read them. */
export const statusWords: Readonly<Record<CheckStatus, string>> = {
  ok: "ok",
  partly: "in part",
  bad: "bad",
  notChecked: "not checked",
  skipped: "skipped",
};

/** Issues of a step that an agent keeps, of each kind (agent contract, section 3.3). */
const mostIssues = 10;

/** Tells everything once: the table, each finding, what could not be checked, the block to send. */
export function reportPreflight(preflight: Preflight, agent: Agent): void {
  agent.group(`Preflight: ${summaryLine(preflight)}`);
  for (const line of describeTable(preflight.results)) agent.info(line);
  agent.endGroup();
  reportNotChecked(preflight.results, agent);
  reportIssues(preflight.findings, agent);
  for (const line of describeRights(preflight.findings)) agent.info(line);
}

/** `2 errors, 1 warning, 3 not checked, 9 ok, 2 in part, 1 skipped`. */
export function summaryLine({ results, findings }: Preflight): string {
  const count = (severity: Finding["severity"]): number => findings.filter((one) => one.severity === severity).length;
  const status = (wanted: CheckResult["status"]): number => results.filter((one) => one.status === wanted).length;
  const parts = [
    [count("error"), "error"],
    [count("warning"), "warning"],
  ] as const;
  const some = (wanted: "notChecked" | "partly" | "skipped"): readonly string[] =>
    status(wanted) === 0 ? [] : [`${status(wanted)} ${statusWords[wanted]}`];
  return [
    ...parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}${number === 1 ? "" : "s"}`),
    ...some("notChecked"),
    `${status("ok")} ok`,
    ...some("partly"),
    ...some("skipped"),
  ].join(", ");
}

/** One line a check. */
export function describeTable(results: readonly CheckResult[]): readonly string[] {
  return results.map(({ id, title, status, note, findings }) => {
    const codes = findings.map(({ code, severity }) => `${code} ${severity}`);
    const about = `${title}${codes.length === 0 ? "" : `: ${codes.join(", ")}`}`;
    return `${id.padEnd(4)}${statusWords[status].padEnd(13)}${about}${note === undefined ? "" : ` (${note})`}`;
  });
}

/** Each reason once, with the checks that it kept from looking; whole in preflight.json. */
function reportNotChecked(results: readonly CheckResult[], agent: Agent): void {
  const checksOf = new Map<string, readonly CheckId[]>();
  for (const { id, notRead } of results) {
    const reasons = new Set(notRead.map((why) => why.split("\n")[0] ?? ""));
    for (const why of reasons) checksOf.set(why, [...(checksOf.get(why) ?? []), id]);
  }
  if (checksOf.size === 0) return;
  agent.group("Not checked, because it could not be read");
  for (const [why, ids] of checksOf) agent.info(`${ids.join(", ")}: ${why}`);
  agent.endGroup();
}

/** A finding with what to do, as one text. */
export function describeFinding({ check, code, message, remedy, commands = [] }: Finding): string {
  return [`${check} ${code}: ${message}`, `Next: ${remedy}`, ...commands.map((command) => `  ${command}`)].join("\n");
}

/** Errors first; beyond what an agent keeps, the rest is one line, and stands whole in the log. */
function reportIssues(findings: readonly Finding[], agent: Agent): void {
  const kinds = [
    ["error", (text: string, code?: string) => agent.error(text, code)],
    ["warning", (text: string, code?: string) => agent.warning(text, code)],
  ] as const;
  for (const [severity, issue] of kinds) {
    const all = findings.filter((finding) => finding.severity === severity);
    const shown = all.length > mostIssues ? all.slice(0, mostIssues - 1) : all;
    for (const finding of shown) issue(describeFinding(finding), finding.code);
    const rest = all.slice(shown.length);
    if (rest.length === 0) continue;
    issue(
      `Preflight: ${rest.length} more: ${rest.map(({ check, code }) => `${check} ${code}`).join(", ")}; see the log.`,
    );
    for (const finding of rest) agent.info(describeFinding(finding));
  }
}

/** What is missing for someone else to grant, as one block to send. */
export function describeRights(findings: readonly Finding[]): readonly string[] {
  const rights = findings.flatMap(({ right }) => (right === undefined ? [] : [right]));
  if (rights.length === 0) return [];
  return [
    "To send to whoever may grant roles:",
    ...rights.flatMap((right) => [
      `  ${right.identity}${right.principalId === undefined ? "" : ` (object ID ${right.principalId})`} needs, on ${right.scope}:`,
      ...right.actions.map((action) => `    ${action}`),
      ...(right.dataActions ?? []).map((action) => `    ${action} (data)`),
      `    ${grantCommand(right)}`,
    ]),
  ];
}

/** The command that grants it. */
export function grantCommand({ principalId, role, scope }: MissingRight): string {
  const who = principalId ?? "<object ID>";
  return (
    `az role assignment create --assignee-object-id ${who} --assignee-principal-type ServicePrincipal ` +
    `--role "${role}" --scope ${scope}`
  );
}

/** All of it as JSON, for later steps and for tools. */
export function toJson({ results, reads }: Preflight): string {
  return JSON.stringify({ reads, checks: results });
}
