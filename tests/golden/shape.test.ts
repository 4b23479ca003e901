/** What the task takes in template files and overrides is what the published schema has, but for what is listed here. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { bodyShape, type ObjectShape, type Shape } from "../../tasks/AzureImageBuilderV1/src/template-file/shape.ts";
import { parseOutputName } from "../../tasks/AzureImageBuilderV1/src/template-file/texts.ts";

interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

function schemaOf(apiVersion: string): Schema {
  const file = join(import.meta.dirname, `../emulator/schemas/image-template-${apiVersion}.strict.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Schema;
}

/** Follows references. */
function resolve(schema: Schema, root: Schema): Schema {
  const reference = schema.allOf?.[0]?.$ref ?? schema.$ref;
  if (reference === undefined) return schema;
  return resolve(root.definitions?.[reference.replace("#/definitions/", "")] ?? {}, root);
}

/** What a schema and a shape say, as lines `path: what`, so that two of them can be compared. */
type Lines = readonly string[];

function linesOfSchema(given: Schema, path: string, root: Schema): Lines {
  const schema = resolve(given, root);
  if (schema.oneOf !== undefined) return schema.oneOf.flatMap((one) => linesOfMember(resolve(one, root), path, root));
  switch (schema.type) {
    case "object":
      if (typeof schema.additionalProperties === "object") {
        return [`${path}: map`, ...linesOfSchema(schema.additionalProperties, `${path}{}`, root)];
      }
      return linesOfProperties(schema, path, root);
    case "array":
      return [`${path}: list`, ...linesOfSchema(schema.items ?? {}, `${path}[]`, root)];
    case "string":
      return [`${path}: ${schema.enum === undefined ? "text" : `one of ${schema.enum.toSorted().join(", ")}`}`];
    case "integer":
      return [`${path}: integer ${schema.minimum ?? "any"} to ${schema.maximum ?? "any"}`];
    default:
      return [`${path}: ${schema.type ?? "?"}`];
  }
}

function linesOfProperties(schema: Schema, path: string, root: Schema): Lines {
  assert.equal(schema.additionalProperties, false, `${path} is open`);
  const properties = Object.entries(schema.properties ?? {});
  return [
    `${path}: object`,
    ...(schema.required ?? []).map((name) => `${path}.${name}: required`),
    ...properties.flatMap(([name, one]) => linesOfSchema(one, `${path}.${name}`, root)),
  ];
}

/** A member of a union, under the word that tells it. */
function linesOfMember(schema: Schema, path: string, root: Schema): Lines {
  const { properties = {}, required = [] } = schema;
  const tag = Object.keys(properties).find((name) => properties[name]?.const !== undefined) ?? "";
  const rest = Object.fromEntries(Object.entries(properties).filter(([name]) => name !== tag));
  const own = `${path}<${tag} ${properties[tag]?.const ?? ""}>`;
  return linesOfProperties({ ...schema, properties: rest, required: required.filter((name) => name !== tag) }, own, root);
}

function linesOfShape(shape: Shape, path: string): Lines {
  const limit = (value: number): string => (Math.abs(value) >= Number.MAX_SAFE_INTEGER ? "any" : String(value));
  switch (shape.kind) {
    case "object":
      return linesOfObject(shape, path);
    case "byType":
      return Object.entries(shape.shapes).flatMap(([word, one]) => linesOfObject(one, `${path}<${shape.tag} ${word}>`));
    case "map":
      return [`${path}: map`, ...linesOfShape(shape.values, `${path}{}`)];
    case "list":
      return [`${path}: list`, ...linesOfShape(shape.items, `${path}[]`)];
    case "text":
      return [`${path}: text`];
    case "int":
      return [`${path}: integer ${limit(shape.min)} to ${limit(shape.max)}`];
    case "bool":
      return [`${path}: boolean`];
    case "choice":
      return [`${path}: one of ${shape.values.toSorted().join(", ")}`];
  }
}

function linesOfObject(shape: ObjectShape, path: string): Lines {
  return [
    `${path}: object`,
    ...(shape.required ?? []).map((name) => `${path}.${name}: required`),
    ...Object.entries(shape.properties).flatMap(([name, one]) => linesOfShape(one, `${path}.${name}`)),
  ];
}

