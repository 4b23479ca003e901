/** `readTemplateFile`: from the text of a file to the parts of an image template, or everything that is wrong with it. */
import { problemCodes } from "../codes.ts";
import type { ImageTemplateProperties } from "../image-template.ts";
import { suggest } from "../values/nearest.ts";
import { regionName } from "../values/regions.ts";
import { beginCheck, checkShape, endCheck } from "./check-shape.ts";
import { openDeployment, type DeploymentReader } from "./deployment.ts";
import type { Surroundings } from "./expression/evaluate.ts";
import { beginReport, type FileReport } from "./faults.ts";
import { findResource, type FoundResource } from "./find-resource.ts";
import { readJson } from "./json-text.ts";
import { childOf, entryOf, type FileEntry, type FileNode, type ObjectNode, textOf, toJson } from "./nodes.ts";
import { type GivenParameter, type ParametersText, readParameters } from "./parameters.ts";
import { checkRules } from "./rules.ts";
import { bodyShape } from "./shape.ts";

/** What to read, and where the template will be. */
export interface TemplateFileText {
  readonly text: string;
  /** The file's name, for messages. */
  readonly file: string;
  readonly parameters?: ParametersText | undefined;
  readonly surroundings: Surroundings;
  /** Paths such as `identity` or `properties.source` that inputs replace: they are not looked at. */
  readonly replaced: readonly string[];
}

/** The parts of an image template that a file gives. */
export interface FileTemplate {
  readonly file: string;
  /** Undefined where the file names none, or a name that cannot be worked out. */
  readonly name?: string;
  /** Short name of the region. */
  readonly location?: string;
  readonly identityId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Partial<ImageTemplateProperties>;
  /** Where among `properties.customize` the artifact is fetched, as the file says by `{ "type": "Artifact" }`. */
  readonly artifactAt?: number;
}

/** The template, undefined with at least one fault, and what else there is to say. */
export interface TemplateFileReading {
  readonly template: FileTemplate | undefined;
  /** Whether the file names an identity, good or bad. */
  readonly namesIdentity: boolean;
  readonly report: FileReport;
}

/** Reads a file. Throws nothing: whatever is wrong is in the report. */
export function readTemplateFile(given: TemplateFileText): TemplateFileReading {
  const report = beginReport();
  const { template, namesIdentity } = read(given, report);
  return { template: report.faults.length === 0 ? template : undefined, namesIdentity, report };
}

/** A file of which nothing could be read. */
const nothing = { template: undefined, namesIdentity: true };

function read(given: TemplateFileText, report: FileReport): Omit<TemplateFileReading, "report"> {
  const parameters = given.parameters === undefined ? [] : readParameters(given.parameters, report);
  const json = readJson(given.text, given.file);
  if ("fault" in json) {
    const { why, place } = json.fault;
    report.fault({
      code: problemCodes.badJson,
      place,
      why: `this is not JSON: ${why}`,
      legal: "a JSON file; comments may be in it",
    });
    return nothing;
  }
  const found = findResource(json.node, report);
  if (found === undefined) return nothing;
  refuseSurplus(found, parameters, report);
  const reader = readerOf(found, json.node, given, { parameters, report });
  checkEnvelope(found, report);
  const body = resolveBody(found, given.replaced, reader);
  const check = beginCheck(report);
  const checked = checkShape(body, bodyShape, "", check);
  endCheck(check);
  const properties = entryOf(checked, "properties")?.value;
  if (properties !== undefined) checkRules(properties, report);
  demandParts(checked, given.replaced, report);
  return {
    template: assemble(checked, given, { found, reader, report }),
    namesIdentity: entryOf(checked, "identity") !== undefined,
  };
}

function refuseSurplus(found: FoundResource, parameters: readonly GivenParameter[], report: FileReport): void {
  const [first] = parameters;
  if (found.kind === "deployment" || first === undefined) return;
  report.fault({
    input: "templateParameters",
    code: problemCodes.badParameter,
    place: first.place,
    why: "the file is no deployment template and has no parameters",
    legal: "nothing, with this file",
  });
}

interface Reading {
  readonly parameters: readonly GivenParameter[];
  readonly report: FileReport;
}

/** A file that is no deployment has no expressions: its texts are what they are. */
function readerOf(
  found: FoundResource,
  root: FileNode,
  { surroundings }: TemplateFileText,
  { parameters, report }: Reading,
): DeploymentReader {
  if (found.kind === "bare") return { resolve: (node) => node, quietly: (node) => node };
  return openDeployment({ root, given: parameters, surroundings, report });
}

const sent = ["location", "tags", "identity", "properties"];
const passedOver = ["type", "apiversion", "name", "dependson", "comments", "metadata", "id", "systemdata", "$schema"];
const refused: Readonly<Record<string, string>> = {
  copy: "copy loops of resources are not supported",
  condition: "conditions of resources are not supported",
  existing: "the file only refers to an image template, and describes none",
  scope: "a scope of its own is not supported: the template goes to the step's resource group",
};

/** What stands beside the parts that are sent. */
function checkEnvelope({ resource, path }: FoundResource, report: FileReport): void {
  for (const { name, place, value } of resource.entries) {
    const word = name.toLowerCase();
    const own = path === "" ? name : `${path}.${name}`;
    const why = Object.hasOwn(refused, word) ? refused[word] : undefined;
    const isNoScope = word === "existing" && value.kind === "scalar" && value.value === false;
    if (why !== undefined && !isNoScope) {
      report.fault({ code: problemCodes.badExpression, place, path: own, why, legal: "one plain resource" });
    } else if (word === "resources") {
      report.note("Resources below the image template, such as triggers, are not made.");
    } else if (why === undefined && !sent.includes(word) && !passedOver.includes(word)) {
      report.fault({
        place,
        path: own,
        why: `the service knows no \`${name}\` here${suggest(name, sent)}`,
        legal: sent.join(", "),
      });
    }
  }
}

