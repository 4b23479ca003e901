/** Reads the steps of a job. */
import type { Place, YamlReader } from "./reader.ts";
import type { Step, StepAction } from "./types.ts";

const settings = [
  "name",
  "displayName",
  "condition",
  "continueOnError",
  "enabled",
  "timeoutInMinutes",
  "retryCountOnTaskFailure",
  "env",
  "target",
];

/** Reads what is under the keyword, given the step's other entries. */
type ActionReader = (reader: YamlReader, entries: Readonly<Record<string, Place>>) => StepAction;

/** By the key a step begins with: what else it may say, and how it is read. */
const kinds: Readonly<Record<string, { readonly keys: readonly string[]; readonly read: ActionReader }>> = {
  task: { keys: ["inputs"], read: readTask },
  script: {
    keys: ["workingDirectory", "failOnStderr"],
    read: (reader, entries) => readScript(reader, entries, "CmdLine@2"),
  },
  bash: {
    keys: ["workingDirectory", "failOnStderr"],
    read: (reader, entries) => readScript(reader, entries, "Bash@3"),
  },
  checkout: {
    keys: ["clean", "fetchDepth", "fetchFilter", "fetchTags", "lfs", "path", "persistCredentials", "submodules"],
    read: (reader, { checkout }) => ({ kind: "checkout", repository: reader.text(checkout) ?? "" }),
  },
  publish: {
    keys: ["artifact"],
    read: (reader, { publish, artifact }) => ({
      kind: "publish",
      path: reader.text(publish) ?? "",
      artifact: reader.text(artifact) ?? "",
    }),
  },
  download: {
    keys: ["artifact", "patterns", "path"],
    read: (reader, { download, artifact, path }) => ({
      kind: "download",
      source: reader.text(download) ?? "",
      artifact: reader.text(artifact) ?? "",
      path: reader.text(path) ?? "",
    }),
  },
  pwsh: {
    keys: ["workingDirectory", "failOnStderr", "errorActionPreference", "ignoreLASTEXITCODE"],
    read: readOther("pwsh"),
  },
  powershell: {
    keys: ["workingDirectory", "failOnStderr", "errorActionPreference", "ignoreLASTEXITCODE"],
    read: readOther("powershell"),
  },
  downloadBuild: { keys: ["artifact", "path", "patterns"], read: readOther("downloadBuild") },
  getPackage: { keys: ["path"], read: readOther("getPackage") },
  reviewApp: { keys: [], read: readOther("reviewApp") },
};

/** Every step that can be read; the others are problems. */
export function readSteps(reader: YamlReader, place: Place | undefined): readonly Step[] {
  return reader.items(place).flatMap((step) => readStep(reader, step) ?? []);
}

function readStep(reader: YamlReader, place: Place): Step | undefined {
  const all = reader.mapping(place);
  const keyword = Object.keys(kinds).find((key) => key in all);
  const kind = keyword === undefined ? undefined : kinds[keyword];
  if (keyword === undefined || kind === undefined) {
    const { template } = all;
    reader.problem(
      place,
      template === undefined
        ? `A step begins with one of ${Object.keys(kinds).join(", ")}.`
        : `The step template "${reader.text(template) ?? ""}" is not read: templates are expanded by the service only. Write its steps here.`,
    );
    return undefined;
  }
  const entries = reader.mapping(place, [keyword, ...kind.keys, ...settings]);
  return { ...readSettings(reader, place, entries), action: kind.read(reader, entries) };
}

function readSettings(
  reader: YamlReader,
  place: Place,
  entries: Readonly<Record<string, Place>>,
): Omit<Step, "action"> {
  const { name, env, target } = entries;
  return {
    name: name === undefined ? undefined : readName(reader, name, "step"),
    displayName: reader.text(entries.displayName),
    condition: reader.text(entries.condition),
    continueOnError: readFlag(reader, entries.continueOnError, false),
    enabled: readFlag(reader, entries.enabled, true),
    timeoutInMinutes: readNumber(reader, entries.timeoutInMinutes, 0),
    retryCount: readNumber(reader, entries.retryCountOnTaskFailure, 0),
    env: env === undefined ? {} : readTexts(reader, env),
    restrictions: target === undefined ? undefined : readTarget(reader, target),
    place: reader.position(place.path),
  };
}

/** `target: {commands: restricted, settableVariables: [..] | none}`; a bare name is a container, which is not run here. */
function readTarget(reader: YamlReader, place: Place): unknown {
  if (typeof place.value === "string") return undefined;
  const { commands, settableVariables } = reader.mapping(place, ["container", "commands", "settableVariables"]);
  const names =
    settableVariables === undefined || settableVariables.value === "none"
      ? []
      : reader.items(settableVariables).map((item) => reader.text(item) ?? "");
  return {
    commands: commands === undefined ? undefined : { mode: reader.text(commands) },
    settableVariables: settableVariables === undefined ? undefined : { allowed: names },
  };
}

function readTask(reader: YamlReader, { task, inputs }: Readonly<Record<string, Place>>): StepAction {
  const reference = (reader.text(task) ?? "").trim();
  if (task !== undefined && !/^[^@\s]+@\d+(\.\d+)*$/.test(reference)) {
    reader.problem(task, `"${reference}" names no task with its major version, such as AzureImageBuilder@1.`);
  }
  return { kind: "task", reference, inputs: inputs === undefined ? {} : readTexts(reader, inputs) };
}

function readScript(
  reader: YamlReader,
  entries: Readonly<Record<string, Place>>,
  task: "CmdLine@2" | "Bash@3",
): StepAction {
  return {
    kind: "script",
    task,
    text: reader.text(entries.script ?? entries.bash) ?? "",
    workingDirectory: reader.text(entries.workingDirectory) ?? "",
    failOnStderr: readFlag(reader, entries.failOnStderr, false),
  };
}

function readOther(keyword: string): ActionReader {
  return (reader, entries) => ({
    kind: "other",
    what: keyword,
    inputs: { [keyword]: reader.text(entries[keyword]) ?? "" },
  });
}

/** A mapping of names to texts. */
export function readTexts(reader: YamlReader, place: Place): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(reader.mapping(place)).map(([name, value]) => [name, reader.text(value) ?? ""]),
  );
}

/** A name other parts of the pipeline refer to. */
export function readName(reader: YamlReader, place: Place, what: string): string {
  const name = reader.text(place) ?? "";
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    reader.problem(place, `"${name}" is no ${what} name: letters, digits and _ only, not beginning with a digit.`);
  }
  return name;
}

/** `true` or `false`; anything else is a problem. `otherwise` where the key is absent. */
export function readFlag(reader: YamlReader, place: Place | undefined, otherwise: boolean): boolean {
  const text = reader.text(place)?.trim().toLowerCase();
  if (place !== undefined && text !== "true" && text !== "false")
    reader.problem(place, "true or false is expected here.");
  return text === undefined ? otherwise : text === "true";
}

/** A whole number from 0; anything else is a problem. `otherwise` where the key is absent. */
export function readNumber(reader: YamlReader, place: Place | undefined, otherwise: number): number {
  const text = reader.text(place)?.trim();
  if (text === undefined) return otherwise;
  if (place !== undefined && !/^\d+$/.test(text)) reader.problem(place, "A whole number is expected here.");
  return Number(text);
}
