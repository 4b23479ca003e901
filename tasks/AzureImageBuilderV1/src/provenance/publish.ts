/** Leaves the statement of a build with its run: attached, where programs find it, and in the archive of the run's logs. */
import task from "../../task.json" with { type: "json" };
import type { BuildResult } from "../build/types.ts";
import type { RunIdentity } from "../facts/types.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { Agent, Ports } from "../ports.ts";
import type { RequestForm } from "../request/index.ts";
import { describeDependencies } from "./dependencies.ts";
import { attachmentType, buildStatement, buildType, formatStatement, parseStatement } from "./statement.ts";
import type { Made, Statement } from "./types.ts";

/** A build that is over. */
export interface BuildMade {
  readonly plan: BuildPlan;
  /** Of the plan and the artifact's content. */
  readonly form: RequestForm;
  readonly run: RunIdentity;
  readonly result: BuildResult;
  /** When the step began. */
  readonly startedAt: Date;
}

type PublishPorts = Pick<Ports, "agent" | "clock" | "createWorkFile">;

/**
 * Writes the statement of the images that came to be and hands it to the run; nothing where there are none. No secret of
 * the job is in it. Gives the file's path. Never throws: an image is as good without it, only that no later run can use it again.
 */
export async function publishProvenance(what: BuildMade, ports: PublishPorts): Promise<string | undefined> {
  const { agent, clock, createWorkFile } = ports;
  const images = imagesOf(what.result);
  if (images.length === 0) return undefined;
  try {
    const statement = buildStatement(describeMade(what, images, { agent, now: clock.now() }));
    const text = formatStatement(withoutSecrets(statement, agent));
    const name = fileName(what.run, what.plan);
    const file = createWorkFile(name);
    file.write(text);
    await file.close();
    agent.attach(attachmentType, name, file.path);
    agent.upload("log", file.path);
    agent.info(`Provenance: ${name} is attached to the run (docs/provenance.md).`);
    if (parseStatement(text) === undefined)
      warn(agent, "what it says of the request holds a secret of the job, which is hidden in it");
    return file.path;
  } catch (error) {
    warn(agent, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function warn(agent: Pick<Agent, "warning">, why: string): void {
  agent.warning(
    `The image is good; its provenance is not complete: ${why}. No later run can use the image again (reuse): ` +
      "remove the cause and build again where that matters.",
  );
}

/** Complete ones, and what there is of a build that is partly good. An address of a blob loses its signature. */
function imagesOf({ outcome, runOutputs }: BuildResult): readonly string[] {
  if (outcome !== "Succeeded" && outcome !== "PartiallySucceeded") return [];
  return runOutputs.flatMap(({ artifactId, artifactUri }) => artifactId ?? artifactUri?.split(/[?#]/, 1) ?? []);
}

function describeMade(
  { plan, form, run, result, startedAt }: BuildMade,
  images: readonly string[],
  { agent, now }: { readonly agent: Pick<Agent, "endpoint" | "input">; readonly now: Date },
): Made {
  const { Major, Minor, Patch } = task.version;
  const place = {
    resourceManager: agent.endpoint(agent.input("azureSubscription"))?.url ?? "https://management.azure.com/",
    subscriptionId: plan.template.subscriptionId,
    location: plan.location,
    sourceVersion: result.sourceVersion,
  };
  return {
    form,
    images,
    internal: {
      task: `${task.name}@${Major}.${Minor}.${Patch}`,
      apiVersion: plan.apiVersion,
      template: plan.template.name,
      stage: run.stage,
      job: run.job,
      step: run.step,
    },
    dependencies: describeDependencies(form, place, run),
    builder: pipelineOf(run),
    invocation: run.url === "" ? `${run.kind}/${run.id}` : run.url,
    startedAt,
    finishedAt: now,
  };
}

/** The pipeline's page. */
function pipelineOf({ collection, project, kind, definition }: RunIdentity): string {
  if (!URL.canParse(collection)) return `${buildType}/unknown-pipeline`;
  const url = new URL(collection);
  url.username = "";
  url.password = "";
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${encodeURIComponent(project)}/${kind === "release" ? "_release" : "_build"}`;
  url.search = `?definitionId=${encodeURIComponent(definition)}`;
  return url.href;
}

/** Value by value, so that a secret that is a part of the format itself cannot break it. */
function withoutSecrets(statement: Statement, agent: Pick<Agent, "hideSecrets">): Statement {
  return JSON.parse(JSON.stringify(statement), (_name, value: unknown) =>
    typeof value === "string" ? agent.hideSecrets(value) : value,
  ) as Statement;
}

/** Two steps of a run, in whatever job and stage, have files of their own. */
function fileName({ stage, job, step }: RunIdentity, plan: BuildPlan): string {
  const parts = [stage, job, step, plan.template.name].filter((part) => part !== "" && part !== "__default");
  return `provenance.${parts
    .join(".")
    .replace(/[^\w.-]+/g, "-")
    .slice(0, 150)}.intoto.json`;
}
