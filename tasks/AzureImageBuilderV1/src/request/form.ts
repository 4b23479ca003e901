/** The form of a request: all that determines the image, and nothing else, as plain JSON (docs/reuse.md). */
import { createHash } from "node:crypto";
import type { Json } from "../template-file/nodes.ts";

/** A step or validator: the service's own properties but for its name, scripts by their digest. */
export interface FormStep {
  /** The service's word, or `Artifact` where the artifact is fetched. */
  readonly type: string;
  readonly [property: string]: Json;
}

/** An image definition, or the kind of another target. */
export interface FormDefinition {
  readonly kind: "gallery" | "managedImage" | "vhd";
  /** Resource ID in lower case, without a version; galleries alone have one. */
  readonly id?: string;
  /** `v1` or `v2`, where the definition could be read. */
  readonly generation?: string;
  /** The definition's security type in lower case, where it has one. */
  readonly securityType?: string;
}

/** What determines the image. The digest is made of it, and whoever has the form can make it again. */
export interface RequestForm {
  readonly version: 1;
  /** The template's `source`: names, IDs and versions in lower case. */
  readonly source: Readonly<Record<string, string>>;
  /** Present where a step fetches it: content digest in lower-case hex, and the folder's name in the image. */
  readonly artifact?: { readonly content: string; readonly folder: string };
  readonly steps: readonly FormStep[];
  readonly validation?: {
    readonly continueOnFailure: boolean;
    readonly sourceOnly: boolean;
    readonly validators: readonly FormStep[];
  };
  /** Sizes in GiB; `os` 0 is the source's own. */
  readonly disks: { readonly os: number; readonly data: readonly number[] };
  /** Resource IDs of the build VM's identities: lower case, sorted, each once. */
  readonly identities: readonly string[];
  readonly optimize: { readonly vmBoot: boolean; readonly workload?: FormStep };
  /** Sorted, each once. */
  readonly definitions: readonly FormDefinition[];
}

/** `v1:` and the SHA-256 of the form's canonical JSON, in lower-case hex. */
export function requestDigest(form: RequestForm): string {
  return `v${form.version}:${createHash("sha256").update(canonicalJson(form)).digest("hex")}`;
}

/** JSON without white space, the names of each object sorted by UTF-16 code units, in UTF-8; undefined values are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
