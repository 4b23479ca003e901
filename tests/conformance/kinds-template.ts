/** Exchanges about image templates themselves. */
import type { ExchangeKind, Prepared, Skipped } from "./kinds.ts";
import { objectOf, textOf, type Recording } from "./recording.ts";
import { subscriptionOf, type Stage } from "./stage.ts";
import { bodyOfTemplate, plainTemplate, templatePath, templatePlace, type TemplatePlace } from "./template-body.ts";
import { reachState, requiredPlace, seedFor, seedIdentity, type WantedState } from "./template-states.ts";

type Json = Readonly<Record<string, unknown>>;

const TEMPLATE = /\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/[^/?]+(?:\/(run|cancel))?(?=\?|$)/i;

export function apiVersionOf(recording: Recording): string {
  return /[?&]api-version=([^&]+)/.exec(recording.request.path)?.[1] ?? "";
}

/** Code and message of a recorded error in either schema. */
export function errorOf(recording: Recording): { readonly code: string; readonly message: string } {
  const body = objectOf(recording.response.body);
  const error = body["error"] === undefined ? body : objectOf(body["error"]);
  return { code: textOf(error["code"]), message: textOf(error["message"]) };
}

export const ready = (recording: Recording, change: Partial<Prepared> = {}): Prepared => ({
  kind: "ready",
  method: recording.request.method,
  path: recording.request.path,
  body: recording.request.body,
  ...change,
});

/** The state in which GET showed a template. */
export function shownState(shown: Json, place: TemplatePlace, apiVersion: string): WantedState {
  const properties = objectOf(shown["properties"]);
  const status = objectOf(properties["lastRunStatus"]);
  const error = textOf(objectOf(properties["provisioningError"])["message"]);
  const provisioning = textOf(properties["provisioningState"]);
  const subState = textOf(status["runSubState"]);
  return {
    place,
    body: bodyOfTemplate(shown, place),
    apiVersion,
    provisioning: provisioning === "Creating" || provisioning === "Failed" ? provisioning : "Succeeded",
    forbidden: forbiddenIn(error),
    run: properties["lastRunStatus"] === undefined ? undefined : (textOf(status["runState"]) as WantedState["run"]),
    subState: subState === "" ? undefined : subState,
  };
}

/** The resource a message says the identity has no right on. */
export function forbiddenIn(message: string): string | undefined {
  return /Not authorized to access the resource: (\S+)\. /.exec(message)?.[1];
}

export const templateReadExchange: ExchangeKind = {
  name: "template GET",
  matches: ({ request }) => request.method === "GET" && TEMPLATE.test(request.path),
  prepare: async (stage, recording) => {
    const place = requiredPlace(recording.request.path);
    if (recording.response.status === 404) {
      if (errorOf(recording).code !== "ResourceGroupNotFound") stage.seed(groupOf(place));
      return ready(recording);
    }
    const shown = objectOf(recording.response.body);
    await reachState(stage, shownState(shown, place, apiVersionOf(recording)));
    return ready(recording, { path: recording.request.path });
  },
};

