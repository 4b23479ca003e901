/** Artifacts of runs: List, Get Artifact, Get File, and the content as a zip. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { Readable } from "node:stream";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, configure } from "@zip.js/zip.js";
import type { Answer, Exchange } from "../../core/exchange.ts";
import type { WorldArtifact, WorldFile, WorldRun } from "../../core/world-file.ts";
import type { Cloud } from "../../core/world.ts";
import { failure, json, list, notBuilt, service, versionAsked } from "./answers.ts";
import { type Project, findProject, findRun, same } from "./pipelines.ts";

configure({ useWebWorkers: false });

/** Where contents are kept; one of several hosts of that form. */
const contentHost = "artprodweu3.artifacts.visualstudio.com";

/** Answers `GET build/builds/{buildId}/artifacts`, which the query turns into one artifact or one file. */
export function readArtifacts(
  exchange: Exchange,
  cloud: Cloud,
  { project, buildId }: { readonly project: Project; readonly buildId: string },
): Answer | Promise<Answer> {
  const found = findRun(cloud.file, project, buildId);
  if ("status" in found) return found;
  const { run } = found;
  const artifacts = run.artifacts ?? [];
  const describe = (one: WorldArtifact): object => describeArtifact(one, { exchange, file: cloud.file, project, run });
  const query = exchange.url.searchParams;
  const name = query.get("artifactName");
  if (name === null) return list(artifacts.map(describe), "documented", "Artifacts - List");
  const artifact = artifacts.find((one) => same(one.name, name));
  if (artifact === undefined) return noArtifact(name, run);
  const fileId = query.get("fileId");
  if (fileId !== null) return readFile(artifact, { fileId, fileName: query.get("fileName") });
  if (query.get("$format") === "zip" || exchange.request.headers.accept?.startsWith("application/zip") === true) {
    return readZip(artifact, { exchange, cloud, project, run });
  }
  return json(describe(artifact), "documented", "Artifacts - Get Artifact");
}

function noArtifact(name: string, run: WorldRun): Answer {
  return failure(404, `Artifact ${name} was not found for build ${run.id}.`, "documented");
}

interface Place {
  readonly exchange: Exchange;
  readonly file: WorldFile;
  readonly project: Project;
  readonly run: WorldRun;
}

/** The form is that of public accounts of the answer; field by field for each type. */
function describeArtifact(artifact: WorldArtifact, place: Place): object {
  const { exchange, file, project, run } = place;
  const base = `${exchange.url.origin}/${file.devops.organization.name}/${project.id}/_apis/build/builds/${run.id}/artifacts`;
  const url = `${base}?artifactName=${encodeURIComponent(artifact.name)}&api-version=7.1`;
  const common = { id: run.id * 10 + (run.artifacts ?? []).indexOf(artifact), name: artifact.name };
  const source = "12f1170f-54f2-53f3-20dd-22fc7dff55f9";
  switch (artifact.type) {
    case "PipelineArtifact": {
      const manifest = manifestOf(artifact);
      const size = manifest.files.reduce((sum, { content }) => sum + content.length, 0);
      const properties = {
        RootId: blobId(`root ${manifest.text}`),
        artifactsize: String(size),
        HashType: "DEDUPNODEORCHUNK",
      };
      const downloadUrl = contentAddress(artifact, place);
      return { ...common, source, resource: { type: artifact.type, data: manifest.id, properties, url, downloadUrl } };
    }
    case "Container": {
      const size = filesOf(artifact).reduce((sum, { content }) => sum + content.length, 0);
      const data = `#/${run.id * 100}/${artifact.name}`;
      const properties = { artifactsize: String(size) };
      return {
        ...{ ...common, source },
        resource: { type: artifact.type, data, properties, url, downloadUrl: `${url}&%24format=zip` },
      };
    }
    case "FilePath": {
      const resource = { type: "FilePath", data: artifact.folder, url, downloadUrl: `file:${artifact.folder}` };
      return { ...common, source, resource };
    }
  }
}

interface ArtifactFile {
  /** With `/` between parts, none at the beginning. */
  readonly path: string;
  readonly content: Buffer;
}

/** Only files are published: no empty folders, and links as what they point to. */
function filesOf({ folder }: WorldArtifact): readonly ArtifactFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path: relative(folder, path).split(sep).join("/"), content: readFileSync(path) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Manifest {
  readonly id: string;
  readonly text: string;
  readonly files: readonly ArtifactFile[];
}

function manifestOf(artifact: WorldArtifact): Manifest {
  const files = filesOf(artifact);
  const items = files.map(({ path, content }) => ({
    path: `/${path}`,
    blob: { id: blobId(content), size: content.length },
  }));
  const text = JSON.stringify({ manifestFormat: "1.1.0", items, manifestReferences: [] });
  return { id: blobId(text), text, files };
}

