/** What the step leaves behind for people and later steps: variables, how to use them, and the summary on the run's page. */
import type { Note } from "../findings.ts";
import type { TemplateSource } from "../image-template.ts";
import type { Ports } from "../ports.ts";
import { describeReferences } from "./references.ts";
import type { Outcome } from "./table.ts";
import { publishOutputs, toOutputs } from "./to-outputs.ts";

/** What is known besides the outcome. */
export interface Around {
  readonly notes: readonly Note[];
  /** The source as the plan has it; absent for templates that were there. */
  readonly source?: TemplateSource;
  /** When the step began. */
  readonly startedAt: Date;
}

/** Which output later steps are told how to use: the first there is. */
const mainOutputs = ["imageId", "vhdUri", "templateId"] as const;

type TellPorts = Pick<Ports, "agent" | "clock" | "createWorkFile">;

/**
 * Sets the outputs and tells how to use them; then, whatever happens to the step from there, the image is not lost. Then
 * cleans up and publishes the summary, which tells of that too.
 */
export async function tellOutcome(outcome: Outcome, around: Around, ports: TellPorts): Promise<void> {
  const { agent } = ports;
  const outputs = toOutputs(outcome);
  publishOutputs(outputs, agent);
  const main = mainOutputs.find((wanted) => outputs.some(({ name }) => name === wanted));
  const lines = main === undefined ? [] : describeReferences(main, (name) => agent.variable(name));
  lines.forEach((line) => agent.info(line));
  const { cleanUp, ...result } = outcome.result;
  const leftovers = (await cleanUp?.()) ?? result.leftovers;
  await publishPage({ ...outcome, result: { ...result, leftovers } }, around, ports);
}

/** Loaded at the end: it would cost every step's start. */
async function publishPage(outcome: Outcome, { notes, source, startedAt }: Around, ports: TellPorts): Promise<void> {
  const { agent, clock } = ports;
  const [{ summarise }, { publishSummary }] = await Promise.all([
    import("./summary-data.ts"),
    import("./summary-publish.ts"),
  ]);
  const data = summarise(outcome, {
    variable: (name) => agent.variable(name),
    connection: agent.endpoint(agent.input("azureSubscription")),
    notes,
    ...(source === undefined ? {} : { source }),
    totalMs: clock.now().getTime() - startedAt.getTime(),
  });
  await publishSummary(data, ports);
}
