/** Reads a form that somebody else may have written. */
import { isList, type Json } from "../template-file/nodes.ts";
import type { FormDefinition, FormStep, RequestForm } from "./form.ts";

/** More of anything is no request of this task: the service takes templates of 4 MB at most. */
const mostItems = 2000;
const longestText = 65_536;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The form in `value`, which may be anything; undefined where it is none of this version, or has anything in it that such
 * a form has not, so that its digest says all of it.
 */
export function parseForm(value: unknown): RequestForm | undefined {
  if (!isObject(value, requestNames, ["artifact", "validation"])) return undefined;
  const { version, source, artifact, steps, validation, disks, identities, optimize, definitions } = value;
  const isForm =
    version === 1 &&
    isSource(source) &&
    (artifact === undefined || isArtifact(artifact)) &&
    isListOf(steps, isStep) &&
    (validation === undefined || isValidation(validation)) &&
    isDisks(disks) &&
    isListOf(identities, isText) &&
    isSorted(identities) &&
    isOptimize(optimize) &&
    isListOf(definitions, isDefinition);
  // Each part has been looked at, which the type of a parsed JSON does not show.
  return isForm ? (value as unknown as RequestForm) : undefined;
}

const requestNames = ["version", "source", "steps", "disks", "identities", "optimize", "definitions"];

/** Whether `value` is an object with these properties, each there, and perhaps the others. */
function isObject(value: unknown, names: readonly string[], others: readonly string[] = []): value is Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const own = Object.keys(value);
  return (
    names.every((name) => own.includes(name)) && own.every((name) => names.includes(name) || others.includes(name))
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestText;
}

function isDigest(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isSize(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isListOf<T>(value: unknown, isOne: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.length <= mostItems && value.every(isOne);
}

function isSorted(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? "") < text);
}

const sourceNames: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  PlatformImage: [
    ["type", "publisher", "offer", "sku"],
    ["version", "planName", "planProduct", "planPublisher"],
  ],
  ManagedImage: [["type", "imageId"], []],
  SharedImageVersion: [["type", "imageVersionId"], []],
};

function isSource(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const type: unknown = (value as Fields)["type"];
  const names = typeof type === "string" && Object.hasOwn(sourceNames, type) ? sourceNames[type] : undefined;
  return names !== undefined && isObject(value, ...names) && Object.values(value).every(isText);
}

function isArtifact(value: unknown): boolean {
  return isObject(value, ["content", "folder"]) && isDigest(value["content"]) && isText(value["folder"]);
}

function isStep(value: unknown): value is FormStep {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { type, ...parts } = value as Fields;
  return (
    isText(type) &&
    Object.keys(parts).length <= 50 &&
    Object.entries(parts).every(([name, part]) => (name === "inline" ? isScript(part) : isPart(part)))
  );
}

function isScript(value: unknown): boolean {
  return isObject(value, ["sha256", "lines"]) && isDigest(value["sha256"]) && isSize(value["lines"]);
}

function isPart(value: unknown): value is Json {
  const isScalar = (one: unknown): one is string | number | boolean =>
    isText(one) || (typeof one === "number" && Number.isFinite(one)) || one === true;
  return isScalar(value) || (isList(value as Json) && isListOf(value, isScalar));
}

function isValidation(value: unknown): boolean {
  return (
    isObject(value, ["continueOnFailure", "sourceOnly", "validators"]) &&
    typeof value["continueOnFailure"] === "boolean" &&
    typeof value["sourceOnly"] === "boolean" &&
    isListOf(value["validators"], isStep)
  );
}

function isDisks(value: unknown): boolean {
  const isOne = (size: unknown): size is number => isSize(size);
  return isObject(value, ["os", "data"]) && isSize(value["os"]) && isListOf(value["data"], isOne);
}

function isOptimize(value: unknown): boolean {
  if (!isObject(value, ["vmBoot"], ["workload"])) return false;
  return typeof value["vmBoot"] === "boolean" && (value["workload"] === undefined || isStep(value["workload"]));
}

function isDefinition(value: unknown): value is FormDefinition {
  if (!isObject(value, ["kind"], ["id", "generation", "securityType"])) return false;
  const { kind, id } = value;
  return (
    (kind === "gallery" ? id !== undefined : (kind === "managedImage" || kind === "vhd") && id === undefined) &&
    Object.values(value).every(isText)
  );
}
