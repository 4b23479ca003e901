/** A pipeline, its runs and a gallery, as tests of reuse write them. */
import {
  attachmentType,
  buildStatement,
  formatStatement,
} from "../../../tasks/AzureImageBuilderV1/src/provenance/statement.ts";
import type { ImagePlaces } from "../../../tasks/AzureImageBuilderV1/src/facts/made-images.ts";
import type { RunIdentity } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import type {
  GalleryVersionFacts,
  PipelineRunFacts,
  PipelineRuns,
} from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { requestDigest, type RequestForm } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { definition } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";

export const now = new Date("2026-11-23T10:00:00Z");
export const own: RunIdentity = factsOf().run;

/** `count` days before now. */
export function daysAgo(count: number): Date {
  return new Date(now.getTime() - count * 24 * 60 * 60_000);
}

/** A version of the test's definition that run 900 made for `form` two days ago. */
export function version(form: RequestForm, changes: Partial<GalleryVersionFacts> = {}): GalleryVersionFacts {
  return {
    name: "1.0.0",
    provisioningState: "Succeeded",
    excludeFromLatest: false,
    regions: ["westeurope"],
    publishedAt: daysAgo(2),
    tags: { "aib-task-run": "build/900", "aib-task-template": "aib-a", "aib-task-request": requestDigest(form) },
    ...changes,
  };
}

/** What is there: versions of the test's definition. */
export function placesOf(...versions: readonly GalleryVersionFacts[]): ImagePlaces {
  return { versions: new Map([[definition.toLowerCase(), versions]]), managed: new Map() };
}

/** Resource ID of a version. */
export function idOf(name = "1.0.0"): string {
  return `${definition}/versions/${name}`;
}

/** A run of this pipeline and branch. */
export function runOf(changes: Partial<PipelineRunFacts> = {}): PipelineRunFacts {
  return {
    projectId: "p",
    runId: 900,
    definitionId: Number(own.definition),
    definitionName: "images",
    branch: "refs/heads/main",
    number: "20261121.1",
    url: "https://dev.azure.com/o/p/_build/results?buildId=900",
    ...changes,
  };
}

/** A statement as a run attaches it. */
export function statementOf(form: RequestForm, images: readonly string[] = [idOf()]): string {
  return formatStatement(
    buildStatement({
      form,
      images,
      internal: {
        task: "AzureImageBuilder@1.0.0",
        apiVersion: "2024-02-01",
        template: "aib-a",
        stage: "",
        job: "",
        step: "",
      },
      dependencies: [],
      builder: "https://dev.azure.com/o/p/_build?definitionId=12",
      invocation: "https://dev.azure.com/o/p/_build/results?buildId=900",
      startedAt: daysAgo(2),
      finishedAt: daysAgo(2),
    }),
  );
}

/** Azure DevOps with one run that attached these texts; `asked` counts the requests. */
export function runsOf(
  run: PipelineRunFacts | Error | undefined,
  ...attached: readonly string[]
): PipelineRuns & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    find: (project, runId) => {
      asked.push(`run ${project} ${runId}`);
      return run instanceof Error ? Promise.reject(run) : Promise.resolve(run?.runId === runId ? run : undefined);
    },
    attachment: (_run, type) => {
      asked.push(`attachments ${type}`);
      const texts = type === attachmentType ? attached : [];
      return Promise.resolve(texts.map((text, index) => ({ name: `${index}.json`, content: Buffer.from(text) })));
    },
  };
}
