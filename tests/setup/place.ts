/** What a form of the setup makes, and the functions that its expressions may use. Resource Manager's template reference. */
import { createHash } from "node:crypto";

/** JSON of a template. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A resource as it would be sent: type, name and what stands beside them; conditions and loops are resolved. */
export interface Made {
  readonly type: string;
  readonly apiVersion: string;
  /** Full name, `galimages/ubuntu-web`. */
  readonly name: string;
  /** ID of what an extension resource hangs on; the resource group or the subscription for those at the deployment itself. */
  readonly scope: string;
  /** `location`, `sku`, `kind`, `properties`, as far as they are there. */
  readonly body: JsonObject;
  /** IDs, or names of loops, as written; empty where the form derives them itself. */
  readonly dependsOn: readonly string[];
}

/** What the parameters of all forms are, for one example. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export const subscriptionId = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
export const subscription = `/subscriptions/${subscriptionId}`;
export const group = `${subscription}/resourceGroups/rg-images`;

/** ID of a resource in the group, or of a subscription's where `root` says so. */
export function idOf(type: string, names: readonly string[], root = group): string {
  const [namespace = "", ...types] = type.split("/");
  if (types.length !== names.length) throw new Error(`${type} takes ${types.length} names, not ${names.join("/")}`);
  if (names.some((name) => name === "")) throw new Error(`${type}: an empty name`);
  return `${root}/providers/${namespace}/${types.map((one, at) => `${one}/${names[at] ?? ""}`).join("/")}`;
}

/** ID of a resource that is made. */
export function madeId({ type, name, scope }: Made): string {
  const extension = type.startsWith("Microsoft.Authorization/");
  return extension ? `${scope}/providers/${type}/${name}` : idOf(type, name.split("/"), scope);
}

/** A GUID that depends on all texts and their order; which one Azure makes does not matter. */
export function guid(...texts: readonly string[]): string {
  const hex = createHash("sha256").update(texts.join("\n").toLowerCase()).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Object ID of an identity that is made. */
export const principalOf = (identityId: string): string => guid("principal", identityId);

/** A value as it stands within a text. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

const text = (value: Json | undefined): string => {
  if (typeof value !== "string") throw new Error(`a text is expected, not ${JSON.stringify(value)}`);
  return value;
};

/** Functions that templates and Bicep share; arguments are values. `place`: the scope of the deployment. */
export function callFunction(name: string, args: readonly Json[], place: string): Json {
  const texts = (): readonly string[] => args.map(text);
  switch (name) {
    case "guid":
      return guid(...texts());
    case "empty":
      return args[0] === "" || (Array.isArray(args[0]) && args[0].length === 0);
    case "resourceId":
      return idOf(text(args[0]), texts().slice(1));
    case "subscriptionResourceId":
      return idOf(text(args[0]), texts().slice(1), subscription);
    case "subscription":
      return { id: subscription, subscriptionId };
    case "resourceGroup":
      if (place !== group) throw new Error("resourceGroup() at the subscription");
      return { id: group, location: "westeurope" };
    case "items":
      return Object.entries(args[0] as JsonObject)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]) => ({ key, value }));
    case "length":
      return (args[0] as readonly Json[]).length;
    case "concat":
      return texts().join("");
    case "format":
      return text(args[0]).replace(/\{(\d)\}/g, (_, at: string) => text(args[Number(at) + 1]));
    case "not":
      return !(args[0] as boolean);
    case "and":
      return args.every((one) => one === true);
    case "equals":
      return args[0] === args[1];
    default:
      throw new Error(`the function ${name} is not one of the setup's`);
  }
}
