/** Exchanges about operations, run outputs and triggers. */
import type { ExchangeKind, Prepared, Skipped } from "./kinds.ts";
import { apiVersionOf, errorOf, forbiddenIn, ready } from "./kinds-template.ts";
import { objectOf, textOf, type Recording } from "./recording.ts";
import type { Stage } from "./stage.ts";
import { plainTemplate, templatePath, type TemplatePlace } from "./template-body.ts";
import { reachState, requiredPlace, type WantedState } from "./template-states.ts";

type Json = Readonly<Record<string, unknown>>;

const OPERATION = /\/providers\/Microsoft\.VirtualMachineImages\/locations\/([^/]+)\/operations\/[^/?]+/i;

/** A status document: an operation in this state is started, and its own address is asked. */
export const operationExchange: ExchangeKind = {
  name: "operation",
  matches: ({ request }) => request.method === "GET" && OPERATION.test(request.path),
  prepare: async (stage, recording) => {
    const location = OPERATION.exec(recording.request.path)?.[1] ?? "westus";
    const place: TemplatePlace = { subscription: stage.subscription, group: "group1", name: "template1" };
    const wanted = operationState(recording, place, location);
    if (wanted === undefined)
      return { kind: "skipped", reason: `no work of the emulator ends with the error '${errorOf(recording).code}'` };
    const { operations } = await reachState(stage, wanted);
    return ready(recording, { path: operations.at(-1) ?? "" });
  },
};

function operationState(recording: Recording, place: TemplatePlace, location: string): WantedState | undefined {
  const body = plainTemplate(place, location);
  const common = { place, body, apiVersion: apiVersionOf(recording) };
  const document = objectOf(recording.response.body);
  const { code, message } = errorOf(recording);
  if (document["error"] === undefined) {
    return { ...common, provisioning: document["endTime"] === undefined ? "Creating" : "Succeeded" };
  }
  const forbidden = forbiddenIn(message);
  if (forbidden !== undefined)
    return { ...common, body: withResource(body, forbidden), provisioning: "Failed", forbidden };
  const packer = /packerlogs\/|Packer build command has failed/.test(message);
  return packer || code === "PackerBuildFailed" ? { ...common, provisioning: "Succeeded", run: "Failed" } : undefined;
}

/** The template with a use of a resource that it will not be allowed. */
function withResource(body: Json, id: string): Json {
  const properties = objectOf(body["properties"]);
  if (/\/virtualNetworks\//i.test(id)) {
    const subnetId = /\/subnets\//i.test(id) ? id : `${id}/subnets/subnet1`;
    return { ...body, properties: { ...properties, vmProfile: { vnetConfig: { subnetId } } } };
  }
  const target = /\/galleries\//i.test(id)
    ? {
        type: "SharedImage",
        runOutputName: "output1",
        galleryImageId: id,
        replicationRegions: [textOf(body["location"])],
      }
    : { type: "ManagedImage", runOutputName: "output1", imageId: id, location: textOf(body["location"]) };
  return { ...body, properties: { ...properties, distribute: [target] } };
}

const OUTPUTS = /\/imageTemplates\/[^/]+\/runOutputs(?:\/[^/?]+)?(?=\?|$)/i;

/** Run outputs: a run with these targets has ended. */
export const outputExchange: ExchangeKind = {
  name: "run outputs",
  matches: ({ request }) => request.method === "GET" && OUTPUTS.test(request.path),
  prepare: async (stage, recording) => {
    const place = requiredPlace(recording.request.path);
    const body = objectOf(recording.response.body);
    const items = (body["value"] === undefined ? [body] : (body["value"] as readonly unknown[])).map(objectOf);
    const template = plainTemplate(place);
    const distribute = items.filter((item) => item["properties"] !== undefined).map((item) => targetOf(item, template));
    const properties = { ...objectOf(template["properties"]), ...(distribute.length > 0 ? { distribute } : {}) };
    const run = distribute.length > 0 ? ("Succeeded" as const) : undefined;
    await reachState(stage, {
      place,
      body: { ...template, properties },
      apiVersion: apiVersionOf(recording),
      provisioning: "Succeeded",
      run,
    });
    return ready(recording);
  },
};

function targetOf(output: Json, template: Json): Json {
  const properties = objectOf(output["properties"]);
  const id = textOf(properties["artifactId"]);
  const runOutputName = textOf(output["name"]);
  const location = textOf(template["location"]);
  if (id === "") return { type: "VHD", runOutputName };
  if (!/\/galleries\//i.test(id)) return { type: "ManagedImage", runOutputName, imageId: id, location };
  return {
    type: "SharedImage",
    runOutputName,
    galleryImageId: id.replace(/\/versions\/[^/]+$/i, ""),
    replicationRegions: [location],
  };
}

const TRIGGERS = /\/imageTemplates\/[^/]+\/triggers(?:\/([^/?]+))?(?=\?|$)/i;

/** Triggers: the template is there, for reading and deleting the trigger, too. */
export const triggerExchange: ExchangeKind = {
  name: "trigger",
  matches: ({ request }) => TRIGGERS.test(request.path),
  prepare: async (stage, recording): Promise<Prepared | Skipped> => {
    const place = requiredPlace(recording.request.path);
    const apiVersion = apiVersionOf(recording);
    await reachState(stage, { place, body: plainTemplate(place), apiVersion, provisioning: "Succeeded" });
    if (recording.request.method === "PUT" || recording.response.status >= 400) return ready(recording);
    const body = objectOf(recording.response.body);
    const listed = ((body["value"] ?? []) as readonly unknown[]).map((item) => textOf(objectOf(item)["name"]));
    const single = TRIGGERS.exec(recording.request.path)?.[1];
    for (const name of single === undefined ? listed : [single])
      await makeTrigger(stage, `${templatePath(place)}/triggers/${name}?api-version=${apiVersion}`);
    return ready(recording);
  },
};

async function makeTrigger(stage: Stage, path: string): Promise<void> {
  await stage.send("PUT", path, { properties: { kind: "SourceImage" } });
  await stage.until("an active trigger", async () => {
    const trigger = (await stage.send("GET", path)).json();
    return objectOf(trigger["properties"])["provisioningState"] === "Succeeded";
  });
}
