/** What an earlier run of the same pipeline has left of the very same request: its build, or its image with the statement. */
import type { Emulator, RecordedRun } from "../../tests/emulator/index.ts";
import { tagNames } from "../../tasks/AzureImageBuilderV1/src/values/tag-names.ts";
import { type AskedTemplate, putAndRun, readAsked } from "./asked-template.ts";

/** The run that makes it. */
export const earlierRun = 500;

/** The pipeline of all runs, as the world has it. */
export const pipeline = { id: 3, name: "bake", branch: "refs/heads/main" } as const;

type Attachments = RecordedRun["attachments"];
type Version = Parameters<Emulator["world"]["resources"]["put"]>[0];

interface Left {
  readonly template: AskedTemplate;
  readonly version: Version;
  readonly attachments: Attachments;
}

/** By emulator; known as soon as one run has made it. */
const known = new WeakMap<Emulator, Left>();

/** Keeps what the run that has just ended has left: its template, which stays, its image, and what it has attached. */
export async function keepLeft(emulator: Emulator, attachments: Attachments): Promise<void> {
  if (known.has(emulator)) return;
  const template = await readAsked(emulator);
  const version = emulator.world.resources
    .list(emulator.description.resources.definition, "Microsoft.Compute/galleries/images/versions")
    .find(({ tags }) => tags?.[tagNames.run] === `build/${earlierRun}`);
  if (template === undefined || version === undefined || attachments.length === 0) {
    throw new Error("The run has left no template, no image or no statement.");
  }
  known.set(emulator, { template, version: structuredClone(version), attachments });
}

/** Its image is there, and its run with the statement. */
export function seedMadeImage(emulator: Emulator): Promise<void> {
  const { version, attachments } = leftOf(emulator);
  emulator.world.resources.put(structuredClone(version));
  emulator.recordRun({
    id: earlierRun,
    project: emulator.description.job.projectId,
    pipeline: { id: pipeline.id, name: pipeline.name },
    branch: pipeline.branch,
    buildNumber: "20261122.1",
    attempt: 1,
    attachments,
    status: "completed",
    result: "succeeded",
    finishTime: emulator.world.clock.now().toISOString(),
  });
  return Promise.resolve();
}

/** Its build goes on. */
export async function seedTwin(emulator: Emulator): Promise<void> {
  await putAndRun(emulator, leftOf(emulator).template);
}

function leftOf(emulator: Emulator): Left {
  const left = known.get(emulator);
  if (left === undefined) throw new Error("No earlier run has made the image yet.");
  return left;
}
