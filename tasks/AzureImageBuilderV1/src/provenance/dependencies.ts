/** What an image was made from: its source, the artifact, the scripts and files fetched from the network, and the repository. */
import type { RequestForm } from "../request/index.ts";
import type { RunIdentity } from "../facts/types.ts";
import type { ResourceDescriptor } from "./types.ts";

/** Where names of the form lead to. */
export interface Place {
  /** Address of Resource Manager. */
  readonly resourceManager: string;
  readonly subscriptionId: string;
  /** Short name of the region that the template is in. */
  readonly location: string;
  /** The marketplace version that the service used, where it says so. */
  readonly sourceVersion?: string | undefined;
}

/** In a fixed order: source, artifact, addresses of the steps in the order of the steps, repository. */
export function describeDependencies(
  form: RequestForm,
  place: Place,
  run: Pick<RunIdentity, "repositoryUrl" | "branch" | "commit">,
): readonly ResourceDescriptor[] {
  const { artifact } = form;
  return [
    { name: "source", uri: new URL(sourceOf(form.source, place), place.resourceManager).href },
    // Not `sha256`: it is a digest of the files in it, not of one file's bytes.
    ...(artifact === undefined ? [] : [{ name: "artifact", digest: { azureImageArtifact: artifact.content } }]),
    ...fetchedBy(form),
    ...repositoryOf(run),
  ];
}

/** The path of the source at Resource Manager. */
function sourceOf(source: RequestForm["source"], { subscriptionId, location, sourceVersion }: Place): string {
  const { imageId, imageVersionId, publisher = "", offer = "", sku = "", version = "latest" } = source;
  const id = imageId ?? imageVersionId;
  if (id !== undefined) return encodeURI(id);
  const parts = {
    subscriptions: subscriptionId,
    providers: "Microsoft.Compute",
    locations: location,
    publishers: publisher,
    artifacttypes: "vmimage",
    offers: offer,
    skus: sku,
    versions: sourceVersion ?? version,
  };
  return `/${Object.entries(parts)
    .map(([name, value]) => `${name}/${encodeURIComponent(value)}`)
    .join("/")}`;
}

/** Addresses in the form bear no signatures. */
function fetchedBy({ steps, validation }: RequestForm): readonly ResourceDescriptor[] {
  return [...steps, ...(validation?.validators ?? [])].flatMap(({ type, scriptUri, sourceUri, sha256Checksum }) => {
    const uri = scriptUri ?? sourceUri;
    if (typeof uri !== "string" || !URL.canParse(uri)) return [];
    const isDigest = typeof sha256Checksum === "string" && /^[0-9a-f]{64}$/.test(sha256Checksum);
    return [{ name: type, uri, ...(isDigest ? { digest: { sha256: sha256Checksum } } : {}) }];
  });
}

/** As SLSA writes a checked-out repository. A changeset of TFVC is no digest. */
function repositoryOf({
  repositoryUrl,
  branch,
  commit,
}: Parameters<typeof describeDependencies>[2]): readonly ResourceDescriptor[] {
  if (repositoryUrl === "") return [];
  const uri = `git+${repositoryUrl}${branch === "" ? "" : `@${encodeURI(branch)}`}`;
  const isCommit = /^[0-9a-f]{40}$/i.test(commit);
  return [{ name: "repository", uri, ...(isCommit ? { digest: { gitCommit: commit.toLowerCase() } } : {}) }];
}
