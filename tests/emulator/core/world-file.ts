/** The world file: what exists when the emulator starts. Its form is `worlds/world.schema.json`. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import type { BuilderChange } from "../services/virtual-machine-images/settings.ts";

export interface WorldSubscription {
  readonly id: string;
  readonly displayName: string;
  /** Namespaces registered in it. */
  readonly registered: readonly string[];
}

export interface WorldApplication {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  /** A secret without a value gets one at start. */
  readonly secrets?: readonly { readonly name: string; readonly value?: string; readonly expires?: string }[];
  /** A certificate without PEM is made at start. */
  readonly certificates?: readonly { readonly name: string; readonly pem?: string }[];
  /** Either the name of a connection of the file, or issuer, subject and audience. */
  readonly federatedCredentials?: readonly {
    readonly name: string;
    readonly connection?: string;
    readonly issuer?: string;
    readonly subject?: string;
    readonly audience?: string;
  }[];
}

export interface WorldRole {
  /** GUID of the definition. */
  readonly name: string;
  readonly roleName: string;
  readonly description?: string;
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
  readonly assignableScopes?: readonly string[];
}

export interface WorldPipeline {
  readonly id: number;
  readonly name: string;
  /** Folder, `\\` the root, which is the default. */
  readonly path?: string;
  /** Name of its project; default: the project of the running job. */
  readonly project?: string;
  /** False: the build service lacks the permission View builds on it. */
  readonly jobMayRead?: boolean;
  readonly runs: readonly WorldRun[];
}

export interface WorldRun {
  readonly id: number;
  readonly buildNumber: string;
  /** Full name, e.g. `refs/heads/main`. */
  readonly branch: string;
  readonly status: "completed" | "inProgress";
  readonly result?: "succeeded" | "partiallySucceeded" | "failed" | "canceled";
  /** ISO 8601; completed runs have one. */
  readonly finishTime?: string;
  readonly tags?: readonly string[];
  readonly artifacts?: readonly WorldArtifact[];
}

export interface WorldArtifact {
  readonly name: string;
  readonly type: "PipelineArtifact" | "Container" | "FilePath";
  /** What it holds: a folder on this machine, which is only read. For FilePath the share's name, which is not looked at. */
  readonly folder: string;
  /** The run is there, and its content has been deleted by retention. */
  readonly expired?: boolean;
}

export interface WorldConnection {
  readonly name: string;
  readonly id: string;
  readonly scheme: "ServicePrincipal" | "WorkloadIdentityFederation" | "ManagedServiceIdentity";
  readonly authenticationType?: "spnKey" | "spnCertificate";
  /** Name of the application it signs in as. */
  readonly application?: string;
  /** Name of the identity, for ManagedServiceIdentity. */
  readonly identity?: string;
  /** Subscription id; default: the first. */
  readonly subscription?: string;
}

/** Resource ids handed on in the description, and the region. */
export interface WorldDefaults {
  readonly location: string;
  readonly resourceGroup: string;
  readonly identity: string;
  readonly gallery: string;
  readonly definition: string;
  readonly storageAccount: string;
  readonly subnet: string;
}

export interface WorldFile {
  readonly tenantId: string;
  readonly subscriptions: readonly WorldSubscription[];
  readonly devops: {
    readonly organization: { readonly id: string; readonly name: string };
    readonly project: { readonly id: string; readonly name: string };
    /** Other projects of the organization; the running job's token reads one only where that is said. */
    readonly otherProjects?: readonly { readonly id: string; readonly name: string; readonly jobMayRead?: boolean }[];
    readonly pipelines?: readonly WorldPipeline[];
  };
  readonly applications: readonly WorldApplication[];
  readonly roleDefinitions?: readonly WorldRole[];
  /** `principal`: an application's name, an identity's name, or an object id. `role`: a role's name or GUID. */
  readonly roleAssignments?: readonly { readonly principal: string; readonly role: string; readonly scope: string }[];
  /** Resources as GET shows them; `name` and `type` follow from the id. */
  readonly resources: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];
  readonly connections: readonly WorldConnection[];
  readonly defaults: WorldDefaults;
  /** What the rest of the internet serves to machines of the emulated cloud: address to text. */
  readonly publicFiles?: Readonly<Record<string, string>>;
  /** How the image builder service of this world behaves. */
  readonly imageBuilder?: BuilderChange;
}

const here = new URL("../worlds/", import.meta.url);

/** The world used when none is given. */
export function defaultWorld(): WorldFile {
  return readWorld(new URL("default.json", here));
}

/** Names of the worlds that come with the emulator. */
const NAME = /^[a-z][a-z-]*$/;

/**
 * Reads a world by the path of its file, or by the name of one that comes with the emulator, e.g. `log-with-key`. Throws an
 * Error that names every place where the file is not of the form.
 */
export function readWorld(file: string | URL): WorldFile {
  const isName = typeof file === "string" && NAME.test(file);
  const path = isName ? fileURLToPath(new URL(`${file}.json`, here)) : file instanceof URL ? fileURLToPath(file) : file;
  return parseWorld(readParts(resolve(path)), path);
}

/** A world's parts; those it does not have itself are those of the world it `extends`, a path beside it. */
function readParts(path: string): unknown {
  const value = JSON.parse(readFileSync(path, "utf8")) as unknown;
  if (typeof value !== "object" || value === null || !("extends" in value)) return value;
  const { extends: base, ...own } = value;
  return { ...(readParts(resolve(dirname(path), String(base))) as object), ...own };
}

/** Checks a world given as a value; `source` is how errors call it. */
export function parseWorld(value: unknown, source: string): WorldFile {
  const schema = JSON.parse(readFileSync(new URL("world.schema.json", here), "utf8")) as object;
  const validate = new Ajv({ allErrors: true, validateFormats: false }).compile<WorldFile>(schema);
  if (validate(value)) return value;
  const places = (validate.errors ?? []).map((error) => {
    const extra = "additionalProperty" in error.params ? ` '${String(error.params["additionalProperty"])}'` : "";
    return `  ${error.instancePath || "/"}: ${error.message ?? error.keyword}${extra}`;
  });
  throw new Error(
    `The world ${source} is not of the form that docs/emulator.md describes:\n${places.join("\n")}\nCorrect these places.`,
  );
}
