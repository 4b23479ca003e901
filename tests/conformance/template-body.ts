/** From what the service shows of a template back to what could have been sent. */
import { objectOf, textOf } from "./recording.ts";

type Json = Readonly<Record<string, unknown>>;

/** Where a template is. */
export interface TemplatePlace {
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
}

const READ_ONLY = ["provisioningState", "provisioningError", "lastRunStatus", "exactStagingResourceGroup"];

/** The template's place by any path at or below it; undefined for other paths. */
export function templatePlace(path: string): TemplatePlace | undefined {
  const match =
    /\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/([^/?]+)/i.exec(
      path,
    );
  if (match === null) return undefined;
  const [, subscription = "", group = "", name = ""] = match;
  return { subscription, group, name };
}

/** Resource Manager's path of a template. */
export function templatePath({ subscription, group, name }: TemplatePlace): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
}

/** A template of which nothing is known but its place: Linux, one managed image. */
export function plainTemplate(place: TemplatePlace, location = "westus"): Json {
  const group = `/subscriptions/${place.subscription}/resourceGroups/${place.group}`;
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity1`;
  return {
    location,
    tags: {},
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
    properties: {
      source: {
        type: "PlatformImage",
        publisher: "Canonical",
        offer: "UbuntuServer",
        sku: "18.04-LTS",
        version: "18.04.201808140",
      },
      distribute: [
        {
          type: "ManagedImage",
          runOutputName: "output1",
          artifactTags: {},
          imageId: `${group}/providers/Microsoft.Compute/images/image1`,
          location,
        },
      ],
      vmProfile: {},
    },
  };
}

/** The body that would have made a template which is shown like this; what it does not show is taken from a plain one. */
export function bodyOfTemplate(shown: Json, place: TemplatePlace): Json {
  const plain = plainTemplate(place, textOf(shown["location"]) || "westus");
  const properties = Object.fromEntries(
    Object.entries(objectOf(shown["properties"])).filter(([key]) => !READ_ONLY.includes(key)),
  );
  const withSource = { ...objectOf(plain["properties"]), ...properties };
  const hasProfile = properties["source"] === undefined || properties["vmProfile"] !== undefined;
  const { vmProfile, ...rest } = withSource as Json & { readonly vmProfile?: unknown };
  return {
    location: plain["location"],
    tags: shown["tags"] ?? {},
    identity: sentIdentity(shown["identity"]) ?? plain["identity"],
    properties: clean(hasProfile ? { ...rest, vmProfile } : rest),
  };
}

function sentIdentity(shown: unknown): Json | undefined {
  const keys = Object.keys(objectOf(objectOf(shown)["userAssignedIdentities"]));
  if (keys.length === 0) return undefined;
  return { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(keys.map((key) => [key, {}])) };
}

/** Without what only the service writes: found versions, computed digests, versioning as null. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  const dropped = ["exactVersion", "sha256Checksum"];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !dropped.includes(key) && item !== null)
      .map(([key, item]) => [key, clean(item)]),
  );
}
