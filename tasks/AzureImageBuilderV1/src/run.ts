/** The story of a build: inputs, facts, plan, artifact, template, build, outputs. Nothing else sequences work. */
import { deleteArtifact, publishArtifact, reportArtifact } from "./artifact/publish.ts";
import { runBuild } from "./build/run-build.ts";
import type { BuildResult } from "./build/types.ts";
import { warningCodes } from "./codes.ts";
import { gatherFacts } from "./facts/index.ts";
import { openTemplateFile } from "./facts/template-file.ts";
import { parseInputs } from "./inputs/index.ts";
import { describeReferences } from "./outputs/references.ts";
import { publishOutputs, toOutputs } from "./outputs/to-outputs.ts";
import { planBuild } from "./plan/index.ts";
import type { ArtifactRef, BuildPlan } from "./plan/types.ts";
import type { Agent, Ports } from "./ports.ts";
import { checkOverrides } from "./template/check-overrides.ts";
import { buildTemplate } from "./template/index.ts";
import { describeTemplate } from "./template/describe.ts";

/**
 * Builds the image the inputs ask for and sets the outputs. Nothing is created before inputs and facts are known to be
 * good. Gives one sentence for the agent. Throws InputError with every bad input, and the TaskError of whatever failed.
 */
export async function run(ports: Ports): Promise<string> {
  const inputs = parseInputs(ports.agent, await openTemplateFile(ports));
  const plan = checkOverrides(planBuild(inputs, await gatherFacts(inputs, ports)));
  reportNotes(plan, ports.agent);
  ports.cancelled.throwIfAborted();
  const artifact = await publishArtifact(plan, ports);
  const result = await withArtifact(plan, ports, () => build(plan, artifact, ports));
  if (result.error !== undefined) throw result.error;
  return `Image built: ${result.runOutputs.map(({ artifactId, artifactUri }) => artifactId ?? artifactUri).join(", ")}`;
}

function reportNotes({ notes }: BuildPlan, agent: Agent): void {
  for (const { input, message, code } of notes) {
    if (warningCodes.includes(code)) agent.warning(`${input}: ${message}`, code);
    else agent.info(`${code} ${input}: ${message}`);
  }
}

async function build(plan: BuildPlan, artifact: ArtifactRef | undefined, ports: Ports): Promise<BuildResult> {
  const template = buildTemplate(plan, artifact);
  ports.agent.group("Image template");
  ports.agent.info(describeTemplate(template));
  ports.agent.endGroup();
  const result = await runBuild(plan, template, ports);
  const outputs = toOutputs({ plan, artifact, template, result });
  publishOutputs(outputs, ports.agent);
  const main = outputs.find(({ name }) => name === "imageId" || name === "vhdUri");
  const lines = main === undefined ? [] : describeReferences(main.name, (name) => ports.agent.variable(name));
  lines.forEach((line) => ports.agent.info(line));
  return result;
}

/** The blob is for this build alone: it goes with it, unless the service may still be fetching it. */
async function withArtifact(plan: BuildPlan, ports: Ports, work: () => Promise<BuildResult>): Promise<BuildResult> {
  let mayStillRun = false;
  try {
    const result = await work();
    mayStillRun = result.mayStillRun;
    return result;
  } finally {
    if (mayStillRun) reportArtifact(plan, ports, "stays, because the build may still go on");
    else await deleteArtifact(plan, ports);
  }
}
