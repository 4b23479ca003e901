/** What of the service's behaviour can be chosen: for tests, for the demo, for replaying old recordings. */

/** Durations in milliseconds of emulated time: medians of the wire notes, section 2, unless said otherwise. */
export interface Durations {
  /** PUT without a script to fetch. */
  readonly create: number;
  /** What fetching scripts adds to it. */
  readonly createScripts: number;
  /** What a subnet of one's own adds to it. */
  readonly createSubnet: number;
  /** PUT that fails on a right. */
  readonly createFailed: number;
  readonly patch: number;
  /** Before the build machine is made (inferred; the sum of the phases is the recorded median). */
  readonly queued: number;
  /** From the begin of building until the build's container runs and has a log (minutes at most by TS; inferred). */
  readonly containerStart: number;
  /** Making the machine and reaching it (inferred). */
  readonly building: number;
  /** Customizing and capturing beside the scripts themselves (inferred). */
  readonly customizing: number;
  readonly validating: number;
  /** Boot optimisation, by operating system (facts, section 1.7). */
  readonly optimizing: { readonly Linux: number; readonly Windows: number };
  /** Time a simulated step takes, by customizer (inferred). */
  readonly simulated: { readonly step: number; readonly WindowsRestart: number; readonly WindowsUpdate: number };
  /** Distribution by kind: with the phases before it the recorded medians 559 s and 1,053 s. */
  readonly distribute: { readonly ManagedImage: number; readonly SharedImage: number; readonly VHD: number };
  /** From the 204 to Canceled. */
  readonly cancel: number;
  readonly delete: number;
  readonly triggerPut: number;
  readonly triggerDelete: number;
}

/** What a simulated step does, in place of being run: the first entry that fits the step is taken. */
export interface SimulatedStep {
  /** Name of the customizer or validator; absent: any. */
  readonly name?: string;
  /** Words of its script, inline or fetched; absent: any. */
  readonly script?: string;
  readonly exitCode: number;
  /** Lines it prints, in order, as text or as bytes; a step that is not run prints a line of the emulator's own. */
  readonly output?: readonly (string | Buffer | { readonly error: string })[];
  /** Emulated milliseconds it takes; absent: `durations.simulated`. */
  readonly durationMs?: number;
  /** Why Packer gives up; absent: its words for an exit code that is not allowed. */
  readonly reason?: string;
}

export interface BuilderSettings {
  readonly durations: Durations;
  /** What simulated steps do: all those of Windows, and of Linux where nothing really runs. */
  readonly simulatedSteps: readonly SimulatedStep[];
  /** Emulated ms from the begin of building until the log's blob is there (minutes by the wire notes; the number is inferred). */
  readonly logBlobDelay: number;
  /** Emulated ms between two writes to it (inferred). */
  readonly logBlobEvery: number;
  /** How script output is marked in the newer format: `arrow` since 2026, `blanks` before. */
  readonly scriptLines: "arrow" | "blanks";
  /** `cut`: text that carriage returns overwrite is left out, as Packer does; `kept`: it reaches the log, to try readers. */
  readonly carriageReturns: "cut" | "kept";
  /** Do staging accounts take keys? A policy may switch that off. */
  readonly stagingSharedKeyAccess: boolean;
  /** By how much the operation's end may come after the template's, in emulated ms: drawn from this range for each run. */
  readonly lag: { readonly min: number; readonly max: number };
  /** Seed of what is drawn (lag, fraction digits, numbers of scripts). */
  readonly seed: number;
  /** Line format of the build log (wire notes, section 7). */
  readonly logFormat: "newer" | "older";
  /** Words of a failed build: those of the time since 2024, of 2022, or of 2020, whose operations had another code, too. */
  readonly failureWording: "2024" | "2022" | "2020";
  /** Signed operation addresses, as since 2024; without them for recordings before. */
  readonly signedUrls: boolean;
  /** \`auto\`: customizers really run where they can; \`simulated\`: never. */
  readonly buildVm: "auto" | "simulated";
  /** A script is not ended by the build timeout before it has run for so many real ms: a fast clock must not end good builds. */
  readonly minimumScriptMs: number;
  /** Folders and files of this machine that build machines must not see, also where they lie in a system folder. */
  readonly hiddenPaths: readonly string[];
}

/** A change of settings; what is not named stays, each duration by itself. */
export type BuilderChange = Partial<Omit<BuilderSettings, "durations">> & { readonly durations?: Partial<Durations> };

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const defaultDurations: Durations = {
  create: 11 * SECOND,
  createScripts: 23 * SECOND,
  createSubnet: 3 * SECOND,
  createFailed: 11.5 * SECOND,
  patch: 2 * SECOND,
  queued: 20 * SECOND,
  containerStart: 30 * SECOND,
  building: 300 * SECOND,
  customizing: 180 * SECOND,
  validating: 5 * MINUTE,
  optimizing: { Linux: 20 * MINUTE, Windows: 34 * MINUTE },
  simulated: { step: 30 * SECOND, WindowsRestart: 60 * SECOND, WindowsUpdate: 10 * MINUTE },
  distribute: { ManagedImage: 59 * SECOND, SharedImage: 553 * SECOND, VHD: 59 * SECOND },
  cancel: 81 * SECOND,
  delete: 139 * SECOND,
  triggerPut: 4 * SECOND,
  triggerDelete: 2 * SECOND,
};

export const defaultSettings: BuilderSettings = {
  durations: defaultDurations,
  simulatedSteps: [],
  logBlobDelay: 90 * SECOND,
  logBlobEvery: 2 * SECOND,
  scriptLines: "arrow",
  carriageReturns: "cut",
  stagingSharedKeyAccess: true,
  lag: { min: 1.5 * SECOND, max: 65 * SECOND },
  seed: 1,
  logFormat: "newer",
  failureWording: "2024",
  signedUrls: true,
  buildVm: "auto",
  minimumScriptMs: 10_000,
  hiddenPaths: [process.cwd()],
};
