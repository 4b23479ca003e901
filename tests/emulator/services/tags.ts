/** Tags as a resource of their own on any scope (Resources 2021-04-01, Tags - Get, Update At Scope; limits of "Tag resources"). */
import { invalidContent, notBuilt, resourceNotFound } from "../core/arm-errors.ts";
import { parseId } from "../core/resources.ts";
import { scopeMark } from "../core/route-finder.ts";
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext } from "../core/types.ts";
import { scopeOfRoute } from "./authorization.ts";
import { versionsOf } from "./provider-catalogue.ts";

const service = "Microsoft.Resources";
const type = `${service}/tags`;
const path = `${scopeMark}/providers/${type}/default`;
const apiVersions = versionsOf(service);

/** Later versions may answer a change with 202, which is not built. */
const latestBuilt = "2021-04-01";
const mostTags = 50;
const longestName = 512;
const longestValue = 256;

/** Routes of this service; each hangs on any scope. */
export const tagRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path, apiVersions, action: `${type}/read`, handle: getTags },
  { service, method: "PATCH", path, apiVersions, action: `${type}/write`, handle: patchTags },
];

type Tags = Readonly<Record<string, string>>;
type Operation = (own: Tags, given: Tags) => Tags;

/** Names of tags are the same in any case; which of both spellings stays is inferred: the one that was there. */
const operations: Readonly<Record<string, Operation>> = {
  Replace: (_own, given) => given,
  Merge: (own, given) => {
    const spelling = new Map(Object.keys(own).map((name) => [name.toLowerCase(), name]));
    const renamed = Object.entries(given).map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]);
    return { ...own, ...(Object.fromEntries(renamed) as Tags) };
  },
  // By names or by names and values; that an empty value stands for any is inferred.
  Delete: (own, given) => {
    const wanted = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
    const goes = (name: string, value: string): boolean => ["", value].includes(wanted.get(name.toLowerCase()) ?? "\0");
    return Object.fromEntries(Object.entries(own).filter(([name, value]) => !goes(name, value)));
  },
};

function getTags(context: RouteContext): Reply {
  return { status: 200, mark: "specification", fact: "get tags at scope", body: view(taggedOf(context)) };
}

function patchTags(context: RouteContext): Reply {
  const tagged = taggedOf(context);
  const { operation, tags } = bodyOf(context.json());
  const after = operation(tagged.tags ?? {}, tags);
  const count = Object.keys(after).length;
  if (count > mostTags) throw refused(`The resource would have ${count} tags; it can have ${mostTags} at most.`);
  tagged.tags = { ...after };
  return { status: 200, mark: "documented", fact: "update tags at scope", body: view(tagged) };
}

/** What the tags are on. Subscriptions, and resources that are no tracked ones, are not built. */
function taggedOf(context: RouteContext): Resource {
  if (context.apiVersion > latestBuilt) throw notBuilt(`tags by api-version ${context.apiVersion}`);
  const scope = scopeOfRoute(context);
  if (parseId(scope).resourceGroup === undefined) throw notBuilt("tags of what is no resource and no group");
  const found = context.world.resources.get(scope);
  if (found === undefined) throw resourceNotFound(scope);
  if (found.location === undefined) throw notBuilt(`tags of ${found.type}`);
  return found;
}

function bodyOf(body: unknown): { readonly operation: Operation; readonly tags: Tags } {
  const { operation: name, properties } = fieldsOf(body, "The body");
  const operation = typeof name === "string" && Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined)
    throw invalidContent(`'operation' must be one of ${Object.keys(operations).join(", ")}.`);
  return { operation, tags: checkTags(fieldsOf(fieldsOf(properties, "'properties'")["tags"], "'tags'")) };
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidContent(`${what} must be an object.`);
  }
  return { ...value };
}

function checkTags(tags: Readonly<Record<string, unknown>>): Tags {
  const names = Object.keys(tags);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
    throw refused("Names of tags must differ by more than their case.");
  }
  for (const [name, value] of Object.entries(tags)) {
    if (typeof value !== "string") throw invalidContent(`The value of the tag '${name}' must be a string.`);
    if (name === "" || name.length > longestName || /[<>%&\\?/]/.test(name)) {
      throw refused(`The tag name '${name}' is empty, too long, or has one of the characters <, >, %, &, \\, ?, /.`);
    }
    if (value.length > longestValue) throw refused(`The value of the tag '${name}' is longer than ${longestValue}.`);
  }
  return tags as Tags;
}

/** The limits are documented, code and words are not. */
function refused(message: string): ArmFault {
  return new ArmFault(400, "InvalidTag", message, { mark: "inferred", fact: "tags that are not allowed" });
}

function view({ id, tags = {} }: Resource): object {
  return { id: `${id}/providers/${type}/default`, name: "default", type, properties: { tags } };
}
