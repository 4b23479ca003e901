/** Resource Manager IDs: taken apart, checked for their type. */
import { problemCodes } from "../codes.ts";
import { bad, good, type Parser } from "./parsed.ts";

/** A resource ID of one provider, taken apart. */
export interface ResourceId {
  /** As given, without a trailing slash. */
  readonly id: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Provider and types in lower case, e.g. `microsoft.compute/galleries/images`. */
  readonly type: string;
  /** One for each type, outermost first. */
  readonly names: readonly string[];
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const segment = /^[^\s/?#%&<>$*:\\"'{}]+$/;

/** Whether a text has the form of a subscription's or tenant's ID. */
export function isGuid(text: string): boolean {
  return guid.test(text);
}

/** A subscription ID. */
export const parseSubscriptionId: Parser<string> = (text) =>
  isGuid(text)
    ? good(text.toLowerCase())
    : bad(
        problemCodes.badName,
        `\`${text}\` is not a subscription ID`,
        "a GUID, e.g. 8e2e0c1a-0000-4000-8000-6d1c7a3f9b52",
      );

/** A resource ID, or undefined when `text` is none. Keywords are compared without case, as Resource Manager does. */
export function readResourceId(text: string): ResourceId | undefined {
  const id = text.replace(/(?<!\/)\/+$/, "");
  const parts = id.split("/");
  const [empty, subscriptions, subscriptionId, groups, resourceGroup, providers, namespace, ...rest] = parts;
  if (
    empty !== "" ||
    subscriptions?.toLowerCase() !== "subscriptions" ||
    groups?.toLowerCase() !== "resourcegroups" ||
    providers?.toLowerCase() !== "providers" ||
    !isGuid(subscriptionId ?? "") ||
    rest.length < 2 ||
    rest.length % 2 !== 0 ||
    ![resourceGroup, namespace, ...rest].every((part) => part !== undefined && segment.test(part))
  ) {
    return undefined;
  }
  const types = rest.filter((_, index) => index % 2 === 0);
  return {
    id,
    subscriptionId: subscriptionId ?? "",
    resourceGroup: resourceGroup ?? "",
    type: [namespace, ...types].join("/").toLowerCase(),
    names: rest.filter((_, index) => index % 2 === 1),
  };
}

/** The ID of a user-assigned identity that is given by ID, or by its name in the step's resource group. */
export function identityId(
  idOrName: string,
  { subscriptionId, resourceGroup }: { readonly subscriptionId: string; readonly resourceGroup: string },
): string {
  if (idOrName.startsWith("/")) return idOrName;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${idOrName}`;
}

/** Whether `text` is a resource ID of `type`, e.g. `Microsoft.Compute/images`. */
export function isIdOf(type: string, text: string): boolean {
  return readResourceId(text)?.type === type.toLowerCase();
}

/** How an ID of a type looks, for messages: `/subscriptions/…/providers/Microsoft.Compute/images/…`. */
export function exampleId(type: string): string {
  const [namespace = "", ...types] = type.split("/");
  return `/subscriptions/…/resourceGroups/…/providers/${namespace}/${types.map((one) => `${one}/…`).join("/")}`;
}

/** IDs of one of `types`; the value is the ID without a trailing slash. */
export function idParser(...types: readonly string[]): Parser<string> {
  const legal = types.map((type) => `a resource ID ${exampleId(type)}`).join(", or ");
  return (text) => {
    const id = readResourceId(text);
    if (id === undefined) return bad(problemCodes.badResourceId, `\`${text}\` is not a resource ID`, legal);
    if (!types.some((type) => type.toLowerCase() === id.type)) {
      return bad(problemCodes.badResourceId, `\`${text}\` is the ID of a ${id.type}`, legal);
    }
    return good(id.id);
  };
}

/** An ID of `type`, or a bare name that `isName` accepts; the two are told apart by the slash at the start. */
export function idOrNameParser(type: string, isName: RegExp, nameLegal: string): Parser<string> {
  const parseId = idParser(type);
  return (text) => {
    if (text.includes("/")) {
      const parsed = parseId(text);
      return parsed.ok ? parsed : { ...parsed, legal: `${nameLegal}, or ${parsed.legal}` };
    }
    if (isName.test(text)) return good(text);
    return bad(problemCodes.badName, `\`${text}\` is not a valid name`, `${nameLegal}, or ${parseIdLegal(type)}`);
  };
}

function parseIdLegal(type: string): string {
  return `a resource ID ${exampleId(type)}`;
}

/** A resource group's name: 1 to 90 characters, not ending in a full stop (Resource Manager's naming rules). */
export const parseResourceGroupName: Parser<string> = (text) =>
  isResourceGroupName(text)
    ? good(text)
    : bad(
        problemCodes.badName,
        `\`${text}\` is not a resource group's name`,
        "1 to 90 letters, digits, underscores, parentheses, hyphens and full stops, the last not a full stop",
      );

/** A resource group: `/subscriptions/…/resourceGroups/name`, or its bare name. */
export const parseResourceGroup: Parser<string> = (text) => {
  const [empty, subscriptions, subscriptionId, groups, name, ...rest] = text.replace(/(?<!\/)\/+$/, "").split("/");
  const isId =
    empty === "" &&
    rest.length === 0 &&
    subscriptions?.toLowerCase() === "subscriptions" &&
    groups?.toLowerCase() === "resourcegroups" &&
    isGuid(subscriptionId ?? "") &&
    isResourceGroupName(name ?? "");
  if (isId) return good(text.replace(/(?<!\/)\/+$/, ""));
  if (isResourceGroupName(text)) return good(text);
  return bad(
    problemCodes.badResourceId,
    `\`${text}\` is not a resource group`,
    "a resource group's name, or its ID /subscriptions/…/resourceGroups/…",
  );
};

function isResourceGroupName(text: string): boolean {
  return /^[\p{L}\p{N}_().-]{1,90}$/u.test(text) && !text.endsWith(".");
}
