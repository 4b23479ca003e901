/** Answers of Resource Manager's front door alone: they do not depend on the provider. */
import { findNamespace } from "../emulator/services/provider-catalogue.ts";
import type { ExchangeKind } from "./kinds.ts";
import { errorOf, ready } from "./kinds-template.ts";
import { parseRecording, type Recording } from "./recording.ts";

function typeOf(recording: Recording): string {
  const parts =
    (recording.request.path.split("?")[0] ?? "")
      .split(/\/providers\//i)
      .at(-1)
      ?.split("/") ?? [];
  return [parts[0] ?? "", ...parts.slice(1).filter((_, index) => index % 2 === 0)].join("/");
}

/** Throttling and time-outs of a gateway come from scripted faults only: their text would be the recording's own. */
export const throttledExchange: ExchangeKind = {
  name: "throttled",
  matches: ({ response }) => response.status === 429 || response.status >= 500,
  prepare: async (_stage, recording) => ({
    kind: "skipped",
    reason: `${errorOf(recording).code} of ${typeOf(recording)}: the emulator limits and fails requests by scripted faults only`,
  }),
};

/** A type with a region of its own, and one without children, that the emulator serves. */
const STAND_IN = "Microsoft.Compute/galleries";

/** Errors the front door gives before it asks a provider. */
const OWN_ERRORS = ["AuthorizationFailed", "LocationNotAvailableForResourceType"];

/** A provider that is not served: the front door's own errors are looked at on a type that is, all else is left out. */
export const foreignExchange: ExchangeKind = {
  name: "other provider",
  matches: ({ request }) => {
    const namespace = /\/providers\/([^/?]+)/i.exec(request.path)?.[1];
    return namespace !== undefined && findNamespace(namespace) === undefined;
  },
  prepare: async (stage, recording) => {
    const type = typeOf(recording);
    const { code } = errorOf(recording);
    if (!OWN_ERRORS.includes(code)) return { kind: "skipped", reason: `the emulator does not serve ${type}` };
    const moved = carryOver(recording, type);
    if (code === "AuthorizationFailed") stage.revokeCaller();
    else stage.seed((moved.request.path.split("/providers/")[0] ?? "").split("/").slice(0, 5).join("/"));
    return { ...ready(moved), recording: moved };
  },
};

/** The same exchange about a type that is served, in request and answer alike. */
function carryOver(recording: Recording, type: string): Recording {
  const [namespace = "", kind = ""] = type.split("/");
  const [standNamespace = "", standKind = ""] = STAND_IN.split("/");
  const text = JSON.stringify({
    source: recording.source,
    note: recording.note,
    request: recording.request,
    response: recording.response,
  })
    .replaceAll(`${namespace}/${kind}`, STAND_IN)
    .replaceAll(`/providers/${namespace}/`, `/providers/${standNamespace}/`)
    .replace(/api-version=[^&"]+/, "api-version=2021-10-01")
    .replaceAll(`/${kind}/`, `/${standKind}/`);
  return parseRecording(recording.file, JSON.parse(text) as Readonly<Record<string, unknown>>);
}
