/** Templates as plain JSON, and small changes of them. */

export type Json = string | number | boolean | null | readonly Json[] | Tree;

export interface Tree {
  readonly [name: string]: Json;
}

/** Names and indices that lead to a value. */
export type Path = readonly (string | number)[];

/** Every value below the root, with the way to it. */
export function valuesOf(value: Json, path: Path = []): readonly { readonly path: Path; readonly value: Json }[] {
  if (typeof value !== "object" || value === null) return [];
  const children: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? (value as readonly Json[]).map((one, index) => [index, one] as const)
    : Object.entries(value as Tree);
  return children.flatMap(([name, one]) => [
    { path: [...path, name], value: one },
    ...valuesOf(one, [...path, name]),
  ]);
}

/** The value at a path; undefined where there is none. */
export function at(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (one, name) => (typeof one === "object" && one !== null ? (one as Record<string | number, Json>)[name] : undefined),
    value,
  );
}

/** The tree with another value at a path, whose parents are there; undefined takes it out. */
export function put(tree: Tree, path: Path, value: Json | undefined): Tree {
  const copy = structuredClone(tree);
  const parent = at(copy, path.slice(0, -1)) as Record<string | number, Json>;
  const name = path.at(-1) ?? "";
  if (value !== undefined) parent[name] = value;
  else if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete parent[name];
  return copy;
}

/** The tree with a property under another name, at the same place. */
export function rename(tree: Tree, path: Path, name: string): Tree {
  const parent = at(tree, path.slice(0, -1)) as Tree;
  const entries = Object.entries(parent).map(([key, value]) => [key === path.at(-1) ? name : key, value] as const);
  const renamed = Object.fromEntries(entries);
  return path.length === 1 ? renamed : put(tree, path.slice(0, -1), renamed);
}
