/** The story of a build: inputs, facts, plan, artifact, template, build, outputs. Nothing else sequences work. */
import { publishArtifact } from "./artifact/publish.ts";
import { runBuild } from "./build/run-build.ts";
import { runTemplate } from "./build/run-template.ts";
import type { BuildResult } from "./build/types.ts";
import { warningCodes } from "./codes.ts";
import { findExistingTemplate } from "./build/existing-template.ts";
import { gatherFacts } from "./facts/index.ts";
import { openTemplateFile } from "./facts/template-file.ts";
import type { Note } from "./findings.ts";
import { type ExistingTemplateInputs, parseExistingTemplate } from "./inputs/existing-template.ts";
import { parseInputs } from "./inputs/index.ts";
import { outcomeOfBuild, outcomeOfRun } from "./outputs/outcome.ts";
import { describeReferences } from "./outputs/references.ts";
import type { Outcome } from "./outputs/table.ts";
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
  const existing = parseExistingTemplate(ports.agent);
  if (existing !== undefined) return runExisting(existing, ports);
  const inputs = parseInputs(ports.agent, await openTemplateFile(ports));
  const plan = checkOverrides(planBuild(inputs, await gatherFacts(inputs, ports)));
  reportNotes(plan, ports.agent);
  ports.cancelled.throwIfAborted();
  const artifact = await publishArtifact(plan, ports);
  const result = await build(plan, artifact, ports);
  return sentenceOf(result);
}

/** Runs the template the step names, which stays as it is. */
async function runExisting(inputs: ExistingTemplateInputs, ports: Ports): Promise<string> {
  const request = await findExistingTemplate(inputs, ports);
  reportNotes(inputs, ports.agent);
  ports.cancelled.throwIfAborted();
  const result = await runTemplate(request, ports);
  setOutputs(outcomeOfRun(request.ref.name, request.found, result), ports.agent);
  return sentenceOf(result);
}

function sentenceOf({ error, runOutputs }: BuildResult): string {
  if (error !== undefined) throw error;
  return `Image built: ${runOutputs.map(({ artifactId, artifactUri }) => artifactId ?? artifactUri).join(", ")}`;
}

function reportNotes({ notes }: { readonly notes: readonly Note[] }, agent: Agent): void {
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
  setOutputs(outcomeOfBuild({ plan, template, result }), ports.agent);
  return result;
}

function setOutputs(outcome: Outcome, agent: Agent): void {
  const outputs = toOutputs(outcome);
  publishOutputs(outputs, agent);
  const main = outputs.find(({ name }) => name === "imageId" || name === "vhdUri");
  const lines = main === undefined ? [] : describeReferences(main.name, (name) => agent.variable(name));
  lines.forEach((line) => agent.info(line));
}
