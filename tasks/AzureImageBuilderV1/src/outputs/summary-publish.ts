/** Hands the summary to the run. */
import type { Agent, Ports } from "../ports.ts";
import { describeSummary, type SummaryData } from "./summary.ts";

/**
 * Writes the summary to a file and lets the agent upload it. No secret of the job is in it. Never throws: a step is not
 * worse for the lack of a summary.
 */
export async function publishSummary(data: SummaryData, ports: Pick<Ports, "agent" | "createWorkFile">): Promise<void> {
  const { agent, createWorkFile } = ports;
  try {
    const text = describeSummary(hideSecrets(data, agent));
    const file = createWorkFile(fileName(data));
    file.write(agent.hideSecrets(text));
    await file.close();
    agent.upload("summary", file.path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    agent.info(`The summary for the run's page could not be written: ${why}`);
  }
}

/** Secrets are hidden before the text becomes Markdown, in which some of their characters are written differently. */
function hideSecrets(data: SummaryData, agent: Pick<Agent, "hideSecrets">): SummaryData {
  return JSON.parse(JSON.stringify(data), (_key, value: unknown) =>
    typeof value === "string" ? agent.hideSecrets(value) : value,
  ) as SummaryData;
}

/** The page shows the file's name above the summary. */
function fileName({ place, template }: SummaryData): string {
  const name = (place?.step ?? template?.name ?? "build").replace(/[^\w.-]+/g, "-").slice(0, 60);
  return `Image ${name}.md`;
}