/** A hash of the content that ends in the kind of its node; how the real one is made does not show. */
function blobId(content: Buffer | string): string {
  return `${createHash("sha256").update(content).digest("hex").toUpperCase()}01`;
}

function readFile(
  artifact: WorldArtifact,
  { fileId, fileName }: { readonly fileId: string; readonly fileName: string | null },
): Answer {
  if (fileName === null) return failure(400, "A value is required for fileName.", "inferred");
  if (artifact.type !== "PipelineArtifact") return notBuilt(`files of an artifact of the type ${artifact.type}`);
  const manifest = manifestOf(artifact);
  const content =
    fileId === manifest.id
      ? Buffer.from(manifest.text)
      : manifest.files.find((file) => blobId(file.content) === fileId)?.content;
  if (content === undefined || artifact.expired === true)
    return failure(404, `The file ${fileId} was not found.`, "inferred");
  const headers = { "Content-Type": "application/octet-stream" };
  return { status: 200, headers, body: content, service, mark: "issue", fact: "Artifacts - Get File" };
}

function contentAddress(artifact: WorldArtifact, { exchange, file, project, run }: Place): string {
  const { organization } = file.devops;
  const id = `pipelineartifact://${organization.name}/projectId/${project.id}/buildId/${run.id}/artifactName/${artifact.name}`;
  const origin = exchange.viaProxy ? `https://${contentHost}` : exchange.url.origin;
  return `${origin}/A${organization.id}/${project.id}/_apis/artifact/${urlToken(id)}/content?format=zip`;
}

/** Base64 for addresses, with the number of padding signs in place of them. */
function urlToken(text: string): string {
  const padding = (3 - (Buffer.byteLength(text) % 3)) % 3;
  return `${Buffer.from(text).toString("base64url")}${padding}`;
}

function readZip(
  artifact: WorldArtifact,
  { exchange, cloud, project, run }: Omit<Place, "file"> & { readonly cloud: Cloud },
): Answer | Promise<Answer> {
  if (artifact.type === "Container") return zipAnswer(artifact, cloud);
  if (artifact.type === "FilePath") return failure(400, "The artifact type FilePath is not supported.", "inferred");
  const location = contentAddress(artifact, { exchange, file: cloud.file, project, run });
  return {
    status: 302,
    headers: { Location: location },
    body: undefined,
    service,
    mark: "issue",
    fact: "zip of an artifact",
  };
}

/** Answers `GET A{organization}/{project}/_apis/artifact/{id}/content` at the host of contents. */
export function readContent(exchange: Exchange, cloud: Cloud, token: string): Answer | Promise<Answer> {
  const id = Buffer.from(token.slice(0, -1), "base64url").toString("utf8");
  const match = /^pipelineartifact:\/\/([^/]+)\/projectId\/([^/]+)\/buildId\/(\d+)\/artifactName\/(.+)$/.exec(id);
  const [, , projectId = "", buildId = "", name = ""] = match ?? [];
  const project = findProject(cloud.file, projectId);
  // This host has versions of its own: one of the Build area is an unknown address to it.
  if (project === undefined || versionAsked(exchange) !== undefined) return noContent(id, "issue");
  if (exchange.url.searchParams.get("format") !== "zip")
    return notBuilt("an artifact's content in another form than zip");
  const found = findRun(cloud.file, project, buildId);
  if ("status" in found) return found;
  const artifact = found.run.artifacts?.find((one) => one.name === name);
  return artifact === undefined ? noContent(id, "inferred") : zipAnswer(artifact, cloud);
}

function noContent(id: string, mark: "issue" | "inferred"): Answer {
  return failure(404, `The artifact ${id} was not found.`, mark);
}

/** A zip made for this answer: its times, and with them its bytes, are not those of the last one. Its length is not told. */
async function zipAnswer(artifact: WorldArtifact, cloud: Cloud): Promise<Answer> {
  if (artifact.expired === true) return noContent(artifact.name, "inferred");
  const writer = new ZipWriter(new Uint8ArrayWriter(), { lastModDate: cloud.clock.now(), level: 1 });
  for (const { path, content } of filesOf(artifact)) {
    await writer.add(`${artifact.name}/${path}`, new Uint8ArrayReader(content));
  }
  const bytes = Buffer.from(await writer.close());
  const parts = Array.from({ length: Math.ceil(bytes.length / partSize) }, (_, index) =>
    bytes.subarray(index * partSize, (index + 1) * partSize),
  );
  return {
    status: 200,
    headers: {
      "Content-Type": "application/zip",
      "Content-Disposition": `attachment; filename="${artifact.name}.zip"`,
    },
    body: Readable.from(parts),
    service,
    mark: "issue",
    fact: "zip of an artifact",
  };
}

const partSize = 64 * 1024;
