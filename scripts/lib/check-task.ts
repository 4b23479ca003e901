/** What tfx only warns about, or does not see, is an error here (agent contract, sections 7 and 8.2). */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** task.json, as far as the checks read it. */
export interface TaskManifest {
  readonly id?: string;
  readonly name?: string;
  readonly friendlyName?: string;
  readonly instanceNameFormat?: string;
  readonly version?: { readonly Major?: unknown; readonly Minor?: unknown; readonly Patch?: unknown };
  readonly inputs?: readonly { readonly name?: string; readonly label?: string; readonly type?: string }[];
  readonly execution?: Readonly<Record<string, { readonly target?: string }>>;
  readonly prejobexecution?: Readonly<Record<string, { readonly target?: string }>>;
  readonly postjobexecution?: Readonly<Record<string, { readonly target?: string }>>;
}

/** Handlers that still get security fixes; agents know other, older ones. */
const supportedRunners = new Set(["Node20_1", "Node24"]);

/** Problems of the manifest whose task lies in `folder`; empty when there are none. */
export function checkTask(task: TaskManifest, folder: string): readonly string[] {
  const sections = [task.execution, task.prejobexecution, task.postjobexecution].filter((part) => part !== undefined);
  const handlers = sections.flatMap((section) => Object.entries(section));
  const problems = [
    [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(task.id ?? ""), `id is not a GUID: ${task.id ?? "absent"}`],
    [/^[A-Za-z0-9-]+$/.test(task.name ?? ""), `name may hold letters, digits and - only: ${task.name ?? "absent"}`],
    [(task.friendlyName ?? "").length > 0, "friendlyName is absent"],
    [(task.friendlyName ?? "").length <= 40, "friendlyName has more than 40 characters"],
    [(task.instanceNameFormat ?? "") !== "", "instanceNameFormat is absent"],
    [isVersion(task.version), "version needs Major, Minor and Patch, each a number"],
    [Object.keys(task.execution ?? {}).length > 0, "execution is absent"],
  ] as const;
  return [
    ...problems.filter(([good]) => !good).map(([, problem]) => problem),
    ...handlers.flatMap(([runner, { target }]) => checkHandler(runner, target, folder)),
    ...(task.inputs ?? []).flatMap(checkInput),
  ];
}

function isVersion(version: TaskManifest["version"]): boolean {
  const parts = [version?.Major, version?.Minor, version?.Patch];
  return parts.every((part) =>
    /^\d+$/.test(typeof part === "number" ? String(part) : typeof part === "string" ? part : ""),
  );
}

function checkHandler(runner: string, target: string | undefined, folder: string): readonly string[] {
  const problems: string[] = [];
  if (!supportedRunners.has(runner)) problems.push(`${runner} is past its end of life, or unknown`);
  if (target === undefined || !existsSync(join(folder, target))) {
    problems.push(`${runner}: its target ${target ?? ""} is not in the package`);
  }
  return problems;
}

function checkInput(input: NonNullable<TaskManifest["inputs"]>[number]): readonly string[] {
  const complete = (input.label ?? "") !== "" && (input.type ?? "") !== "";
  if (/^[A-Za-z][A-Za-z0-9]*$/.test(input.name ?? "") && complete) return [];
  return [`input ${input.name ?? ""} needs a name of letters and digits, a label and a type`];
}

/** vss-extension.json, as far as the checks read it. */
export interface ExtensionManifest {
  readonly version?: string;
  readonly description?: string;
  readonly public?: boolean;
  readonly galleryFlags?: readonly string[];
  readonly scopes?: readonly string[];
  readonly contributions?: readonly { readonly type?: string; readonly properties?: { readonly name?: string } }[];
}

/** Problems of the extension's manifest; `hasTask` says whether a folder of the package holds a task.json. */
export function checkExtension(
  manifest: ExtensionManifest,
  hasTask: (contribution: string) => boolean,
): readonly string[] {
  const tasks = (manifest.contributions ?? []).filter(({ type }) => type === "ms.vss-distributed-task.task");
  const problems = [
    [/^\d+\.\d+\.\d+$/.test(manifest.version ?? ""), "the extension's version is not of the form 1.2.3"],
    [(manifest.description ?? "").length <= 200, "the extension's description has more than 200 characters"],
    [manifest.public === false, "public must be false: only a release publishes"],
    [(manifest.scopes ?? []).length === 0, "scopes must be absent: a task needs none"],
    [manifest.galleryFlags?.includes("Preview") ?? false, "galleryFlags lacks Preview"],
    [tasks.length > 0, "no contribution is a task"],
  ] as const;
  const missing = tasks
    .map(({ properties }) => properties?.name ?? "")
    .filter((name) => !hasTask(name))
    .map((name) => `the contribution ${name} has no task.json in the package`);
  return [...problems.filter(([good]) => !good).map(([, problem]) => problem), ...missing];
}
