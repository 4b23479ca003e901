/** The build: begin it, or go on where an earlier attempt has come to; then follow it, or leave it to itself. */
import { failureCodes } from "../failure-codes.ts";
import type { ImageTemplate } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import { beginBuild, type Beginning, type Begun } from "./begin-build.ts";
import { cleanupOf, createCleaner } from "./clean-up.ts";
import { readMark } from "./ownership.ts";
import { templateIdOf } from "../values/template-ref.ts";
import { findPredecessorImages } from "./predecessor-image.ts";
import type { RunRequest } from "./run-request.ts";
import { followRun, runTemplate } from "./run-template.ts";
import type { StagingPorts } from "./staging-holder.ts";
import { describeStarted, leaveTemplate } from "./start-template.ts";
import type { BuildResult, Leftovers } from "./types.ts";

export interface BuildOptions extends Beginning {
  /** Milliseconds that such builds took before. */
  readonly expectedMs?: number | undefined;
}

/**
 * Builds the image. Throws where no run was ever started: then the template is deleted or named. Once there is one, the
 * result says how it ended and why.
 */
export async function runBuild(
  plan: BuildPlan,
  template: ImageTemplate,
  ports: StagingPorts,
  options: Omit<BuildOptions, "joinsSince"> = {},
): Promise<BuildResult> {
  const result = await runSharedBuild(plan, template, ports, options);
  if ("kind" in result) throw new TypeError("A name of the step's own was taken for a shared one.");
  return result;
}

/** Somebody else holds the name, and is not to be followed. */
export type Occupied = BegunAs<"occupied">;

/** The same under a name that is made of the request, where another run's build may be followed. */
export async function runSharedBuild(
  plan: BuildPlan,
  template: ImageTemplate,
  ports: StagingPorts,
  options: BuildOptions,
): Promise<BuildResult | Occupied> {
  const begun = await beginBuild(plan, template, ports, options);
  const build: Build = { plan, template, ports, options };
  switch (begun.kind) {
    case "occupied":
      return begun;
    case "ready": {
      const request = withExpectation(begun.request, options);
      return options.leaves === true ? leaveTemplate(request, ports) : runTemplate(request, ports);
    }
    case "started":
      return takeOver(begun, build);
    case "made":
      return describeMade(begun, build);
  }
}

interface Build {
  readonly plan: BuildPlan;
  readonly template: ImageTemplate;
  readonly ports: StagingPorts;
  readonly options: BuildOptions;
}

type BegunAs<K extends Begun["kind"]> = Begun & { readonly kind: K };

async function takeOver(
  { request, started, earlier, isTwin = false }: BegunAs<"started">,
  build: Build,
): Promise<BuildResult> {
  const { plan, template, ports, options } = build;
  if (options.leaves === true) return { ...describeStarted(request), earlier };
  const result = { ...(await followRun(withExpectation(request, options), started, ports)), isTwin };
  const mark = readMark((isTwin ? request.found.tags : template.tags) ?? {});
  if (result.error?.code !== failureCodes.templateGone || mark === undefined) return { ...result, earlier };
  // The attempt that began it may still have been at work: it deletes the template when it has its image.
  const maker = { ...mark, template: plan.template.name };
  const outputs = await findPredecessorImages(template.properties.distribute, { maker }, ports);
  if (outputs === undefined) return { ...result, earlier };
  return { ...describeMade({ kind: "made", outputs, earlier }, build), phases: result.phases, isTwin };
}

function describeMade({ outputs, found, earlier }: BegunAs<"made">, { plan, template, ports }: Build): BuildResult {
  const result: BuildResult = {
    outcome: "Succeeded",
    runOutputs: outputs,
    templateId: templateIdOf(plan.template),
    phases: [],
    steps: [],
    leftovers: { cleanedUp: [`image template ${plan.template.name}, by an earlier attempt`], left: [] },
    mayStillRun: false,
    earlier,
  };
  if (found === undefined) return result;
  const cleaner = createCleaner(cleanupOf(plan, template), ports);
  const cleanUp = async (): Promise<Leftovers> => {
    await cleaner.afterSuccess();
    return cleaner.leftovers();
  };
  return { ...result, leftovers: { cleanedUp: [], left: [] }, cleanUp };
}

function withExpectation(request: RunRequest, { expectedMs }: BuildOptions): RunRequest {
  return expectedMs === undefined ? request : { ...request, expectedMs };
}
