/** Lists of steps and of validators, with the files they name. */
import fc from "fast-check";
import { stringify } from "yaml";
import type { FoundFile } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { address, digest, environments, maybe, type Os, script, word } from "./words.ts";

/** Options of a step by name. */
type Options = Readonly<Record<string, unknown>>;

/** Files by the path that a step names. */
export type Files = Readonly<Record<string, FoundFile>>;

interface Made {
  readonly kind: string;
  /** A text stands for the kind's main option, undefined for none at all. */
  readonly options: Options | string | undefined;
  readonly files: Files;
}

/** A list as its input has it. */
export interface List {
  readonly text: string;
  readonly files: Files;
}

/** What a list may hold. */
export interface ListRules {
  readonly os: Os;
  readonly noun: "steps" | "validators";
  /** The list has variables, and no script by its address, which could not be given them. */
  readonly environment: boolean;
}

/** Lists of one to six entries, written as JSON or as YAML. */
export function lists(rules: ListRules): fc.Arbitrary<List> {
  const one = fc.tuple(fc.oneof(...kindsOf(rules)), maybe(word));
  return fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 6 }), fc.constantFrom(JSON.stringify, (value: unknown) => stringify(value)))
    .map(([made, write]) => ({
      text: write(made.map(([step, name], index) => entryOf(step, name === "" ? "" : `${name}.${index}`))),
      files: Object.assign({}, ...made.map(([{ files }]) => files)) as Files,
    }));
}

function entryOf({ kind, options }: Made, name: string): unknown {
  if (typeof options === "object") return { [kind]: name === "" ? options : { ...options, name } };
  if (options !== undefined) return { [kind]: options };
  return name === "" ? kind : { [kind]: { name } };
}

function kindsOf(rules: ListRules): readonly fc.Arbitrary<Made>[] {
  const files = filesOf(rules);
  if (rules.os === "linux") return [scripts("shell", rules, {}), files];
  const codes = fc.array(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }), { minLength: 1, maxLength: 3 });
  const rights = {
    runElevated: fc.constantFrom("true", true),
    runAsSystem: fc.boolean(),
    validExitCodes: fc.oneof(codes, fc.constant("3010")),
  };
  const powershell = scripts("powershell", rules, rights);
  return rules.noun === "validators" ? [powershell, files] : [powershell, files, restarts, updates];
}

const restarts: fc.Arbitrary<Made> = fc
  .oneof(
    fc.constantFrom(undefined, "30m", "2h"),
    fc.record(
      { timeout: fc.constantFrom("5m", "1h"), check: fc.constant("echo 'up'"), command: fc.constant("shutdown /r /t 0") },
      { requiredKeys: [] },
    ),
  )
  .map((options) => ({ kind: "restart", options, files: {} }));

const updates: fc.Arbitrary<Made> = fc
  .oneof(
    fc.constantFrom(undefined, "IsInstalled=0 and Type='Software'"),
    fc.record(
      {
        search: fc.constant("BrowseOnly=0 and IsInstalled=0"),
        filters: fc.subarray(["exclude:$_.Title -like '*Preview*'", "include:$true"]),
        limit: fc.integer({ min: 1, max: 1000 }),
      },
      { requiredKeys: [] },
    ),
  )
  .map((options) => ({ kind: "windowsUpdate", options, files: {} }));

/** A path with what lies there: a file of the agent, or for steps a part of the artifact. */
function found(content: fc.Arbitrary<Uint8Array>, { noun }: ListRules): fc.Arbitrary<readonly [string, Files]> {
  const file: fc.Arbitrary<FoundFile> = fc.oneof(
    content.map((bytes) => ({ from: "agent" as const, content: bytes })),
    ...(noun === "steps" ? [word.map((name) => ({ from: "artifact" as const, inside: `conf/${name}.x` }))] : []),
  );
  return fc.tuple(word, file).map(([name, one]) => [`files/${name}`, { [`files/${name}`]: one }]);
}

/** A script in every form: as the step itself, written beneath it, in a file, at an address. */
function scripts(
  kind: string,
  rules: ListRules,
  rights: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Made> {
  const more = fc.record({ environment: environments(0), ...rights }, { requiredKeys: [] });
  const bytes = script.map((text) => new TextEncoder().encode(text));
  const bare = fc.record(rights, { requiredKeys: [] });
  return fc.oneof(
    script.map((text) => ({ kind, options: text, files: {} })),
    fc.tuple(script, more).map(([inline, options]) => ({ kind, options: { inline, ...options }, files: {} })),
    fc.tuple(found(bytes, rules), more).map(([[path, files], options]) => ({ kind, options: { file: path, ...options }, files })),
    ...(rules.environment
      ? []
      : [
          fc.tuple(address, maybe(digest), bare).map(([uri, sha256, options]) => ({
            kind,
            options: { uri, ...(sha256 === "" ? {} : { sha256 }), ...options },
            files: {},
          })),
        ]),
  );
}

function filesOf(rules: ListRules): fc.Arbitrary<Made> {
  const kind = "file";
  const destination = word.map((name) => (rules.os === "linux" ? `/opt/a b/${name}` : `C:\\app data\\${name}.json`));
  const bytes = fc.uint8Array({ maxLength: 300 });
  return fc.oneof(
    fc.tuple(found(bytes, rules), destination).map(([[source, files], to]) => ({
      kind,
      options: { source, destination: to },
      files,
    })),
    fc.record({ uri: address, destination }).map((options) => ({ kind, options, files: {} })),
    fc
      .record({ uri: address, sha256: digest, destination, large: fc.constantFrom("true", "false") })
      .map((options) => ({ kind, options, files: {} })),
  );
}