/** The parts that are sent, without those that inputs replace. Parts that failed are left out: the report has them. */
function resolveBody({ resource }: FoundResource, replaced: readonly string[], reader: DeploymentReader): ObjectNode {
  const entries = sent.flatMap((name): readonly FileEntry[] => {
    const entry = resource.entries.find((one) => one.name.toLowerCase() === name);
    if (entry === undefined || replaced.includes(name)) return [];
    const pruned = prune(entry.value, name, replaced);
    const resolved = reader.resolve(pruned, name);
    if (resolved.kind === "scalar" && resolved.value === null) return [];
    return [{ name, place: entry.place, value: prune(resolved, name, replaced) }];
  });
  return { kind: "object", entries, place: resource.place };
}

function prune(node: FileNode, path: string, replaced: readonly string[]): FileNode {
  if (node.kind !== "object" || !replaced.some((one) => one.startsWith(`${path}.`))) return node;
  const entries = node.entries
    .filter(({ name }) => !replaced.includes(`${path}.${name}`))
    .map((entry) => ({ ...entry, value: prune(entry.value, `${path}.${entry.name}`, replaced) }));
  return { ...node, entries };
}

/** Source and targets must be in the file, or in inputs. What is misspelt or unknown is not missing too. */
function demandParts(body: FileNode, replaced: readonly string[], report: FileReport): void {
  const properties = entryOf(body, "properties")?.value;
  if (properties?.kind === "unknown") return;
  for (const name of ["source", "distribute"]) {
    const path = `properties.${name}`;
    const isTold = report.faults.some((fault) => fault.path?.toLowerCase() === path);
    if (replaced.includes(path) || isTold || entryOf(properties, name) !== undefined) continue;
    report.fault({
      place: properties?.place ?? body.place,
      path,
      why: "it is missing",
      legal:
        name === "source"
          ? "`source` in the file, or the input sourceImage"
          : "`distribute` in the file, or an input that names a target",
    });
  }
}

interface Assembly {
  readonly found: FoundResource;
  readonly reader: DeploymentReader;
  readonly report: FileReport;
}

function assemble(body: FileNode, given: TemplateFileText, { found, reader, report }: Assembly): FileTemplate {
  const location = textOf(entryOf(body, "location")?.value);
  const name = given.replaced.includes("name") ? undefined : nameOf(found.resource, reader, report);
  const identityId = identityOf(entryOf(body, "identity")?.value, report);
  const { properties, artifactAt } = withoutArtifact(entryOf(body, "properties")?.value, report);
  const tags = entryOf(body, "tags")?.value;
  return {
    file: given.file,
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location: regionName(location) }),
    ...(identityId === undefined ? {} : { identityId }),
    // Their shapes have been checked; a reading with faults is not handed out.
    tags: (tags === undefined ? {} : toJson(tags)) as Readonly<Record<string, string>>,
    properties: properties as Partial<ImageTemplateProperties>,
    ...(artifactAt === undefined ? {} : { artifactAt }),
  };
}

function nameOf(resource: ObjectNode, reader: DeploymentReader, report: FileReport): string | undefined {
  const node = childOf(resource, "name");
  if (node === undefined) return undefined;
  const resolved = reader.quietly(node);
  const name = textOf(resolved)?.split("/").at(-1);
  if (name !== undefined && /^[A-Za-z0-9-_.]{1,64}$/.test(name)) return name;
  report.note("The image template's name in the file cannot be used here: a name of the task's own is.");
  return undefined;
}

function identityOf(node: FileNode | undefined, report: FileReport): string | undefined {
  const all = entryOf(node, "userAssignedIdentities")?.value;
  if (all?.kind !== "object") return undefined;
  const [first, second] = all.entries;
  if (first !== undefined && second === undefined) return first.name.replace(/(?<!\/)\/+$/, "");
  report.fault({
    place: second?.place ?? all.place,
    path: "identity.userAssignedIdentities",
    why: first === undefined ? "it names no identity" : "it names more than one identity, and the service takes one",
    legal: "exactly one identity, or the input managedIdentity",
  });
  return undefined;
}

/** The properties without the marks where the artifact goes and without `autoRun`, which the task sees to. */
function withoutArtifact(
  node: FileNode | undefined,
  report: FileReport,
): { readonly properties: unknown; readonly artifactAt?: number } {
  if (node?.kind !== "object") return { properties: {} };
  const customize = entryOf(node, "customize")?.value;
  const items = customize?.kind === "array" ? customize.items : [];
  const isMark = (item: FileNode): boolean => textOf(entryOf(item, "type")?.value) === "Artifact";
  const artifactAt = items.findIndex(isMark);
  const second = items.filter(isMark)[1];
  if (second !== undefined) {
    report.fault({
      place: second.place,
      path: "properties.customize",
      why: "there are two entries of type Artifact",
      legal: "one",
    });
  }
  const autoRun = textOf(entryOf(entryOf(node, "autoRun")?.value, "state")?.value);
  if (autoRun === "Enabled") report.note("autoRun is left out: the task starts the run itself and follows it.");
  const rest = {
    ...node,
    entries: node.entries
      .filter(({ name }) => name !== "autoRun")
      .map((entry) =>
        entry.value === customize && customize.kind === "array"
          ? { ...entry, value: { ...customize, items: items.filter((item) => !isMark(item)) } }
          : entry,
      ),
  };
  return { properties: toJson(rest), ...(artifactAt < 0 ? {} : { artifactAt }) };
}
