/** Mutations of JSON: values of other kinds, things left out or doubled, texts that are nearly right. */
import fc from "fast-check";
import { at, type Json, type Path, put, type Tree, valuesOf } from "../golden/any-inputs/tree.ts";
import { inherited, nearly, tokens } from "./texts.ts";

/** How deep values are nested that are too deep for anyone. */
const deep = 500;

const nested = (): Json => {
  let value: Json = "a";
  for (let depth = 0; depth < deep; depth += 1) value = [value];
  return value;
};

/** Values of every kind, the awkward ones of each. */
export const anyValue: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    -2_147_483_649,
    9_007_199_254_740_991,
    "",
    "0001-01-01T00:00:00Z",
  ),
  fc.constantFrom<Json>([], {}, [[]], [null], [{}], ["a"], { a: null }, nested(), "x".repeat(20_000)),
  fc.constantFrom<Json>(
    "not a date",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59.9999999Z",
    "-000001-01-01T00:00:00Z",
    "275760-09-13",
  ),
  fc.constantFrom<Json>(
    "[parameters('nowhere')]",
    "[concat(",
    "[if(true,",
    "[[literal]",
    "[padLeft('a', 999999999)]",
    "[range(0, 999999999)]",
  ),
  fc.constantFrom<Json>(...tokens),
  fc.constantFrom(...inherited).map((name): Json => JSON.parse(`{"${name}": {"${name}": 1}}`) as Json),
);

type Kind = "replace" | "remove" | "nearly" | "empty" | "double" | "wrap" | "rename" | "move";
const kinds: readonly Kind[] = ["replace", "replace", "remove", "nearly", "empty", "double", "wrap", "rename", "move"];

/** One change; `where` and `whereFrom` are shares of the number of values. */
interface Change {
  readonly kind: Kind;
  readonly where: number;
  readonly whereFrom: number;
  readonly value: Json;
  readonly change: (text: string) => string;
}

/** Any value as likely as another: the library likes the first ones best. */
const share = fc.noBias(fc.double({ min: 0, max: 0.999_999, noNaN: true }));
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...kinds),
  where: share,
  whereFrom: share,
  value: anyValue,
  change: nearly(fc.constant("\u0000")).map((made) => (text: string) => made.replace("\u0000", () => text)),
});

/** One to `most` changes of a tree's values. */
export function mutations(most: number): fc.Arbitrary<(tree: Json) => Json> {
  return fc
    .array(change, { minLength: 1, maxLength: most })
    .map((changes) => (tree: Json) => changes.reduce((now, one) => mutate(now, one), tree));
}

function mutate(tree: Json, { kind, where, whereFrom, value, change: edit }: Change): Json {
  const places = valuesOf(tree);
  const found = places[Math.floor(where * places.length)];
  if (found === undefined || typeof tree !== "object" || tree === null) return kind === "replace" ? value : tree;
  const set = (to: Json | undefined): Json => put(tree as Tree, found.path, to);
  switch (kind) {
    case "replace":
      return set(value);
    case "remove":
      return set(undefined);
    case "nearly":
      return set(edit(typeof found.value === "string" ? found.value : JSON.stringify(found.value)));
    case "empty":
      return set(Array.isArray(found.value) ? [] : typeof found.value === "object" ? {} : "");
    case "double":
      return set(
        Array.isArray(found.value)
          ? [...(found.value as readonly Json[]), ...(found.value as readonly Json[])]
          : [found.value, found.value],
      );
    case "wrap":
      return set({ value: found.value });
    case "rename":
      return renamed(tree, found.path, value);
    case "move":
      return set(places[Math.floor(whereFrom * places.length)]?.value ?? null);
  }
}

/** The value under a name that is awkward. */
function renamed(tree: Json, path: Path, value: Json): Json {
  const parent = at(tree, path.slice(0, -1));
  if (typeof parent !== "object" || parent === null || Array.isArray(parent)) return tree;
  const name = typeof value === "string" ? value.slice(0, 40) : "constructor";
  const entries = Object.entries(parent).map(([key, one]) => [key === path.at(-1) ? name : key, one]);
  const other = Object.fromEntries(entries) as Tree;
  return path.length === 1 ? other : put(tree as Tree, path.slice(0, -1), other);
}
