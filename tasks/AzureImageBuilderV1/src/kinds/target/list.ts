/** The language of lists of targets: YAML or JSON, one entry a target (docs/steps.md). */
import { problemCodes } from "../../codes.ts";
import { suggest } from "../../values/nearest.ts";
import { type BadValue, good, type Parser } from "../../values/parsed.ts";
import { allOf, badAt, type Entry, type Node, parseStructure, type Place } from "../../values/structure.ts";
import { targetKindNames, targetKinds } from "./index.ts";
import type { TargetKindName, TargetValues } from "./types.ts";

/** One target as it is written: texts of inputs, which are read like those of a single target. */
export interface TargetEntry {
  readonly kind: TargetKindName;
  readonly name: string;
  readonly place: Place;
  readonly texts: readonly TargetText[];
}

/** What a target says for an input. */
export interface TargetText {
  readonly input: keyof TargetValues;
  /** What the list calls it. */
  readonly option: string;
  readonly text: string;
  readonly place: Place;
}

const legal = `a list of targets, each of one kind (${targetKindNames.join(", ")}), e.g. \`- managedImage: web\``;
const code = problemCodes.badTarget;

/** Lists of targets. All mistakes are reported, each with line and column. */
export const parseTargets: Parser<readonly TargetEntry[]> = (text) => {
  const parsed = parseStructure(text, legal);
  if (!parsed.ok) return parsed;
  const list = parsed.value;
  if (list.kind !== "list" || list.items.length === 0) return badAt(list, "this is no list of targets", legal, code);
  const faults: BadValue[] = [];
  const counts = new Map<TargetKindName, number>();
  const targets = list.items.flatMap((item) => readTarget(item, counts, faults) ?? []);
  const names = targets.map(({ name }) => name.toLowerCase());
  targets.forEach(({ name, place }, index) => {
    if (names.indexOf(name.toLowerCase()) === index) return;
    faults.push(badAt(place, `the name \`${name}\` is there twice`, "a name of its own", code));
  });
  return allOf(faults) ?? good(targets);
};

function readTarget(item: Node, counts: Map<TargetKindName, number>, faults: BadValue[]): TargetEntry | undefined {
  const note = (at: Place, why: string): undefined => {
    faults.push(badAt(at, why, legal, code));
    return undefined;
  };
  const bare = item.kind === "text" && /^\w+$/.test(item.text);
  const entries: readonly Entry[] =
    item.kind === "map"
      ? item.entries
      : bare
        ? [{ ...placeOf(item), name: item.text, value: { ...item, text: "" } }]
        : [];
  const [entry, another] = entries;
  if (entry === undefined) return note(item, "this is no target");
  if (another !== undefined)
    return note(another, `a target is of one kind: put \`${another.name}\` beneath \`${entry.name}\``);
  const kind = targetKindNames.find((one) => one === entry.name);
  if (kind === undefined) {
    return note(entry, `\`${entry.name}\` is not a kind of target${suggest(entry.name, targetKindNames)}`);
  }
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return readEntry(kind, entry, { usual: count === 1 ? kind : `${kind}-${count}`, faults });
}

function readEntry(
  kind: TargetKindName,
  { value, ...at }: Entry,
  { usual, faults }: { readonly usual: string; readonly faults: BadValue[] },
): TargetEntry {
  const { options, mainInput } = targetKinds[kind];
  const names = ["name", ...Object.keys(options)];
  const main = Object.keys(options).find((option) => options[option] === mainInput) ?? "";
  const bare: Entry = { ...placeOf(value), name: main, value };
  const entries = value.kind === "map" ? value.entries : [bare];
  let name = usual;
  const texts = entries.flatMap((entry): readonly TargetText[] => {
    const { name: option, value: given } = entry;
    const text = textOf(given);
    const input = options[option];
    if (option === "name") {
      name = text ?? "";
      if (!/^[A-Za-z0-9-_.]{1,64}$/.test(name)) {
        faults.push(badAt(given, "this is not a name", "1 to 64 letters, digits, -, _ and .", code));
      }
    } else if (input === undefined) {
      faults.push(badAt(entry, `\`${option}\` is not an option here${suggest(option, names)}`, names.join(", "), code));
    } else if (text === undefined) {
      faults.push(badAt(given, `\`${option}\` is a ${given.kind}`, "a text, or a list of texts", code));
    } else if (text !== "") return [{ input, option, text, place: placeOf(given) }];
    return [];
  });
  return { kind, name, place: placeOf(at), texts };
}

function placeOf({ line, column }: Place): Place {
  return { line, column };
}

/** A list of texts, such as regions, stands for its items with commas between. */
function textOf(node: Node): string | undefined {
  if (node.kind === "text") return node.text.trim();
  if (node.kind !== "list") return undefined;
  const items = node.items.map((item) => (item.kind === "text" ? item.text.trim() : undefined));
  return items.includes(undefined) ? undefined : items.join(", ");
}