function groupOf({ subscription, group }: TemplatePlace): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}`;
}

const LIST = /\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates(?=\?|$)/i;

/** A list, or one item of a list that the recording shows alone. */
export const templateListExchange: ExchangeKind = {
  name: "template list",
  matches: ({ request }) => request.method === "GET" && LIST.test(request.path),
  prepare: async (stage, recording) => {
    const body = objectOf(recording.response.body);
    const isItem = body["value"] === undefined && body["type"] !== undefined;
    const items = (isItem ? [body] : ((body["value"] ?? []) as readonly unknown[])).map(objectOf);
    const group = /\/resourceGroups\/([^/]+)\//i.exec(recording.request.path)?.[1];
    if (group !== undefined) stage.seed(`/subscriptions/${subscriptionOf(recording)}/resourceGroups/${group}`);
    for (const item of items)
      await reachState(stage, shownState(item, requiredPlace(textOf(item["id"])), apiVersionOf(recording)));
    if (!isItem) return ready(recording);
    const pick = (answer: unknown): unknown =>
      ((objectOf(answer)["value"] ?? []) as readonly unknown[]).find((item) => objectOf(item)["name"] === body["name"]);
    return ready(recording, { pick });
  },
};

/** PUT, PATCH, DELETE, run and cancel. */
export const templateWriteExchange: ExchangeKind = {
  name: "template change",
  matches: ({ request }) => request.method !== "GET" && TEMPLATE.test(request.path),
  prepare: async (stage, recording) => {
    const place = requiredPlace(recording.request.path);
    stage.seed(groupOf(place));
    if (recording.request.method === "PUT") return preparePut(stage, recording, place);
    if (recording.response.status === 404) return ready(recording);
    if (recording.request.method === "DELETE" && recording.response.status === 204) return ready(recording);
    return prepareChange(stage, recording, place);
  },
};

async function preparePut(stage: Stage, recording: Recording, place: TemplatePlace): Promise<Prepared | Skipped> {
  const body = recording.request.body === undefined ? plainTemplate(place) : objectOf(recording.request.body);
  const { code, message } = errorOf(recording);
  switch (code) {
    case "":
      seedFor(stage, { place, body });
      return ready(recording);
    case "LinkedAuthorizationFailed":
      return prepareLinked(stage, recording, { place, body });
    case "ValidationFailed": {
      const broken = recording.request.body === undefined ? breakBody(body, message) : body;
      if (broken === undefined)
        return { kind: "skipped", reason: `no body can be derived from the message '${message}'` };
      return ready(recording, { body: broken });
    }
    case "Conflict":
      await reachState(stage, { place, body, apiVersion: apiVersionOf(recording), provisioning: "Succeeded" });
      return ready(recording, { body });
    case "AuthorizationFailed":
      stage.revokeCaller();
      return ready(recording, { body });
    default:
      return ready(recording, { body });
  }
}

/** Recordings have every subscription replaced by one; the linked one is another one. */
function prepareLinked(
  stage: Stage,
  recording: Recording,
  { place, body }: { readonly place: TemplatePlace; readonly body: Json },
): Prepared {
  const foreign = stage.emulator.world.newGuid();
  const keys = Object.keys(objectOf(objectOf(body["identity"])["userAssignedIdentities"]));
  const moved = keys.map((id) => [id.replace(/(?<=^\/subscriptions\/)[^/]+/i, foreign), {}] as const);
  seedFor(stage, { place, body: { ...body, identity: {} } });
  return ready(recording, {
    body: { ...body, identity: { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(moved) } },
  });
}

/** A body that has the fault a validation message speaks of: the place is in the message. */
function breakBody(body: Json, message: string): Json | undefined {
  const missing = /'ImageTemplate([^']*)': Missing field '?([A-Za-z]+)'?/.exec(message);
  if (missing !== null) return change(body, steps(missing[1] ?? ""), (target) => omit(target, missing[2] ?? ""));
  const bad = /'ImageTemplate([^']*)': Field '([^']+)' has a bad value: '([^']*)'/.exec(message);
  if (bad === null) return undefined;
  const [, path = "", field = "", value = ""] = bad;
  return change(body, steps(path), (target) => ({ ...typed(target, field), [field]: value }));
}

/** \`.properties.distribute[0]\` as steps. */
function steps(path: string): readonly string[] {
  return path.split(/[.[\]]+/).filter((step) => step !== "");
}

function omit(target: Json, field: string): Json {
  return Object.fromEntries(Object.entries(target).filter(([key]) => key !== field));
}

/** A field that only one kind of source has makes the source that kind. */
function typed(target: Json, field: string): Json {
  if (target["publisher"] === undefined) return target;
  if (field === "imageId") return { type: "ManagedImage" };
  return field === "imageVersionId" ? { type: "SharedImageVersion" } : target;
}

function change(value: unknown, path: readonly string[], edit: (target: Json) => Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return edit(objectOf(value));
  if (Array.isArray(value)) {
    return (value as readonly unknown[]).map((item, index) =>
      String(index) === step ? change(item, rest, edit) : item,
    ) as unknown as Json;
  }
  return { ...objectOf(value), [step]: change(objectOf(value)[step], rest, edit) };
}

async function prepareChange(stage: Stage, recording: Recording, place: TemplatePlace): Promise<Prepared> {
  const { message } = errorOf(recording);
  const refusal = /provisioning state: (\w+) or run state: (\w+)/.exec(message);
  const shown = objectOf(recording.response.body);
  const base = shown["properties"] === undefined ? bodyForChange(recording, place) : bodyOfTemplate(shown, place);
  const creating = /provisioningState: 'creating'/.test(message) || refusal?.[1] === "creating";
  const isCancel = /\/cancel(\?|$)/i.test(recording.request.path);
  await reachState(stage, {
    place,
    body: base,
    apiVersion: apiVersionOf(recording),
    provisioning: creating ? "Creating" : "Succeeded",
    run: runState(refusal?.[2]) ?? (isCancel ? "Running" : undefined),
  });
  return ready(recording, { path: recording.request.path });
}

function bodyForChange(recording: Recording, place: TemplatePlace): Json {
  const location = /\/locations\/([a-z0-9]+)\/operations\//.exec(
    Object.values(recording.response.headers).join(" "),
  )?.[1];
  const body = plainTemplate(place, location);
  const identities = Object.keys(
    objectOf(objectOf(objectOf(recording.request.body)["identity"])["userAssignedIdentities"]),
  );
  // The same identity under another spelling is what recordings patch in.
  return identities.length === 0
    ? body
    : {
        ...body,
        identity: {
          type: "UserAssigned",
          userAssignedIdentities: Object.fromEntries(identities.map((id) => [id, {}])),
        },
      };
}

function runState(word: string | undefined): WantedState["run"] {
  const known = {
    running: "Running",
    canceling: "Canceling",
    succeeded: "Succeeded",
    failed: "Failed",
    canceled: "Canceled",
  } as const;
  return known[word as keyof typeof known];
}

export { seedIdentity, templatePath, templatePlace };
