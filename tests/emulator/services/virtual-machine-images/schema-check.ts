/** Checks of a request body against the published schemas, answered in the service's words. */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { badValue, missingField, unmarshalling, type BuilderFault } from "./errors.ts";
import { objectOf, objectsOf, textOf, type JsonObject } from "./json.ts";

/** api-versions served to clients; each has its schema. */
export const API_VERSIONS = ["2024-02-01", "2025-10-01"] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

interface CompiledSchema {
  readonly document: JsonObject;
  readonly validate: ValidateFunction;
}

const compiled = new Map<ApiVersion, CompiledSchema>();

function schemaOf(apiVersion: ApiVersion): CompiledSchema {
  const known = compiled.get(apiVersion);
  if (known !== undefined) return known;
  const file = new URL(`../../schemas/image-template-${apiVersion}.strict.json`, import.meta.url);
  const document = objectOf(JSON.parse(readFileSync(file, "utf8")));
  const ajv = new Ajv({ allErrors: true, strict: false, discriminator: true, validateFormats: false, verbose: true });
  const made = { document, validate: ajv.compile(withDiscriminators(document)) };
  compiled.set(apiVersion, made);
  return made;
}

/** Says for each union which property tells its members apart, so that errors are about the member that was meant. */
function withDiscriminators(document: JsonObject): JsonObject {
  const definitions = Object.entries(objectOf(document["definitions"])).map(([name, value]) => {
    const definition = objectOf(value);
    if (definition["oneOf"] === undefined) return [name, definition] as const;
    const propertyName = name === "DistributeVersioner" ? "scheme" : "type";
    return [
      name,
      { type: "object", required: [propertyName], discriminator: { propertyName }, ...definition },
    ] as const;
  });
  return { ...document, definitions: Object.fromEntries(definitions) };
}

/**
 * The first thing wrong with a body of PUT, or undefined. What cannot be read into the service's types comes first,
 * then what is missing, then what has a bad value. Before 2024-02-01 fields that are not known were passed over: such
 * versions, in replays, are read by the schema of that version.
 */
export function checkBody(body: unknown, requested: string): BuilderFault | undefined {
  const apiVersion = API_VERSIONS.find((version) => version === requested);
  const { document, validate } = schemaOf(apiVersion ?? "2024-02-01");
  if (validate(body) === true) return undefined;
  const errors = (validate.errors ?? []).filter(
    (error) => apiVersion !== undefined || error.keyword !== "additionalProperties",
  );
  const unreadable = errors.find((error) => error.keyword === "additionalProperties" || error.keyword === "type");
  if (unreadable !== undefined) return unmarshalling(chainOf(unreadable, { document, apiVersion: requested }, body));
  const missing = errors.find((error) => error.keyword === "required");
  if (missing !== undefined)
    return missingField(pathOf(missing.instancePath), textOf(missing.params["missingProperty"]));
  const [first] = errors;
  return first === undefined ? undefined : badValueOf(first);
}

/** \`/properties/distribute/0\` as the service writes it: \`ImageTemplate.properties.distribute[0]\`. */
function pathOf(instancePath: string): string {
  const pieces = instancePath.split("/").slice(1);
  return `ImageTemplate${pieces.map((piece) => (/^\d+$/.test(piece) ? `[${piece}]` : `.${piece}`)).join("")}`;
}

function badValueOf(error: ErrorObject): BuilderFault {
  const { params } = error as { readonly params: Readonly<Record<string, unknown>> };
  if (error.keyword === "discriminator") {
    return params["tagValue"] === undefined
      ? missingField(pathOf(error.instancePath), textOf(params["tag"]))
      : badValue(pathOf(error.instancePath), textOf(params["tag"]), params["tagValue"]);
  }
  const at = error.instancePath.lastIndexOf("/");
  return badValue(pathOf(error.instancePath.slice(0, at)), error.instancePath.slice(at + 1), error.data);
}

interface TypeWalk {
  readonly document: JsonObject;
  readonly apiVersion: string;
}

/** Follows references to the definition a value is read into: its name in the service's types, and the definition. */
function resolve(
  schema: JsonObject,
  value: unknown,
  walk: TypeWalk,
): { readonly name: string | undefined; readonly definition: JsonObject } {
  const [whole] = objectsOf(schema["allOf"]);
  const reference = textOf((whole ?? schema)["$ref"]);
  if (reference === "") return { name: undefined, definition: schema };
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const definition = objectOf(objectOf(walk.document["definitions"])[name]);
  const members = objectsOf(definition["oneOf"]).map((member) => resolve(member, value, walk));
  const tag = objectOf(value)["type"] ?? objectOf(value)["scheme"];
  const meant = members.find((member) => {
    const properties = objectOf(member.definition["properties"]);
    return objectOf(properties["type"] ?? properties["scheme"])["const"] === tag;
  });
  return meant ?? { name, definition };
}

/** How Go names a field: with a capital. */
function goField(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The chain of types down to the field that could not be read, as in the release notes of 2024-02-01. */
function chainOf(error: ErrorObject, walk: TypeWalk, body: unknown): string {
  const version = `v${walk.apiVersion.replaceAll("-", "_")}`;
  const pieces = error.instancePath.split("/").slice(1);
  const steps: string[] = [`unmarshalling type *${version}.ImageTemplate`];
  let type = "ImageTemplate";
  let schema: JsonObject = walk.document;
  let value = body;
  for (const piece of pieces) {
    const isIndex = /^\d+$/.test(piece);
    const next = isIndex ? objectOf(schema["items"]) : objectOf(objectOf(schema["properties"])[piece]);
    value = isIndex ? (value as readonly unknown[])[Number(piece)] : objectOf(value)[piece];
    const { name, definition } = resolve(next, value, walk);
    if (!isIndex) steps.push(`struct field ${goField(piece)}`);
    if (name !== undefined) {
      type = name;
      steps.push(`unmarshalling type *${version}.${name}`);
    }
    schema = definition;
  }
  const unknown = textOf((error.params as JsonObject)["additionalProperty"]);
  if (error.keyword === "additionalProperties") {
    return `${steps.join(": ")}: unmarshalling type *${version}.${type}, unknown field "${unknown}"`;
  }
  const expected = String((error.params as JsonObject)["type"]);
  return `${steps.join(": ")}: json: cannot unmarshal ${goKind(error.data)} into Go value of type ${expected}`;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return value === null ? "null" : typeof value;
}
