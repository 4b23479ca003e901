/** Runs that a runner makes while the emulator lives, beside those of the world file. */
import type { WorldAttachment, WorldFile, WorldPipeline, WorldRun } from "../../core/world-file.ts";
import { findProject, pipelinesOf } from "./pipelines.ts";

/** A run as a runner tells of it: once when it begins, again after each step, and at its end. */
export interface RecordedRun extends Omit<WorldRun, "attachments"> {
  /** ID or name of the project. */
  readonly project: string;
  readonly pipeline: Pick<WorldPipeline, "id" | "name">;
  /** Of the run's job or stage, from 1: a later one leaves what an earlier one attached. */
  readonly attempt: number;
  /** All that the steps of this attempt have attached so far. */
  readonly attachments: readonly WorldAttachment[];
}

/** The runs that were recorded since the last reset. */
export interface RunStore {
  /** Adds a run, or brings it up to date; it takes the place of one of the world file with its ID. Throws an Error for a project the world has not. */
  record(run: RecordedRun): void;
  clear(): void;
  /** The world with these runs in it. */
  seen(file: WorldFile): WorldFile;
}

/** A store for the emulator of the world `file`. */
export function createRunStore(file: () => WorldFile): RunStore {
  const runs = new Map<number, RecordedRun>();
  return {
    record({ attachments, ...run }) {
      if (findProject(file(), run.project) === undefined) throw new Error(`The world has no project '${run.project}'.`);
      const own = attachments.map((one) => ({ ...one, attempt: run.attempt }));
      const earlier = runs.get(run.id)?.attachments.filter(({ attempt = 1 }) => attempt !== run.attempt) ?? [];
      runs.set(run.id, { ...run, attachments: [...earlier, ...own] });
    },
    clear: () => runs.clear(),
    seen: (world) => [...runs.values()].reduce(withRun, world),
  };
}

function withRun(file: WorldFile, { project, pipeline, ...run }: RecordedRun): WorldFile {
  const known = findProject(file, project);
  if (known === undefined) return file;
  const others = (file.devops.pipelines ?? []).map((one) => ({
    ...one,
    runs: one.runs.filter(({ id }) => id !== run.id),
  }));
  const own = pipelinesOf({ ...file, devops: { ...file.devops, pipelines: others } }, known).find(
    ({ id }) => id === pipeline.id,
  );
  const rest = others.filter((one) => one !== own);
  const grown = { ...(own ?? { ...pipeline, project: known.name }), runs: [...(own?.runs ?? []), run] };
  return { ...file, devops: { ...file.devops, pipelines: [...rest, grown] } };
}
