/** The preflight on the run's page. */
import { cleanLine } from "../log/clean.ts";
import type { Agent, Ports } from "../ports.ts";
import { describeRights, statusWords, summaryLine, toJson } from "../preflight/report.ts";
import type { CheckResult, Finding, Preflight } from "../preflight/types.ts";
import { code, codeBlock, prose } from "./summary-markdown.ts";

const longestText = 2_000;

/** Markdown: one table, then each finding with what to do. */
export function describePreflightPage(preflight: Preflight): string {
  const { results, findings } = preflight;
  const rights = describeRights(findings);
  return [
    `## Preflight: ${prose(summaryLine(preflight), longestText)}`,
    ["| check | looks at | result |", "| --- | --- | --- |", ...results.map(row)].join("\n"),
    ...findings.map(section),
    ...(rights.length === 0 ? [] : [codeBlock("text", rights.map(line).join("\n"))]),
    ...notRead(results),
  ].join("\n\n");
}

function row({ id, title, status, note, findings }: CheckResult): string {
  const codes = findings.map((finding) => `${finding.code} ${finding.severity}`).join(", ");
  const result = `${statusWords[status]}${codes === "" ? "" : `: ${codes}`}${note === undefined ? "" : ` (${note})`}`;
  return `| ${id} | ${prose(title, longestText)} | ${result} |`;
}

function section({ check, code: id, severity, message, remedy, commands = [] }: Finding): string {
  return [
    `**${check} ${id}, ${severity}.** ${prose(message, longestText)}`,
    `**What to do.** ${prose(remedy, longestText)}`,
    ...(commands.length === 0 ? [] : [codeBlock("sh", commands.map(line).join("\n"))]),
  ].join("\n\n");
}

function notRead(results: readonly CheckResult[]): readonly string[] {
  const lines = results.flatMap(({ id, notRead: missing }) =>
    missing.map((why) => `- ${id}: ${code(why, longestText)}`),
  );
  return lines.length === 0 ? [] : ["Not checked, because it could not be read:", lines.join("\n")];
}

/** Of a block: names in it are anyone's. */
function line(text: string): string {
  return cleanLine(text.replace(/\s*[\r\n]\s*/g, " "));
}

/**
 * Puts page and JSON where the run keeps them, without secrets of the job. Never throws: a step is not worse for the lack
 * of either.
 */
export async function publishPreflight(
  preflight: Preflight,
  { agent, createWorkFile }: Pick<Ports, "agent" | "createWorkFile">,
): Promise<void> {
  const step = (agent.variable("System.TaskInstanceName") ?? "build").replace(/[^\w.-]+/g, "-").slice(0, 60);
  const hidden = hideSecrets(preflight, agent);
  const files = [
    ["summary", `Preflight ${step}.md`, describePreflightPage(hidden)],
    ["log", "preflight.json", toJson(hidden)],
  ] as const;
  for (const [kind, name, text] of files) await upload(kind, { name, text }, { agent, createWorkFile });
}

/** Before the text becomes Markdown or JSON, in which some characters of a secret are written differently. */
function hideSecrets(preflight: Preflight, agent: Pick<Agent, "hideSecrets">): Preflight {
  return JSON.parse(JSON.stringify(preflight), (_key, value: unknown) =>
    typeof value === "string" ? agent.hideSecrets(value) : value,
  ) as Preflight;
}

async function upload(
  kind: "summary" | "log",
  { name, text }: { readonly name: string; readonly text: string },
  { agent, createWorkFile }: { readonly agent: Agent; readonly createWorkFile: Ports["createWorkFile"] },
): Promise<void> {
  try {
    const file = createWorkFile(name);
    file.write(agent.hideSecrets(text));
    await file.close();
    agent.upload(kind, file.path);
  } catch (error) {
    agent.info(`${name} could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