function difference(left: Lines, right: Lines): Lines {
  return left.filter((line) => !right.includes(line)).sort();
}

/** A difference: what the schema has, what the task has instead, and why. */
interface Deviation {
  readonly schema?: readonly string[];
  readonly task?: readonly string[];
  readonly why: string;
}

const gallery = ".properties.distribute[]<type SharedImage>";
const deviations: readonly Deviation[] = [
  {
    schema: [".identity: required", ".location: required"],
    why: "inputs say them, or the resource group does; without an identity the input managedIdentity is asked for",
  },
  {
    schema: [".properties: required", ".properties.source: required", ".properties.distribute: required"],
    why: "inputs beside the file may say source and targets; the reader asks for them where none does",
  },
  {
    schema: [".identity.type: one of None, UserAssigned"],
    task: [".identity.type: one of UserAssigned", ".identity.type: required", ".identity.userAssignedIdentities: required"],
    why: "the service builds nothing without a user-assigned identity (facts, section 1.1)",
  },
  {
    task: [".properties.customize[]<type Artifact>: object"],
    why: "the task's own mark of where the artifact is fetched; it is taken out",
  },
  {
    task: [".properties.customize[]", ".properties.validate.inVMValidations[]"].flatMap((list) => [
      `${list}<type File>.sourceUri: required`,
      `${list}<type File>.destination: required`,
    ]),
    why: "a file without them is none (facts, section 1.5)",
  },
  {
    task: ["publisher", "offer", "sku"].map((name) => `.properties.source<type PlatformImage>.${name}: required`),
    why: "they are the image's name (facts, section 1.2); the version has a default",
  },
  {
    schema: [`${gallery}.targetRegions[].replicaCount: integer 1 to any`],
    task: [`${gallery}.targetRegions[].replicaCount: integer 1 to 100`],
    why: "a gallery keeps at most 100 copies (facts, section 7)",
  },
  {
    schema: [`${gallery}.versioning<scheme Latest>.major: integer -1 to any`],
    task: [`${gallery}.versioning<scheme Latest>.major: integer -1 to 2147483647`],
    why: "parts of a version are numbers of 32 bits (facts, section 7)",
  },
  {
    schema: [".properties.vmProfile.osDiskSizeGB: integer 0 to any"],
    task: [".properties.vmProfile.osDiskSizeGB: integer 0 to 4095"],
    why: "an Azure OS disk has at most 4095 GiB",
  },
];

describe("the shape of template files", () => {
  const newest = schemaOf("2025-10-01");
  const schema = linesOfSchema(newest, "", newest);
  const shape = linesOfShape(bodyShape, "");

  it("has every property, type, range and legal word of the schema of 2025-10-01, and no other, but as listed", () => {
    assert.ok(schema.length > 150 && shape.length > 150);
    assert.deepEqual(
      { schema: difference(schema, shape), task: difference(shape, schema) },
      {
        schema: deviations.flatMap((one) => one.schema ?? []).toSorted(),
        task: deviations.flatMap((one) => one.task ?? []).toSorted(),
      },
    );
    assert.ok(deviations.every(({ why }) => why !== ""));
  });

  it("has nothing that the schema of 2024-02-01 lacks but what 2025-10-01 brought", () => {
    const root = schemaOf("2024-02-01");
    const older = linesOfSchema(root, "", root);
    const brought = [".properties.additionalDataDisks", ".properties.optimize.workload", `${gallery}.replicationMode`];
    const more = difference(schema, older);
    assert.deepEqual(difference(older, schema), []);
    assert.ok(more.every((line) => brought.some((path) => line.startsWith(path))), more.join("\n"));
    assert.ok(brought.every((path) => more.some((line) => line.startsWith(path))));
  });

  it("takes the names of run outputs that the schema's pattern takes", () => {
    const pattern = newest.definitions?.["ImageTemplateVhdDistributor"]?.properties?.["runOutputName"]?.pattern ?? "";
    assert.notEqual(pattern, "");
    const text = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9-_.]{0,66}$/),
      fc.stringMatching(/^[A-Za-z0-9-_./ ]{1,9}$/),
    );
    fc.assert(
      fc.property(text, (name) => assert.equal(parseOutputName(name).ok, new RegExp(pattern).test(name))),
      { seed: Number(process.env["FC_SEED"] ?? 20261123) },
    );
  });
});
