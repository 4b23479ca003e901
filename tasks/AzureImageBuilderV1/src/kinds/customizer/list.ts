/** The language of lists of steps: YAML or JSON, one entry a step (docs/steps.md). */
import { problemCodes } from "../../codes.ts";
import { suggest } from "../../values/nearest.ts";
import { type BadValue, good, type Parser } from "../../values/parsed.ts";
import { allOf, badAt, type Entry, type Node, parseStructure, type Place } from "../../values/structure.ts";
import { openFields } from "./fields.ts";
import {
  customizerKindNames,
  customizerKinds,
  type CustomizerKindName,
  type StepOf,
  type StepRequest,
} from "./index.ts";

/** Which kinds a list takes, and what it is called in messages. */
export interface ListRules {
  readonly noun: "step" | "validator";
  /** Names that the task itself gives. */
  readonly reserved: readonly string[];
}

/** A parser of lists of steps or validators. All mistakes are reported, each with line and column. */
export function stepListParser({ noun, reserved }: ListRules): Parser<readonly StepRequest[]> {
  const kinds = customizerKindNames.filter((kind) => noun === "step" || customizerKinds[kind].validates);
  const legal = `a list of ${noun}s, each of one kind (${kinds.join(", ")}), e.g. \`- ${customizerKinds.shell.example}\``;
  return (text) => {
    const parsed = parseStructure(text, legal);
    if (!parsed.ok) return parsed;
    const { value: list } = parsed;
    const faults: BadValue[] = [];
    if (list.kind !== "list") return badAt(list, `this is a ${list.kind} and no list`, legal);
    if (list.items.length === 0) return badAt(list, "the list is empty", legal);
    const reader: ListReader = { noun, kinds, legal, faults };
    const steps = list.items.flatMap((item, index) => readStep(item, index, reader) ?? []);
    checkNames(steps, reserved, faults);
    return allOf(faults) ?? good(steps);
  };
}

interface ListReader {
  readonly noun: ListRules["noun"];
  readonly kinds: readonly CustomizerKindName[];
  readonly legal: string;
  readonly faults: BadValue[];
}

function readStep(item: Node, index: number, reader: ListReader): StepRequest | undefined {
  const { noun, kinds, legal, faults } = reader;
  const note = (at: Place, why: string): undefined => {
    faults.push(badAt(at, why, legal, problemCodes.badStep));
    return undefined;
  };
  const [entry, another] = item.kind === "map" ? item.entries : entriesOf(item);
  if (entry === undefined) return note(item, `this is no ${noun}`);
  const kind = kinds.find((one) => one === entry.name);
  if (another !== undefined) {
    return note(another, `a ${noun} is of one kind: put \`${another.name}\` beneath \`${entry.name}\``);
  }
  if (kind === undefined) return note(entry, `\`${entry.name}\` is not a kind of ${noun}${suggest(entry.name, kinds)}`);
  return readKind(kind, entry, { index, faults });
}

/** A bare word is a step without options. */
function entriesOf(item: Node): readonly Entry[] {
  if (item.kind !== "text" || !/^\w+$/.test(item.text)) return [];
  const { line, column } = item;
  return [{ name: item.text, line, column, value: { ...item, text: "" } }];
}

function readKind<K extends CustomizerKindName>(
  kind: K,
  { value, line, column }: Entry,
  { index, faults }: { readonly index: number; readonly faults: BadValue[] },
): StepRequest {
  const customizer = customizerKinds[kind];
  const { main, options, example } = customizer;
  const place = { line, column };
  if (value.kind === "list") {
    faults.push(badAt(value, `\`${kind}\` takes a text or options, not a list`, example, problemCodes.badStep));
  }
  const bare: Entry = { name: main, line: value.line, column: value.column, value };
  const entries = value.kind === "map" ? value.entries : value.kind === "text" && value.text !== "" ? [bare] : [];
  const fields = openFields({ place, entries, names: ["name", ...options], faults });
  const name = fields.text("name")?.trim() ?? `${kind}-${index + 1}`;
  if (!/^[^\p{Cc}]{1,100}$/u.test(name))
    fields.problem("this is not a name", "1 to 100 characters on one line", "name");
  const step: StepOf<K> = { kind, name, place, asked: customizer.read(fields) };
  // A step of some kind is one of the steps of all kinds, which a type of a variable kind does not show.
  return step as unknown as StepRequest;
}

function checkNames(steps: readonly StepRequest[], reserved: readonly string[], faults: BadValue[]): void {
  const seen = new Set<string>(reserved);
  for (const { name, place } of steps) {
    if (seen.has(name)) {
      faults.push(
        badAt(
          place,
          `the name \`${name}\` is there twice, or the task's own`,
          "a name of its own",
          problemCodes.badStep,
        ),
      );
    }
    seen.add(name);
  }
}
