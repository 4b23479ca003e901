/** Small changes that make any template one that the service refuses, by the shape alone. */
import { at, type Json, type Path, put, rename, type Tree, valuesOf } from "./tree.ts";

/** A mutant of a template; undefined where the template has nothing to change. `pick` chooses one of several places. */
export interface Mutation {
  readonly title: string;
  readonly mutate: (template: Tree, pick: number) => Tree | undefined;
}

/** Maps with names of the user's own. */
const maps = ["tags", "artifactTags", "managedResourceTags", "userAssignedIdentities"];

function isMap(path: Path, value: Json): boolean {
  return maps.includes(String(path.at(-1))) && !Array.isArray(value);
}

function isObject(value: Json): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A mutation of one of the places that `find` gives. */
function anywhere(
  title: string,
  find: (template: Tree) => readonly Path[],
  change: (template: Tree, path: Path) => Tree,
): Mutation {
  return {
    title,
    mutate: (template, pick) => {
      const paths = find(template);
      const path = paths[pick % Math.max(paths.length, 1)];
      return path === undefined ? undefined : change(template, path);
    },
  };
}

const pathsOf = (template: Tree, test: (path: Path, value: Json) => boolean): readonly Path[] =>
  valuesOf(template).flatMap(({ path, value }) => (test(path, value) ? [path] : []));

function wrongType(title: string, test: (value: Json) => boolean, instead: (value: Json) => Json): Mutation {
  return anywhere(
    title,
    (template) => pathsOf(template, (_path, value) => test(value)),
    (template, path) => put(template, path, instead(at(template, path) ?? null)),
  );
}

/** The user's own names, and the parts of a request that a file may write in any letter case. */
function isFree(path: Path): boolean {
  return path.length === 1 || maps.includes(String(path.at(-2))) || typeof path.at(-1) === "number";
}

const anywheres: readonly Mutation[] = [
  anywhere(
    "has a property that nobody knows",
    (template) => pathsOf(template, (path, value) => isObject(value) && !isMap(path, value)),
    (template, path) => put(template, [...path, "unknown"], "a"),
  ),
  anywhere(
    "has a property in another letter case",
    (template) => pathsOf(template, (path) => !isFree(path)),
    (template, path) => rename(template, path, String(path.at(-1)).replace(/^./, (letter) => letter.toUpperCase())),
  ),
  wrongType("has a number for a text", (value) => typeof value === "string", () => 7), // prettier-ignore
  wrongType("has a list for a text", (value) => typeof value === "string", (value) => [value]), // prettier-ignore
  wrongType("has a text for a number", (value) => typeof value === "number", String), // prettier-ignore
  wrongType("has a fraction", (value) => typeof value === "number", (value) => Number(value) + 0.5), // prettier-ignore
  wrongType("has a text for a truth", (value) => typeof value === "boolean", String), // prettier-ignore
  wrongType("has a text for an object", isObject, () => "a"),
  wrongType("has a list for an object", isObject, (value) => [value]),
  wrongType("has an object for a list", Array.isArray, () => ({})),
];

/** Properties that must be there: the object they are in, told by its `type` or by its name, and their names. */
const required: readonly (readonly [owner: string, name: string])[] = [
  ["ManagedImage", "imageId"],
  ["SharedImageVersion", "imageVersionId"],
  ["PlatformImage", "publisher"],
  ["PlatformImage", "offer"],
  ["PlatformImage", "sku"],
  ["planInfo", "planName"],
  ["planInfo", "planProduct"],
  ["planInfo", "planPublisher"],
  ["source", "type"],
  ["File", "sourceUri"],
  ["File", "destination"],
  ["Shell", "type"],
  ["WindowsUpdate", "type"],
  ["ManagedImage", "location"],
  ["ManagedImage", "runOutputName"],
  ["SharedImage", "runOutputName"],
  ["SharedImage", "galleryImageId"],
  ["VHD", "runOutputName"],
  ["VHD", "type"],
  ["targetRegions", "name"],
  ["versioning", "scheme"],
  ["identity", "type"],
  ["identity", "userAssignedIdentities"],
  ["properties", "source"],
  ["properties", "distribute"],
  ["", "identity"],
  ["", "properties"],
];

function isOwner(owner: string, path: Path, value: Json): boolean {
  const name = typeof path.at(-1) === "number" ? path.at(-2) : path.at(-1);
  return isObject(value) && (name === owner || value["type"] === owner);
}

const withoutRequired = required.map(([owner, name]): Mutation =>
  anywhere(
    `lacks ${name} of ${owner === "" ? "the whole" : owner}`,
    (template) => [
      ...(owner === "" ? [[]] : []),
      ...pathsOf(template, (path, value) => isOwner(owner, path, value) && isObject(value) && name in value),
    ],
    (template, path) => put(template, [...path, name], undefined),
  ),
);

/** Properties with a list of legal words, and a wrong one for each. */
const words: Readonly<Record<string, string>> = {
  type: "Ansible",
  scheme: "Newest",
  storageAccountType: "Ultra_LRS",
  replicationMode: "shallow",
  state: "On",
  onCustomizerError: "Cleanup",
  onValidationError: "stop",
};

const wrongWords = Object.entries(words).map(([name, word]): Mutation =>
  anywhere(
    `has ${word} for ${name}`,
    (template) => pathsOf(template, (path) => path.at(-1) === name && path.length > 1),
    (template, path) => put(template, path, word),
  ),
);

/** Numbers out of range. */
const ranges: readonly (readonly [name: string, value: number])[] = [
  ["buildTimeoutInMinutes", -1],
  ["buildTimeoutInMinutes", 961],
  ["osDiskSizeGB", -1],
  ["replicaCount", 0],
  ["sizeGB", -1],
  ["updateLimit", -1],
  ["major", -2],
];

const outOfRange = ranges.map(([name, value]): Mutation =>
  anywhere(
    `has ${value} for ${name}`,
    (template) => pathsOf(template, (path) => path.at(-1) === name),
    (template, path) => put(template, path, value),
  ),
);

/** Mutations of the shape. */
export const shapeMutations: readonly Mutation[] = [...anywheres, ...withoutRequired, ...wrongWords, ...outOfRange];
