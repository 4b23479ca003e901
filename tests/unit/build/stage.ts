/** A stage for the build room: a clock that only moves when someone sleeps, a service that acts by the clock, a silent agent. */
import { ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import type {
  Agent,
  Clock,
  ImageTemplates,
  BuildLogs,
  FactReader,
  GalleryVersionFacts,
  LastRunStatus,
  LogRead,
  ManagedImageFacts,
  OperationStatus,
  RunOutput,
  TemplateStatus,
} from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { readRecord } from "../../../tasks/AzureImageBuilderV1/src/build/record.ts";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import type { StagingPorts } from "../../../tasks/AzureImageBuilderV1/src/build/staging-holder.ts";

const start = Date.parse("2026-03-01T08:00:00Z");

/** A clock that stands still except in `sleep`. `seconds()` counts from the start. */
export function stageClock(): Clock & { seconds(): number } {
  let now = start;
  return {
    now: () => new Date(now),
    seconds: () => (now - start) / 1000,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      // Whatever is ready goes first, as it would in real time.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

export interface LogLine {
  readonly kind: "info" | "warning" | "error" | "progress" | "group" | "endGroup" | "upload";
  readonly text: string;
  readonly code?: string;
  /** Seconds since the start. */
  readonly at: number;
}

/** An agent that only keeps what it is told. */
export function stageAgent(clock: { seconds(): number }): Agent & {
  readonly log: LogLine[];
  /** Texts of the record in the order in which they were written. */
  readonly records: readonly string[];
} {
  const log: LogLine[] = [];
  const records: string[] = [];
  const note = (kind: LogLine["kind"], text: string, code?: string): void =>
    void log.push({ kind, text, at: clock.seconds(), ...(code === undefined ? {} : { code }) });
  return {
    log,
    input: () => "",
    variable: (name) => (name === "Build.BuildId" ? "7" : undefined),
    endpoint: () => undefined,
    systemToken: () => undefined,
    setVariable: () => undefined,
    records,
    setTaskVariable: (_name, text) => void records.push(text),
    taskVariable: () => records.at(-1),
    setSecret: () => undefined,
    info: (text) => note("info", text),
    debug: () => undefined,
    warning: (text, code) => note("warning", text, code),
    error: (text, code) => note("error", text, code),
    group: (text) => note("group", text),
    endGroup: () => note("endGroup", ""),
    progress: (_percent, text) => note("progress", text),
    hideSecrets: (text) => text,
    secretVariablesIn: () => [],
    upload: (kind, path) => note("upload", `${kind} ${path}`),
    attach: (type, name) => note("upload", `${type} ${name}`),
  };
}

/** A value from a second on, until the next one. A thrown error stands for a read that fails. */
export type Timeline<T> = readonly (readonly [fromSecond: number, value: T | Error])[];

/** One call of the service. */
export interface Call {
  readonly name: keyof ImageTemplates | "poll" | "log";
  readonly at: number;
}

export interface Script {
  readonly template?: Timeline<TemplateStatus | undefined>;
  readonly operation?: Timeline<OperationStatus>;
  readonly outputs?: Timeline<readonly RunOutput[]>;
  /** Errors of successive calls; undefined, or none left, succeeds. */
  readonly create?: readonly (Error | undefined)[];
  readonly startRun?: readonly (Error | undefined)[];
  readonly cancelRun?: readonly (Error | undefined)[];
  readonly delete?: readonly (Error | undefined)[];
  /** What the log's reads give. */
  readonly log?: Timeline<LogRead>;
  readonly versions?: readonly GalleryVersionFacts[];
  /** Versions that change; over `versions`. */
  readonly versionsAt?: Timeline<readonly GalleryVersionFacts[]>;
  readonly managedImage?: ManagedImageFacts;
  /** Tags of the staging resource group. */
  readonly groupTags?: Timeline<Readonly<Record<string, string>>>;
}

/** A service that follows `script`, and what it was asked. To create takes two seconds, all else no time. */
export function stageService(
  script: Script,
  clock: ReturnType<typeof stageClock>,
): ImageTemplates & { readonly calls: Call[] } {
  const calls: Call[] = [];
  const turns = new Map<string, number>();
  const note = (name: Call["name"]): void => void calls.push({ name, at: clock.seconds() });
  const act = async (name: "create" | "startRun" | "cancelRun" | "delete"): Promise<void> => {
    note(name);
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    const failure = script[name]?.[turn];
    if (failure !== undefined) throw failure;
  };
  const read = async <T>(name: Call["name"], timeline: Timeline<T> | undefined, fallback: T): Promise<T> => {
    note(name);
    return valueAt(timeline, clock) ?? fallback;
  };
  return {
    calls,
    get: () => read("get", script.template, undefined),
    create: async () => {
      const done = act("create");
      done.catch(() => undefined);
      await clock.sleep(2_000);
      await done;
    },
    startRun: async () => {
      await act("startRun");
      return { poll: () => read<OperationStatus>("poll", script.operation, { status: "InProgress" }) };
    },
    cancelRun: () => act("cancelRun"),
    delete: () => act("delete"),
    runOutputs: () => read("runOutputs", script.outputs, []),
  };
}

function valueAt<T>(timeline: Timeline<T> | undefined, clock: ReturnType<typeof stageClock>): T | undefined {
  const value = timeline?.findLast(([from]) => clock.seconds() >= from)?.[1];
  if (value instanceof Error) throw value;
  return value;
}

/** Images that follow `script`. */
function stageFacts(script: Script, clock: ReturnType<typeof stageClock>): FactReader {
  return {
    galleryVersions: async () => valueAt(script.versionsAt, clock) ?? script.versions ?? [],
    managedImage: async () => script.managedImage,
  } as unknown as FactReader;
}

/** Logs that follow `script`: a value is given once, then there is nothing new until the next one. */
function stageLogs(script: Script, clock: ReturnType<typeof stageClock>, calls: Call[]): BuildLogs {
  let given: unknown;
  return {
    follow: () => ({
      read: async () => {
        calls.push({ name: "log", at: clock.seconds() });
        const entry = script.log?.findLast(([from]) => clock.seconds() >= from);
        if (entry === undefined || entry === given) return { state: "nothing" };
        given = entry;
        if (entry[1] instanceof Error) throw entry[1];
        return entry[1];
      },
    }),
  };
}

export interface Stage extends StagingPorts {
  readonly clock: ReturnType<typeof stageClock>;
  readonly agent: ReturnType<typeof stageAgent>;
  readonly templates: ReturnType<typeof stageService>;
  /** Tags that were added to images, by ID. */
  readonly tagged: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Work files by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Everything together. */
export function setStage(script: Script, cancelled: AbortSignal = new AbortController().signal): Stage {
  const clock = stageClock();
  const templates = stageService(script, clock);
  const files = new Map<string, string>();
  const tagged = new Map<string, Readonly<Record<string, string>>>();
  return {
    clock,
    agent: stageAgent(clock),
    templates,
    facts: stageFacts(script, clock),
    arm: {
      get: async () => ({ tags: valueAt(script.groupTags, clock) ?? {} }),
      ask: () => Promise.reject(new Error("not asked")),
    },
    logs: stageLogs(script, clock, templates.calls),
    tagged,
    images: { addTags: async (id, tags) => void tagged.set(id, tags) },
    files,
    createWorkFile: (name) => ({
      path: `/temp/${name}`,
      write: (text) => void files.set(name, (files.get(name) ?? "") + text),
      close: async () => undefined,
    }),
    cancelled,
    randomHex: (bytes) => "80".repeat(bytes),
    process: { pid: 4711, start: "1" },
  };
}

/** The result as it is told: with what was cleaned up when the outputs were set. */
export async function cleaned(building: Promise<BuildResult>): Promise<BuildResult> {
  const { cleanUp, ...result } = await building;
  return { ...result, leftovers: (await cleanUp?.()) ?? result.leftovers };
}

/** States of the record in the order in which they were written. */
export function states({ agent }: Pick<Stage, "agent">): readonly string[] {
  return agent.records.map((text) => readRecord(text)?.state ?? "unreadable");
}

export const ref = { subscriptionId: "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f", resourceGroup: "rg", name: "aib-1" };
export const templateId =
  "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/aib-1";
export const versionId =
  "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.0";

export const plan: BuildPlan = {
  template: ref,
  apiVersion: "2024-02-01",
  location: "westeurope",
  identityId: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id",
  osType: "linux",
  source: { type: "PlatformImage", publisher: "Canonical", offer: "o", sku: "s", version: "24.04.1" },
  customize: [],
  target: {
    kind: "gallery",
    runOutputName: "gallery",
    galleryImageId: versionId.replace(/\/versions.*/, ""),
    targetRegions: [{ name: "westeurope" }, { name: "northeurope" }],
    excludeFromLatest: false,
  },
  otherTargets: [],
  optimizeVmBoot: false,
  tagDigests: true,
  templateTags: { "aib-task-run": "build/7" },
  imageTags: {},
  buildTimeoutInMinutes: 0,
  deleteTemplate: true,
  cleanup: "always",
  onCancel: "cancel",
  verbosity: "normal",
  attachLog: "always",
  platformImage: { publisher: "Canonical", offer: "o", sku: "s", version: "24.04.1" },
  notes: [],
};

export const template: ImageTemplate = {
  location: "westeurope",
  tags: { "aib-task-run": "build/7", "aib-task-request": "v1:abc" },
  identity: { type: "UserAssigned", userAssignedIdentities: { [plan.identityId]: {} } },
  properties: {
    source: plan.source,
    distribute: [
      { type: "SharedImage", runOutputName: "gallery", galleryImageId: versionId.replace(/\/versions.*/, "") },
    ],
  },
};

/** A template as the service shows it, with this run if given. */
export function shown(run?: Partial<LastRunStatus>, rest: Partial<TemplateStatus> = {}): TemplateStatus {
  return {
    id: templateId.replace("resourceGroups", "resourcegroups"),
    provisioningState: "Succeeded",
    exactSourceVersion: "24.04.1",
    stagingResourceGroup: "/subscriptions/s/resourceGroups/IT_rg_aib-1_1",
    tags: template.tags ?? {},
    targets: [],
    steps: [{ type: "Shell", name: "install" }],
    validators: [],
    ...(run === undefined ? {} : { lastRun: { runState: "Running", startTime: "2026-03-01T08:00:20.5Z", ...run } }),
    ...rest,
  };
}

/** A refusal of the service, or (without a status) no answer. */
export function refusal(status: number | undefined, serviceCode = "Code", retryAfterMs?: number): ServiceError {
  return new ServiceError("AIB801", `HTTP ${status ?? "none"} ${serviceCode}`, {
    status,
    serviceCode,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
