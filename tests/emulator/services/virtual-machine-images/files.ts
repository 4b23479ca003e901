/** Scripts and files the service fetches while a template is created (facts, section 1.5; wire notes, section 6). */
import { createHash } from "node:crypto";
import type { World } from "../../core/types.ts";
import type { Origin } from "../../core/origins.ts";
import { ProvisioningFailure, type ProvisioningErrorCode, unauthorized } from "./errors.ts";
import { objectOf, objectsOf, textOf, type JsonObject } from "./json.ts";
import type { Template } from "./state.ts";

const ATTEMPTS = 10;
/** The File customizer takes files under 20 MB. */
const FILE_LIMIT = 20 * 1000 * 1000;

export interface FileToFetch {
  /** Where it belongs, e.g. \`customize/0\`. */
  readonly place: string;
  readonly kind: "customizer" | "validator";
  readonly uri: string;
  readonly sha256: string;
  /** Most bytes allowed. */
  readonly limit: number;
}

/** Everything of a template that the service fetches, in order. */
export function filesToFetch(properties: JsonObject): readonly FileToFetch[] {
  const steps = (list: unknown, place: string, kind: FileToFetch["kind"]): readonly FileToFetch[] =>
    objectsOf(list).map((step, index) => {
      const isFile = step["type"] === "File";
      const uri = textOf(isFile ? step["sourceUri"] : step["scriptUri"]);
      const limit = isFile ? FILE_LIMIT : Number.POSITIVE_INFINITY;
      return { place: `${place}/${index}`, kind, uri, sha256: textOf(step["sha256Checksum"]), limit };
    });
  const workload = objectOf(objectOf(properties["optimize"])["workload"]);
  return [
    ...steps(properties["customize"], "customize", "customizer"),
    ...steps(objectOf(properties["validate"])["inVMValidations"], "validate", "validator"),
    ...steps([{ ...workload, type: "Shell" }], "optimize", "customizer"),
  ].filter((file) => file.uri !== "");
}

/**
 * Fetches a file as the template's identity, checks its digest, and keeps it with the template.
 * @throws ProvisioningFailure when the identity may not read it, when it cannot be fetched in ten attempts, is too large,
 * or is another than expected
 */
export async function fetchFile(world: World, template: Template, file: FileToFetch): Promise<void> {
  const content = await download(world, template, file);
  if (content.length >= file.limit) {
    throw failure(
      file,
      `File '${withoutQuery(file.uri)}' has ${content.length} bytes: the File customizer is meant for files below 20 MB.`,
    );
  }
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (file.sha256 !== "" && file.sha256 !== sha256) {
    throw failure(
      file,
      `Checksum mismatch for file '${withoutQuery(file.uri)}': expected '${file.sha256}', actual '${sha256}'.`,
    );
  }
  template.files.set(file.place, { content, sha256 });
}

function failure(file: FileToFetch, message: string): ProvisioningFailure {
  const codes: Record<FileToFetch["kind"], ProvisioningErrorCode> = {
    customizer: "NoCustomizerScript",
    validator: "NoValidatorScript",
  };
  return new ProvisioningFailure("InternalOperationError", codes[file.kind], message);
}

async function download(world: World, template: Template, file: FileToFetch): Promise<Buffer> {
  const bearer = await tokenFor(world, template, file.uri);
  const from = originOf(template);
  let why = "";
  let refused = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const answer = await world.blobs.fetch(file.uri, bearer, from);
      if (answer.status === 200) return answer.body;
      refused = bearer !== undefined && answer.status === 403;
      why = `Bad status downloading from url '${withoutQuery(file.uri)}' ${answer.status}`;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  // A missing role and a closed network look the same (issue 60 of Azure/azvmimagebuilder).
  if (refused) throw unauthorized(withoutQuery(file.uri));
  const [shown, local] = [withoutQuery(file.uri), `${world.newGuid()}.${file.place.split("/")[1]}.${file.kind}.fp`];
  throw failure(
    file,
    `Downloading external file (${shown}) to local file (${local}) [attempt ${ATTEMPTS} of ${ATTEMPTS}] failed: Error downloading '${shown}' to '${local}': '${why}'`,
  );
}

/** Files are fetched from the container group: from its subnet, or from a network of the service's own (facts, section 1.5). */
function originOf(template: Template): Origin {
  const network = objectOf(objectOf(template.properties["vmProfile"])["vnetConfig"]);
  return { subnetId: textOf(network["containerInstanceSubnetId"]) || undefined };
}

/** A blob without a signature is read with the identity's own token, also where anonymous reading is on. */
async function tokenFor(world: World, template: Template, uri: string): Promise<string | undefined> {
  const url = new URL(uri);
  const isBlob = url.hostname.includes(".blob.") || uri.startsWith(`${world.endpoints.blob}/`);
  const principalId = [...(template.identityIds?.values() ?? [])][0]?.principalId;
  if (!isBlob || url.searchParams.has("sig") || principalId === undefined) return undefined;
  return world.tokenFor(principalId, "https://storage.azure.com");
}

/** An address as the service shows it: what follows the question mark may be a signature. */
function withoutQuery(uri: string): string {
  return uri.replace(/\?.*$/s, "?[REDACTED]");
}
