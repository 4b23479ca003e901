/**
 * What an image was made of and by which run, as an in-toto Statement v1 with an SLSA provenance v1 predicate: written by
 * this task, and read again from a run that may be anybody's. Pure.
 */
import { parseForm, requestDigest, type RequestForm } from "../request/index.ts";
import type { DigestSet, Made, Statement } from "./types.ts";

export type { Made, Statement } from "./types.ts";

/** The type of attachment under which a run keeps its statements. */
export const attachmentType = "AzureImageBuilder.Provenance";

/** Says what the parameters and dependencies of the statement mean; the 1 is the version of the request's form. */
export const buildType = "https://github.com/azure-image-builder-extension/build/v1";

const statementType = "https://in-toto.io/Statement/v1";
const predicateType = "https://slsa.dev/provenance/v1";

/** The name of an image's digest: an image has none of its own, so this is the digest of the request it was made for. */
const digestName = "azureImageRequest";

/** Most images that one build makes are some tens: the service takes so many targets. */
const mostImages = 100;
const longestName = 2_048;

/** A statement of a build's images. Its digests are those of the form it holds. */
export function buildStatement(made: Made): Statement {
  const { form, images, internal, dependencies, builder, invocation, startedAt, finishedAt } = made;
  const digest = digestSetOf(form);
  return {
    _type: statementType,
    subject: images.map((name) => ({ name, digest })),
    predicateType,
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: { request: form },
        internalParameters: internal,
        resolvedDependencies: dependencies,
      },
      runDetails: {
        builder: { id: builder },
        metadata: {
          invocationId: invocation,
          startedOn: startedAt.toISOString(),
          finishedOn: finishedAt.toISOString(),
        },
        byproducts: [{ name: "requestDigest", digest }],
      },
    },
  };
}

function digestSetOf(form: RequestForm): DigestSet {
  return { [digestName]: requestDigest(form).replace(/^v\d+:/, "") };
}

/** The file's text: objects with their names in a fixed order, so that equal statements are equal byte by byte. */
export function formatStatement(statement: Statement): string {
  const { buildDefinition, runDetails } = statement.predicate;
  const externalParameters = { request: inOrder(buildDefinition.externalParameters.request) };
  const predicate = { buildDefinition: { ...buildDefinition, externalParameters }, runDetails };
  return `${JSON.stringify({ ...statement, predicate }, undefined, 2)}\n`;
}

/** Names sorted by UTF-16 code units, as in the form's canonical JSON. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, inOrder(part)]));
}

/** What others need of a statement. */
export interface ReadStatement {
  /** Resource IDs and addresses of blobs, as they are written. */
  readonly images: readonly string[];
  /** As tags have it, with `v1:` before it: the digest of `form`. */
  readonly requestDigest: string;
  readonly form: RequestForm;
  /** When the build was over. */
  readonly finishedOn?: Date;
}

/**
 * Reads a statement that anybody may have written; undefined where it is none of this task, or where what it says of the
 * request is not the digest of the request it holds. That the run which has it made the image is for the caller to judge.
 */
export function parseStatement(text: string): ReadStatement | undefined {
  try {
    return readStatement(JSON.parse(text));
  } catch {
    // No JSON, or nested deeper than anything of this task.
    return undefined;
  }
}

function readStatement(value: unknown): ReadStatement | undefined {
  const definition = at(value, "predicate", "buildDefinition");
  const details = at(value, "predicate", "runDetails");
  const isOurs =
    at(value, "_type") === statementType &&
    at(value, "predicateType") === predicateType &&
    at(definition, "buildType") === buildType;
  const form = isOurs ? parseForm(at(definition, "externalParameters", "request")) : undefined;
  if (form === undefined) return undefined;
  const expected = digestSetOf(form)[digestName] ?? "";
  const images = readSubjects(at(value, "subject"), expected);
  const byproducts: unknown = at(details, "byproducts");
  const told = Array.isArray(byproducts) && byproducts.some((one) => tellsDigest(one, expected));
  if (images === undefined || !told) return undefined;
  const finished: unknown = at(details, "metadata", "finishedOn");
  const finishedOn = finished === undefined ? undefined : readTime(finished);
  if (finished !== undefined && finishedOn === undefined) return undefined;
  return { images, requestDigest: requestDigest(form), form, ...(finishedOn === undefined ? {} : { finishedOn }) };
}

/** What lies at a path of names; undefined where there is nothing. Only own properties count. */
function at(value: unknown, ...path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return at((value as Readonly<Record<string, unknown>>)[name], ...rest);
}

function tellsDigest(byproduct: unknown, expected: string): boolean {
  return at(byproduct, "name") === "requestDigest" && at(byproduct, "digest", digestName) === expected;
}

/** Names of the images; undefined where one has none, or another digest than the request's. */
function readSubjects(value: unknown, expected: string): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostImages) return undefined;
  const names = value.flatMap((one: unknown) => {
    const name: unknown = at(one, "name");
    const isImage = typeof name === "string" && name !== "" && name.length <= longestName;
    return isImage && at(one, "digest", digestName) === expected ? [name] : [];
  });
  return names.length === value.length ? names : undefined;
}

/** As `Date` writes it: ISO 8601 in UTC. */
function readTime(value: unknown): Date | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
