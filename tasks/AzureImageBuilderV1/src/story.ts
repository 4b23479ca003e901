/** What every action of the step shares: its ports, what it says beforehand, how it tells what came of it. */
import type { Note } from "./findings.ts";
import { warningCodes } from "./codes.ts";
import { noteLater } from "./inputs/action.ts";
import type { Outcome } from "./outputs/table.ts";
import { type Around, tellOutcome } from "./outputs/tell.ts";
import { checkJobTimeout, type JobLimit } from "./plan/job-timeout.ts";
import type { Agent, Ports } from "./ports.ts";
import { harmless } from "./values/harmless.ts";

/** The ports, and when the step began. */
export type Story = Ports & Pick<Around, "startedAt">;

/** What becomes of the run of a template: followed to its end, or left to itself. */
export type Follow = "follow" | "leave";

/** What there is to say about following the build, or about not following it. */
export function followNotes(follow: Follow, minutes: number, agent: Agent): readonly Note[] {
  return follow === "leave" ? noteLater(agent) : checkJobTimeout(minutes, jobOf(agent));
}

/** The job, and the minutes it may take. */
export function jobOf(agent: Agent): JobLimit {
  return { jobTimeout: agent.variable("System.JobTimeout"), job: agent.variable("System.PhaseName") ?? "Build" };
}

/** Says each note; those that the step asked for otherwise, as warnings. */
export function reportNotes(notes: readonly Note[], agent: Agent): void {
  for (const { input, message, code } of notes) {
    const text = `${input}: ${harmless(message)}`;
    if (warningCodes.includes(code)) agent.warning(text, code);
    else agent.info(`${code} ${text}`);
  }
}

/** Leaves behind what there is to leave. Gives the sentence for the agent; throws what the build failed by. */
export async function tell(outcome: Outcome, around: Omit<Around, "startedAt">, story: Story): Promise<string> {
  await tellOutcome(outcome, { ...around, startedAt: story.startedAt }, story);
  const { error, outcome: end, runOutputs } = outcome.result;
  if (error !== undefined) throw error;
  if (end === "Started") return `Build of ${outcome.templateName} started; it goes on without this step.`;
  const ids = runOutputs.map(({ artifactId, artifactUri }) => artifactId ?? artifactUri).join(", ");
  if (end === "Reused") return `Image used again: ${ids}`;
  if (outcome.isFound) return `Image found: ${ids}`;
  return outcome.result.earlier === undefined ? `Image built: ${ids}` : `Image of an earlier attempt: ${ids}`;
}
