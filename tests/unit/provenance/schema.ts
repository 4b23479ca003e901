/**
 * The forms that statements are held against, of the public specifications: in-toto attestation framework (Statement v1,
 * ResourceDescriptor v1) and SLSA provenance v1. Only what they require and name; what they leave open stays open.
 */
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

const uri = { type: "string", format: "uri" };
const digestSet = {
  type: "object",
  minProperties: 1,
  additionalProperties: { type: "string", pattern: "^[0-9a-f]+$" },
};
const descriptor = {
  type: "object",
  anyOf: [{ required: ["uri"] }, { required: ["digest"] }, { required: ["content"] }],
  additionalProperties: false,
  properties: {
    ...{ name: { type: "string" }, uri, digest: digestSet, content: { type: "string" }, downloadLocation: uri },
    ...{ mediaType: { type: "string" }, annotations: { type: "object" } },
  },
};
const time = { type: "string", format: "date-time" };

const schema = {
  type: "object",
  required: ["_type", "subject", "predicateType", "predicate"],
  properties: {
    _type: { const: "https://in-toto.io/Statement/v1" },
    subject: { type: "array", minItems: 1, items: { ...descriptor, required: ["digest"] } },
    predicateType: { const: "https://slsa.dev/provenance/v1" },
    predicate: {
      type: "object",
      required: ["buildDefinition", "runDetails"],
      additionalProperties: false,
      properties: {
        buildDefinition: {
          type: "object",
          required: ["buildType", "externalParameters"],
          additionalProperties: false,
          properties: {
            buildType: uri,
            externalParameters: { type: "object", minProperties: 1 },
            internalParameters: { type: "object" },
            resolvedDependencies: { type: "array", items: descriptor },
          },
        },
        runDetails: {
          type: "object",
          required: ["builder"],
          additionalProperties: false,
          properties: {
            builder: {
              type: "object",
              required: ["id"],
              additionalProperties: false,
              properties: {
                id: uri,
                version: { type: "object" },
                builderDependencies: { type: "array", items: descriptor },
              },
            },
            metadata: {
              type: "object",
              additionalProperties: false,
              properties: { invocationId: { type: "string" }, startedOn: time, finishedOn: time },
            },
            byproducts: { type: "array", items: descriptor },
          },
        },
      },
    },
  },
};

const ajv = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false });
// The package is CommonJS: its function is the module's, and the default of that.
addFormats.default(ajv);
const validate = ajv.compile(schema);

/** What the specifications find wrong with a statement; empty when nothing. */
export function statementFaults(value: unknown): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}
