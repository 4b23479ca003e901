/** The whole step over ports that keep what they are asked: a folder or a run's artifact, a container, a service without templates. */
import { CanceledError, InputError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type {
  BlobContainer,
  PipelineArtifacts,
  Ports,
  TemplateRef,
} from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { run } from "../../../tasks/AzureImageBuilderV1/src/run.ts";
import { memoryContainer, type MemoryContainer } from "../artifact/memory-container.ts";
import { type Call, type Script, setStage } from "../build/stage.ts";
import { portsOf } from "../facts/world.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { runsOf } from "./stage.ts";

const variables: Readonly<Record<string, string>> = {
  "Build.BuildId": "1042",
  "System.DefinitionId": "12",
  "System.TeamProjectId": "p",
  "System.DefaultWorkingDirectory": "/agent/1/s",
  "Build.SourceBranch": "refs/heads/main",
};

export interface AtPorts {
  readonly script?: Script;
  readonly artifacts?: PipelineArtifacts;
  /** Methods of the container that do something else. */
  readonly container?: Partial<BlobContainer>;
  /** Folders of the agent, by absolute path. */
  readonly folders?: readonly string[];
}

export interface Told {
  readonly outputs: ReadonlyMap<string, string>;
  readonly log: string;
  /** The code of the error that ended the step, or of its only bad input; `""` where it was good. */
  readonly code: string;
  readonly message: string;
  readonly calls: readonly Call[];
  /** Names of the templates asked for, in order, each once. */
  readonly names: readonly string[];
  readonly container: MemoryContainer;
}

/** Runs the step with these inputs on top of a good one's. */
export async function runStep(inputs: StepInputs, { script = {}, artifacts, container, folders = [] }: AtPorts) {
  const stage = setStage(script);
  const base = portsOf({ files: folders, reader: { galleryVersions: async () => script.versions ?? [] } });
  const kept = memoryContainer(() => stage.clock.now(), container);
  const outputs = new Map<string, string>();
  const names = new Set<string>();
  const ports = {
    ...stage,
    agent: {
      ...stage.agent,
      ...agentOf(step(inputs)),
      variable: (name: string) => variables[name],
      endpoint: (id: string) => base.agent.endpoint(id),
      setVariable: (name: string, value: string) => void outputs.set(name, value),
    },
    templates: {
      ...stage.templates,
      get: (ref: TemplateRef) => {
        names.add(ref.name);
        return stage.templates.get(ref);
      },
    },
    facts: base.facts,
    files: base.files,
    artifacts: artifacts ?? base.artifacts,
    blobs: { container: () => kept },
    runs: runsOf(undefined),
    web: { probe: () => Promise.reject(new Error("not asked")) },
  } as unknown as Ports;
  const end = await run(ports).then(
    (message) => ({ code: "", message }),
    (error: unknown) => ({ code: codeOf(error), message: error instanceof Error ? error.message : String(error) }),
  );
  const log = stage.agent.log.map(({ text }) => text).join("\n");
  return { ...end, outputs, log, calls: stage.templates.calls, names: [...names], container: kept } satisfies Told;
}

function codeOf(error: unknown): string {
  if (error instanceof InputError) return error.problems.map(({ code }) => code).join(" ");
  if (error instanceof TaskError || error instanceof CanceledError) return error.code;
  throw error;
}
