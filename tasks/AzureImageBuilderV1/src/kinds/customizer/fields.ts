/** Reads the options of one step; what is wrong is collected with its line and column. */
import { problemCodes, type ProblemCode } from "../../codes.ts";
import { parseBoolean, type BadValue, type Parser } from "../../values/parsed.ts";
import { badAt, type Entry, type Node, type Place } from "../../values/structure.ts";
import { suggest } from "../../values/nearest.ts";

/** The options of a step, by name. A reader that finds a mistake notes it and gives what an absent option gives. */
export interface Fields {
  /** Where the step stands. */
  readonly place: Place;
  has(name: string): boolean;
  /** A text; undefined when absent or empty. */
  text(name: string): string | undefined;
  /** `true` or `false`; false when absent. */
  flag(name: string): boolean;
  /** A text that `parse` takes; undefined when absent. */
  parsed<T>(name: string, parse: Parser<T>): T | undefined;
  /** A list, each item by `parse` (a single text is a list of one); undefined when absent. */
  list<T>(name: string, parse: Parser<T>): readonly T[] | undefined;
  /** The option as it stands; undefined when absent. */
  node(name: string): Node | undefined;
  /** Notes a mistake at the option `at`, or at the step. */
  problem(why: string, legal: string, at?: string): void;
}

/** What the options are read from, and where mistakes go. */
export interface FieldSource {
  readonly place: Place;
  readonly entries: readonly Entry[];
  readonly names: readonly string[];
  readonly faults: BadValue[];
  readonly code?: ProblemCode;
}

/** Opens the options of a step of which `names` are the legal ones. Names that are not are noted at once. */
export function openFields({ place, entries, names, faults, code = problemCodes.badStep }: FieldSource): Fields {
  const unknown = entries.filter(({ name }) => !names.includes(name));
  for (const { name, ...at } of unknown) {
    faults.push(badAt(at, `\`${name}\` is not an option here${suggest(name, names)}`, names.join(", "), code));
  }
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const problem = (why: string, legal: string, at: Place = place): void => {
    faults.push(badAt(at, why, legal, code));
  };
  const textOf = (name: string, node: Node): string | undefined => {
    if (node.kind === "text") return node.text === "" ? undefined : node.text;
    problem(`\`${name}\` is a ${node.kind}`, "a text", node);
    return undefined;
  };
  const parse = <T>(name: string, node: Node, parser: Parser<T>): T | undefined => {
    const text = textOf(name, node)?.trim();
    const parsed = text === undefined || text === "" ? undefined : parser(text);
    if (parsed?.ok === false) problem(`\`${name}\`: ${parsed.why}`, parsed.legal, node);
    return parsed?.ok === true ? parsed.value : undefined;
  };
  const node = (name: string): Node | undefined => byName.get(name)?.value;
  const parsed = <T>(name: string, parser: Parser<T>): T | undefined => {
    const found = node(name);
    return found === undefined ? undefined : parse(name, found, parser);
  };
  return {
    place,
    node,
    parsed,
    has: (name) => byName.has(name),
    text: (name) => {
      const found = node(name);
      return found === undefined ? undefined : textOf(name, found);
    },
    flag: (name) => parsed(name, parseBoolean) ?? false,
    list: (name, parser) => {
      const found = node(name);
      if (found === undefined) return undefined;
      const items = found.kind === "list" ? found.items : [found];
      return items.map((item) => parse(name, item, parser)).filter((value) => value !== undefined);
    },
    problem: (why, legal, at) => problem(why, legal, at === undefined ? place : (byName.get(at) ?? place)),
  };
}
