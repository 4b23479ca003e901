/** Exchanges with the neighbours: Compute, identities, role assignments. */
import { addMarketplaceImages } from "../emulator/services/compute/index.ts";
import type { ExchangeKind, Prepared, Skipped } from "./kinds.ts";
import { apiVersionOf, errorOf, ready } from "./kinds-template.ts";
import { objectOf, textOf, type Recording } from "./recording.ts";
import type { Stage } from "./stage.ts";
import { plainTemplate } from "./template-body.ts";
import { reachState } from "./template-states.ts";

type Json = Readonly<Record<string, unknown>>;

function pathOnly(recording: Recording): string {
  return recording.request.path.split("?")[0] ?? "";
}

export const identityExchange: ExchangeKind = {
  name: "identity",
  matches: ({ request }) => /\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\//i.test(request.path),
  prepare: async (stage, recording) => {
    const id = pathOnly(recording);
    stage.seed(id.split("/").slice(0, 5).join("/"));
    const isThere =
      recording.request.method === "PUT" ? recording.response.status === 200 : recording.response.status < 400;
    const shown = objectOf(recording.response.body);
    if (isThere)
      stage.seed(id, {
        location: textOf(shown["location"]) || "westus",
        body: { properties: shown["properties"] ?? {} },
      });
    return ready(recording);
  },
};

export const roleAssignmentExchange: ExchangeKind = {
  name: "role assignment",
  matches: ({ request }) =>
    /\/providers\/Microsoft\.Authorization\/roleAssignments\/[^/?]+/i.test(request.path) && request.method === "PUT",
  prepare: async (stage, recording) => {
    const scope = pathOnly(recording).split(/\/providers\/Microsoft\.Authorization\//i)[0] ?? "";
    stage.seed(scope);
    const properties = objectOf(objectOf(recording.request.body)["properties"]);
    const { code } = errorOf(recording);
    if (code !== "PrincipalNotFound") {
      const id = `${scope.split("/").slice(0, 5).join("/")}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/principal1`;
      const principalId = textOf(properties["principalId"]);
      stage.seed(id, { body: { properties: { principalId, clientId: stage.emulator.world.newGuid() } } });
    }
    if (code === "RoleAssignmentExists") {
      const earlier = recording.request.path.replace(/(?<=roleAssignments\/)[^/?]+/i, stage.emulator.world.newGuid());
      await stage.send("PUT", earlier, recording.request.body);
    }
    return ready(recording);
  },
};

const CAPS_OPERATION = /\/providers\/Microsoft\.Compute\/locations\/([^/]+)\/capsOperations\/[^/?]+/i;

/** Compute's status document: a gallery is made, and its own operation is asked. */
export const capsOperationExchange: ExchangeKind = {
  name: "compute operation",
  matches: ({ request }) => request.method === "GET" && CAPS_OPERATION.test(request.path),
  prepare: async (stage, recording) => {
    const location = CAPS_OPERATION.exec(recording.request.path)?.[1] ?? "westus";
    const group = `/subscriptions/${stage.subscription}/resourceGroups/group1`;
    stage.seed(group, { location });
    const path = `${group}/providers/Microsoft.Compute/galleries/gallery1?api-version=${apiVersionOf(recording)}`;
    const put = await stage.send("PUT", path, { location });
    const operation = String(put.headers["azure-asyncoperation"]);
    if (objectOf(recording.response.body)["status"] === "Succeeded") {
      await stage.emulator.adjustClock({ advanceMs: 60_000 });
      await stage.until(
        "the end of the operation",
        async () => (await stage.send("GET", operation)).json()["status"] === "Succeeded",
      );
    }
    return ready(recording, { path: operation });
  },
};

const MARKETPLACE =
  /\/publishers\/([^/]+)\/artifacttypes\/vmimage\/offers\/([^/]+)\/skus\/([^/]+)\/versions(?:\/([^/?]+))?(?=\?|$)/i;

/** Versions of a marketplace image: those the answer names were there. */
export const marketplaceExchange: ExchangeKind = {
  name: "marketplace image",
  matches: ({ request }) => MARKETPLACE.test(request.path),
  prepare: async (stage, recording) => {
    const [, publisher = "", offer = "", sku = "", single] = MARKETPLACE.exec(recording.request.path) ?? [];
    const { body } = recording.response;
    const listed = Array.isArray(body)
      ? (body as readonly unknown[]).map((item) => textOf(objectOf(item)["name"]))
      : [];
    const os = /windows|office/i.test(`${publisher} ${offer}`) ? "Windows" : "Linux";
    const versions = single === undefined ? listed : [textOf(objectOf(body)["name"])];
    const image = { publisher, offer, sku, os } as const;
    addMarketplaceImages(
      stage.emulator.world,
      versions.filter((version) => version !== "").map((version) => ({ ...image, version })),
    );
    return ready(recording);
  },
};

/** Errors that come before a resource is looked at, and those that say there is none. */
const EARLY_ERRORS = [
  "AuthorizationFailed",
  "ResourceNotFound",
  "ResourceGroupNotFound",
  "LocationNotAvailableForResourceType",
];

/** A resource that is not there, not allowed or not offered: nothing but its group has to be. */
export const earlyErrorExchange: ExchangeKind = {
  name: "early error",
  matches: (recording) => EARLY_ERRORS.includes(errorOf(recording).code) && recording.request.path.startsWith("/"),
  prepare: async (stage, recording) => {
    const { code } = errorOf(recording);
    const group = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/?]+/i.exec(recording.request.path)?.[0];
    if (group !== undefined && code !== "ResourceGroupNotFound") stage.seed(group);
    if (code === "AuthorizationFailed") stage.revokeCaller();
    return ready(recording);
  },
};

