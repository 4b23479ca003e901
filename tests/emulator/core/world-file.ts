/** The world file: what exists when the emulator starts. Its form is `worlds/world.schema.json`. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import type { CatalogueChange } from "../services/compute/world-catalogue.ts";
import type { BuilderChange } from "../services/virtual-machine-images/settings.ts";
import { type WorldChange, changeWorld, merge, withPlaces } from "./world-change.ts";

export interface WorldSubscription {
  readonly id: string;
  readonly displayName: string;
  /** Namespaces registered in it. */
  readonly registered: readonly string[];
  /** Namespaces whose registration goes on and does not end. */
  readonly registering?: readonly string[];
  /** States of preview features by their names, e.g. `Microsoft.Compute/TrustedLaunchByDefaultPreview`: `Registered`. */
  readonly features?: Readonly<Record<string, string>>;
}

/** `principal`: name of an application, of an identity or of a group, or an object id. `role`: a role's name or GUID. */
export interface WorldAssignment {
  readonly principal: string;
  readonly role: string;
  readonly scope: string;
  /** Text of the condition; one that has a condition grants nothing here. */
  readonly condition?: string;
  /** Age at the start; absent: as old as the world. */
  readonly createdMinutesAgo?: number;
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
  readonly attachments?: readonly WorldAttachment[];
}

/** A file that a step has attached to its run. */
export interface WorldAttachment {
  readonly type: string;
  readonly name: string;
  /** In a world file a text. */
  readonly content: string | Uint8Array;
  /** Reference name of the step. */
  readonly step?: string;
  /** Attempt of the step's job, from 1, which is the default. */
  readonly attempt?: number;
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

/** The machine the build agent runs on, as an Azure VM. */
export interface WorldMachine {
  /** Name of an application that stands for its system-assigned identity. */
  readonly ownIdentity?: string;
  /** Names of user-assigned identities on it. */
  readonly identities?: readonly string[];
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
  readonly roleAssignments?: readonly WorldAssignment[];
  /** Groups of the directory; members are named as principals of assignments are. */
  readonly groups?: readonly {
    readonly name: string;
    readonly objectId: string;
    readonly members: readonly string[];
  }[];
  /** Resources as GET shows them; `name` and `type` follow from the id. */
  readonly resources: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];
  readonly connections: readonly WorldConnection[];
  readonly defaults: WorldDefaults;
  /** Absent: the build agent runs elsewhere. */
  readonly agentMachine?: WorldMachine;
  /** What the rest of the internet serves to machines of the emulated cloud: address to text. */
  readonly publicFiles?: Readonly<Record<string, string>>;
  /** How the image builder service of this world behaves. */
  readonly imageBuilder?: BuilderChange;
  /** What differs from the platform that the emulator knows: sizes, quotas, marketplace images, agreements, regions. */
  readonly catalogue?: CatalogueChange;
}

const here = new URL("../worlds/", import.meta.url);

/** The world used when none is given. */
export function defaultWorld(): WorldFile {
  return readWorld(new URL("default.json", here));
}

/** Names of the worlds that come with the emulator, with their folder. */
const NAME = /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)*$/;

/**
 * Reads a world by the path of its file, or by the name of one that comes with the emulator, e.g. `log-with-key` or
 * `preflight/size-restricted`. Throws an Error that names every place where the file is not of the form.
 */
export function readWorld(file: string | URL): WorldFile {
  const isName = typeof file === "string" && NAME.test(file);
  const path = isName ? fileURLToPath(new URL(`${file}.json`, here)) : file instanceof URL ? fileURLToPath(file) : file;
  return readAt(resolve(path), path);
}

/** Parts that are merged with those of the world extended; every other part takes their place. */
const MERGED = ["catalogue", "imageBuilder"] as const;

/** A world's own parts on top of the world it `extends`, a path beside it, with what it changes there. */
function readAt(path: string, source: string): WorldFile {
  const value = JSON.parse(readFileSync(path, "utf8")) as unknown;
  if (typeof value !== "object" || value === null || !("extends" in value)) return parseWorld(value, source);
  const { extends: base, change, ...own } = value as Partial<WorldFile> & { extends: unknown; change?: WorldChange };
  const known = readAt(resolve(dirname(path), String(base)), String(base));
  const merged = MERGED.map((part) => [part, merge(known[part] ?? {}, own[part] ?? {})] as const);
  const whole = { ...known, ...withPlaces(own, known), ...Object.fromEntries(withPlaces(merged, known)) };
  checkForm(change ?? {}, { form: "#/definitions/change", source });
  return changeWorld(parseWorld(whole, source), change ?? {});
}

/** Checks a world given as a value; `source` is how errors call it. */
export function parseWorld(value: unknown, source: string): WorldFile {
  return checkForm<WorldFile>(value, { form: "#", source });
}

/** Made once for each form: that takes half a second, and worlds are changed often. */
const checks = new Map<string, ValidateFunction>();

function checkOf(form: string): ValidateFunction {
  const known = checks.get(form);
  if (known !== undefined) return known;
  const schema = JSON.parse(readFileSync(new URL("world.schema.json", here), "utf8")) as object;
  const checker = new Ajv({ allErrors: true, validateFormats: false }).addSchema({ ...schema, $id: "world" });
  const made = checker.compile({ $ref: `world${form}` });
  checks.set(form, made);
  return made;
}

function checkForm<T>(value: unknown, { form, source }: { readonly form: string; readonly source: string }): T {
  const validate = checkOf(form);
  if (validate(value)) return value as T;
  const places = (validate.errors ?? []).map((error) => {
    const extra = "additionalProperty" in error.params ? ` '${String(error.params["additionalProperty"])}'` : "";
    return `  ${error.instancePath || "/"}: ${error.message ?? error.keyword}${extra}`;
  });
  throw new Error(
    `The world ${source} is not of the form that docs/emulator.md describes:\n${places.join("\n")}\nCorrect these places.`,
  );
}
