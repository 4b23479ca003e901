/** Run outputs (wire notes, section 5). */
import type { Reply, RouteContext } from "../../core/types.ts";
import { notFound } from "./errors.ts";
import { present, type JsonObject } from "./json.ts";
import type { RunOutput, Template } from "./state.ts";
import { requestedTemplate } from "./store.ts";

/** Address of a blob as this client reaches it. */
function blobAddress(context: RouteContext, blob: NonNullable<RunOutput["artifactBlob"]>): string {
  if (blob.uri !== undefined) return blob.uri;
  const host = context.viaProxy
    ? `https://${blob.account}.blob.core.windows.net`
    : `${context.world.endpoints.blob}/${blob.account}`;
  return `${host}/${blob.path}`;
}

/** Only the property that applies is there. */
function show(context: RouteContext, template: Template, output: RunOutput): JsonObject {
  const { artifactId, artifactBlob } = output;
  const artifactUri = artifactBlob === undefined ? undefined : blobAddress(context, artifactBlob);
  return {
    properties: present({ artifactId, artifactUri, provisioningState: "Succeeded" }),
    id: `${template.id}/runOutputs/${output.name}`,
    name: output.name,
    type: "Microsoft.VirtualMachineImages/imageTemplates/runOutputs",
  };
}

export function listRunOutputs(context: RouteContext): Reply {
  const template = requestedTemplate(context);
  const value = [...template.outputs.values()].map((output) => show(context, template, output));
  return { status: 200, mark: value.length > 0 ? "recorded" : "inferred", fact: "wire 5 runOutputs", body: { value } };
}

export function getRunOutput(context: RouteContext): Reply {
  const template = requestedTemplate(context);
  const { runOutput = "", resourceGroup = "" } = context.params;
  const output = template.outputs.get(runOutput.toLowerCase());
  if (output === undefined) throw notFound(`imageTemplates/${template.name}/runOutputs/${runOutput}`, resourceGroup);
  const mark = output.artifactId === undefined ? "specification" : "recorded";
  return { status: 200, mark, fact: "wire 5 runOutputs", body: show(context, template, output) };
}
