/** What the parts of Microsoft.Compute share: ids, errors, regions, answers. */
import { providerCatalogue } from "../provider-catalogue.ts";
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext } from "../../core/types.ts";

export const SERVICE = "Microsoft.Compute";

/** api-versions: those of the official clients and of the recordings (CLI/build_identity, CLI/build_managed_image). */
export const GALLERY_VERSIONS = ["2025-03-03", "2024-03-03", "2023-07-03", "2022-03-03", "2021-10-01"] as const;
export const IMAGE_VERSIONS = [
  "2026-03-01",
  "2025-04-01",
  "2024-11-01",
  "2024-07-01",
  "2023-09-01",
  "2022-11-01",
  "2021-11-01",
] as const;

export const SUBSCRIPTION_PATH = "/subscriptions/:subscriptionId";
export const GROUP_PATH = `${SUBSCRIPTION_PATH}/resourceGroups/:resourceGroup`;

type Json = Readonly<Record<string, unknown>>;

/** A JSON object, or an empty one in its place. */
export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The resource's properties. */
export function propertiesOf(resource: Resource): Json {
  return objectOf(resource.body["properties"]);
}

/** Largest number of tags, and longest name and value of one (facts, section 1.1). */
const TAG_LIMITS = { count: 50, name: 512, value: 256 } as const;

/** Tags of a body, or undefined. @throws ArmFault 400 where they are no tags */
export function tagsOf(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const tags = objectOf(value);
  const bad = (code: string, message: string): ArmFault =>
    new ArmFault(400, code, message, { mark: "inferred", fact: "facts 1.1 tags" });
  const entries = Object.entries(tags);
  if (entries.length > TAG_LIMITS.count)
    throw bad("InvalidTags", `The number of tags '${entries.length}' exceeds the limit of '${TAG_LIMITS.count}'.`);
  for (const [name, text] of entries) {
    if (typeof text !== "string") throw bad("InvalidRequestContent", `The value of the tag '${name}' is no text.`);
    if (name === "" || name.length > TAG_LIMITS.name || /[<>%&\\?/]/.test(name))
      throw bad("InvalidTagNameCharacters", `The tag name '${name}' is too long or has reserved characters.`);
    if (text.length > TAG_LIMITS.value)
      throw bad("TagValueTooLarge", `The value of the tag '${name}' is longer than '${TAG_LIMITS.value}' characters.`);
  }
  return tags as Record<string, string>;
}

/** The id a request addresses, with names as sent. */
export function idOf(context: RouteContext, ...below: readonly string[]): string {
  const { subscriptionId, resourceGroup } = context.params;
  return [
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute`,
    ...below,
  ].join("/");
}

/** The stored resource, or 404 as Resource Manager writes it. */
export function existing(context: RouteContext, id: string): Resource {
  const found = context.world.resources.get(id);
  if (found !== undefined) return found;
  throw notFound(id);
}

/** 404 for a resource that does not exist (wire notes, section 6). */
export function notFound(id: string): ArmFault {
  const parts = id.split("/");
  const resource = `${SERVICE}/${parts.slice(parts.indexOf("providers") + 2).join("/")}`;
  return new ArmFault(
    404,
    "ResourceNotFound",
    `The Resource '${resource}' under resource group '${parts[4] ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { mark: "recorded", fact: "wire 6 not found" },
  );
}

/** 404 for the child of a resource that does not exist. */
export function parentNotFound(parentId: string): ArmFault {
  const name = parentId
    .split("/")
    .slice(8)
    .filter((_, index) => index % 2 === 0)
    .join("/");
  return new ArmFault(
    404,
    "ParentResourceNotFound",
    `Can not perform requested operation on nested resource. Parent resource '${name}' not found.`,
    { mark: "documented", fact: "Resource Manager, missing parent" },
  );
}

/** 400 as Compute words a missing property. */
export function missingParameter(name: string): ArmFault {
  return new ArmFault(400, "InvalidParameter", `Required parameter '${name}' is missing (null).`, {
    mark: "documented",
    fact: "Microsoft.Compute, required parameter",
  });
}

/** 400 InvalidParameter with a text of its own. */
export function invalidParameter(message: string): ArmFault {
  return new ArmFault(400, "InvalidParameter", message, {
    mark: "documented",
    fact: "Microsoft.Compute, invalid parameter",
  });
}

const displayNames = new Map(
  providerCatalogue.flatMap((provider) => provider.locations).map((name) => [normaliseRegion(name), name] as const),
);

/** A region's short name: `West US` is `westus`. */
export function normaliseRegion(name: string): string {
  return name.replaceAll(" ", "").toLowerCase();
}

/** A region's display name, as gallery versions show it; unknown names stay as they are. */
export function displayRegion(name: string): string {
  return displayNames.get(normaliseRegion(name)) ?? name;
}

/** The resource as Compute shows it: name, id, type, location, tags, properties, in this order (wire notes, section 9). */
export function show(resource: Resource, properties: unknown = resource.body["properties"]): Json {
  const { name, id, type, location, tags } = resource;
  return {
    name,
    id,
    type,
    ...(location === undefined ? {} : { location }),
    ...(tags === undefined ? {} : { tags }),
    properties,
  };
}

/** Compute's own rate header of 2023: two windows with what is left of each. */
export function rateHeader(operation: string, left: number): Record<string, string> {
  const windows = `${SERVICE}/${operation}3Min;${left - 1},${SERVICE}/${operation}30Min;${left * 5 - 1}`;
  return { "x-ms-ratelimit-remaining-resource": windows };
}

/** Headers every Compute answer has. */
export const SERVER_HEADER = { server: "Microsoft-HTTPAPI/2.0" } as const;

/** An answer of Compute; its JSON is written with a charset. */
export function reply(
  status: number,
  body: unknown,
  facts: Pick<Reply, "mark" | "fact"> & { readonly headers?: Readonly<Record<string, string>> },
): Reply {
  const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  return { status, mark: facts.mark, fact: facts.fact, headers: { ...type, ...SERVER_HEADER, ...facts.headers }, body };
}

/** Makes a route of Compute. */
export function route(
  method: ArmRoute["method"],
  path: string,
  options: { readonly versions: readonly string[]; readonly action: string; readonly handle: ArmRoute["handle"] },
): ArmRoute {
  return {
    service: SERVICE,
    method,
    path,
    apiVersions: options.versions,
    action: `${SERVICE}/${options.action}`,
    handle: options.handle,
  };
}
