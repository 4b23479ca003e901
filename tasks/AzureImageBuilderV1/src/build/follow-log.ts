/** Follows the logs of a run: what was read is shown, kept for the diagnosis, and written to a file for the run. */
import { createLogReader, type LogReader } from "../log/index.ts";
import { createLogRecord } from "../log/record.ts";
import type { Verbosity } from "../log/types.ts";
import type { Agent, BuildLogName, LogRead, TemplateStatus, WorkFile } from "../ports.ts";
import { afterCustomizing } from "./meaning.ts";
import { type BuildPorts, messageOf } from "./ports.ts";
import { createShow } from "./show-lines.ts";
import type { StepTime } from "./types.ts";

/** How the build's log is handled. */
export interface LogOptions {
  readonly verbosity: Verbosity;
  /** Whether the whole log becomes part of the run's own. */
  readonly attach: "always" | "onFailure" | "never";
}

export interface FollowedLog {
  /** One request at most. `phase` as the template shows it, or `ended`. True where lines were shown. */
  read(phase: string): Promise<boolean>;
  /** A read may bring something. */
  isReadable(): boolean;
  /** The log has just been found: its first lines should not wait a turn. */
  isHurried(): boolean;
  /** Closes a group that is open, so that what is said next does not stand folded in it. */
  closeGroup(): void;
  /** All that will come has come, as far as can be told. */
  isWhole(): boolean;
  /** Closes what is open, and says what there was. */
  end(): Promise<LogResult>;
}

export interface LogResult {
  /** The log as text, cleaned; where it is long, its beginning and its end. Empty where none was read. */
  readonly text: string;
  readonly steps: readonly StepTime[];
  /** Where it lies on the agent; undefined where none was read or kept. */
  readonly path?: string;
}

/** Reads without anything new after the run's end, by which the log is taken for whole. */
const idleReads = 2;
const lastLine = /Done exporting Packer logs/;

/** Nothing to follow: there is no staging resource group to look in. */
export const noLog: FollowedLog = {
  read: async () => false,
  isReadable: () => false,
  isHurried: () => false,
  closeGroup: () => undefined,
  isWhole: () => true,
  end: async () => ({ text: "", steps: [] }),
};

/** Begins to follow the run of `template` that began at `startedAt`. */
export function followLog(
  template: TemplateStatus,
  options: LogOptions & { readonly startedAt: Date },
  ports: BuildPorts,
): FollowedLog {
  if (template.stagingResourceGroup === undefined || template.stagingResourceGroup === "") return noLog;
  const { stagingResourceGroup } = template;
  const source = ports.logs.follow({ stagingResourceGroup, startedAt: options.startedAt });
  const keeper = createKeeper(options, ports);
  const logs = {
    customization: createOneLog(options.verbosity, template.steps),
    validation: createOneLog(options.verbosity, template.validators),
  };
  const hasValidation = template.validators.length > 0;
  let refused = false;
  const state = { idle: 0, turn: 0, isHurried: false };

  const readOne = async (name: BuildLogName, isOver: boolean): Promise<boolean> => {
    state.isHurried = false;
    const found = await source.read(name);
    state.isHurried = found.state === "found";
    if (found.state === "found") return false;
    if (found.state === "refused") {
      refused = true;
      ports.agent.info(`The build's log cannot be read; the build goes on without it. ${found.missing}`);
      return true;
    }
    if (found.state === "nothing") {
      // While the build goes on, silence means nothing.
      if (isOver) state.idle += 1;
      return false;
    }
    state.idle = 0;
    return keeper.keep(logs[name], found);
  };
  return {
    read: async (phase) => {
      state.turn += 1;
      return readOne(pick(phase, { hasValidation, turn: state.turn, logs }), phase === "ended");
    },
    isReadable: () => !refused,
    isHurried: () => state.isHurried,
    closeGroup: () => keeper.closeGroup(),
    isWhole: () =>
      refused ||
      state.idle >= (hasValidation ? 2 : 1) * idleReads ||
      (logs.customization.isWhole && (!hasValidation || logs.validation.isWhole)),
    end: () => keeper.end(logs, options),
  };
}

interface OneLog {
  readonly reader: LogReader;
  isWhole: boolean;
}

function createOneLog(verbosity: Verbosity, steps: TemplateStatus["steps"]): OneLog {
  return { reader: createLogReader({ verbosity, steps }), isWhole: false };
}

/** The log of the machine that is at work; where both may still say something, in turn. */
function pick(
  phase: string,
  { hasValidation, turn, logs }: { hasValidation: boolean; turn: number; logs: Readonly<Record<BuildLogName, OneLog>> },
): BuildLogName {
  if (!hasValidation || !afterCustomizing.test(phase)) return "customization";
  if (logs.customization.isWhole) return "validation";
  return turn % 2 === 0 ? "validation" : "customization";
}

interface Keeper {
  closeGroup(): void;
  keep(log: OneLog, found: LogRead & { readonly state: "bytes" }): boolean;
  end(logs: Readonly<Record<BuildLogName, OneLog>>, options: LogOptions): Promise<LogResult>;
}

function createKeeper(options: LogOptions, { agent, clock, createWorkFile }: BuildPorts): Keeper {
  const record = createLogRecord();
  let file: WorkFile | undefined;
  let isEmpty = true;
  const now = (): number => clock.now().getTime();
  const show = createShow(agent);
  const write = (lines: readonly string[]): void => {
    for (const line of lines) record.add(line);
    if (lines.length > 0) isEmpty = false;
    if (options.attach === "never" || lines.length === 0) return;
    file ??= createWorkFile("image-build.log");
    // The agent masks its own log, not the files it uploads.
    file.write(agent.hideSecrets(`${lines.join("\n")}\n`));
  };
  return {
    closeGroup: () => show.closeGroup(),
    keep: (log, { bytes, from }) => {
      const { shown, lines } = log.reader.push(bytes, now(), from);
      if (lines.some((line) => lastLine.test(line))) log.isWhole = true;
      write(lines);
      return show.all(shown);
    },
    end: async (logs) => {
      for (const log of [logs.customization, logs.validation]) {
        const rest = log.reader.end(now());
        write(rest.lines);
        show.all(rest.shown);
      }
      const steps = [...logs.customization.reader.steps(), ...logs.validation.reader.steps()];
      const path = await close(file, agent);
      return { text: isEmpty ? "" : record.text(), steps, ...(path === undefined ? {} : { path }) };
    },
  };
}

async function close(file: WorkFile | undefined, agent: Agent): Promise<string | undefined> {
  try {
    await file?.close();
    return file?.path;
  } catch (error) {
    agent.info(`The build's log could not be kept on the agent: ${messageOf(error)}`);
    return undefined;
  }
}