/** Every other resource: what the request or the answer names is there. */
export const resourceExchange: ExchangeKind = {
  name: "resource",
  matches: ({ request }) => /^\/subscriptions\//i.test(request.path),
  prepare: async (stage, recording): Promise<Prepared | Skipped> => {
    const id = pathOnly(recording);
    const parts = id.split("/");
    const { method } = recording.request;
    const isGroup = parts.length === 5 && /^resourceGroups$/i.test(parts[3] ?? "");
    const isThere = method !== "PUT" || recording.response.status === 200;
    if (/^resourceGroups$/i.test(parts[3] ?? "") && (!isGroup || isThere)) stage.seed(parts.slice(0, 5).join("/"));
    for (let length = 9; length < parts.length; length += 2) {
      const parent = parts.slice(0, length).join("/");
      stage.seed(parent, { body: { properties: parentProperties(parts.length, length) } });
    }
    if (!isThere || recording.response.status >= 400) return ready(recording);
    const body = objectOf(recording.response.body);
    if (isBuilt(body)) await buildImage(stage, id, body);
    else seedShown(stage, id, body);
    return ready(recording);
  },
};

function parentProperties(total: number, length: number): Json {
  const isDefinition = total > length && length === 11;
  return isDefinition
    ? { osType: "Linux", osState: "Generalized", hyperVGeneration: "V1", provisioningState: "Succeeded" }
    : { provisioningState: "Succeeded" };
}

/** Made by Image Builder: the tag says so. */
function isBuilt(body: Json): boolean {
  return textOf(objectOf(body["tags"])["VMImageBuilderSource"]) !== "";
}

/** Lets the emulator build the image, from the source its tag names. */
async function buildImage(stage: Stage, id: string, shown: Json): Promise<void> {
  const parts = id.split("/");
  const place = { subscription: parts[2] ?? "", group: parts[4] ?? "", name: "template1" };
  const template = plainTemplate(place, textOf(shown["location"]));
  const {
    VMImageBuilderSource: label = "",
    correlationId: _,
    ...artifactTags
  } = objectOf(shown["tags"]) as Record<string, string>;
  const [publisher, offer, sku, version] = label.replace(/^PlatformImage /, "").split("::");
  const location = template["location"];
  const isVersion = /\/versions\/[^/]+$/i.test(id);
  const target = isVersion
    ? {
        type: "SharedImage",
        runOutputName: "output1",
        artifactTags,
        galleryImageId: id,
        replicationRegions: [location],
      }
    : { type: "ManagedImage", runOutputName: "output1", artifactTags, imageId: id, location };
  const source = { type: "PlatformImage", publisher, offer, sku, version };
  const properties = { ...objectOf(template["properties"]), source, distribute: [target] };
  await reachState(stage, {
    place,
    body: { ...template, properties },
    apiVersion: "2022-07-01",
    provisioning: "Succeeded",
    run: "Succeeded",
  });
}

/** What a GET showed without being built is put there as it was; a list's items each. */
function seedShown(stage: Stage, id: string, body: Json): void {
  const items = Array.isArray(body["value"]) ? (body["value"] as readonly unknown[]).map(objectOf) : [body];
  for (const item of items) {
    const { id: own, name: _name, type: _type, location, tags, ...rest } = item;
    const target = textOf(own) || id;
    if (!/^\/subscriptions\/[^/]+\/resourceGroups\//i.test(target)) continue;
    stage.seed(target, { location: textOf(location), body: rest });
    const resource = stage.emulator.world.resources.get(target);
    if (resource !== undefined)
      resource.tags = tags === undefined ? undefined : { ...(tags as Record<string, string>) };
  }
}
