/** Microsoft.VirtualMachineImages: see docs/emulator-image-builder.md. */
import type { ArmRoute, Reply, RouteContext } from "../../core/types.ts";
import { asReply, BuilderFault } from "./errors.ts";
import { getOperation } from "./operations.ts";
import { patchTemplate } from "./patch.ts";
import { getRunOutput, listRunOutputs } from "./run-outputs.ts";
import { postCancel, postRun } from "./runs.ts";
import { API_VERSIONS } from "./schema-check.ts";
import * as templates from "./templates.ts";
import * as triggers from "./triggers.ts";

export { configureImageBuilder } from "./state.ts";
export {
  defaultDurations,
  defaultSettings,
  type BuilderChange,
  type BuilderSettings,
  type Durations,
  type SimulatedStep,
} from "./settings.ts";

const SERVICE = "Microsoft.VirtualMachineImages";
const SUBSCRIPTION = "/subscriptions/:subscriptionId";
const TEMPLATES = `${SUBSCRIPTION}/resourceGroups/:resourceGroup/providers/${SERVICE}/imageTemplates`;
const TEMPLATE = `${TEMPLATES}/:template`;

type Handler = (context: RouteContext) => Reply | Promise<Reply>;

/** The provider's own errors become answers in the schema of the request's api-version. */
function route(method: ArmRoute["method"], path: string, action: string, handler: Handler): ArmRoute {
  const handle = async (context: RouteContext): Promise<Reply> => {
    try {
      return await handler(context);
    } catch (error) {
      if (error instanceof BuilderFault) return asReply(error, context.apiVersion);
      throw error;
    }
  };
  return { service: SERVICE, method, path, apiVersions: API_VERSIONS, action: `${SERVICE}/${action}`, handle };
}

export const virtualMachineImagesRoutes: readonly ArmRoute[] = [
  route("PUT", TEMPLATE, "imageTemplates/write", templates.putTemplate),
  route("GET", TEMPLATE, "imageTemplates/read", templates.getTemplate),
  route("PATCH", TEMPLATE, "imageTemplates/write", patchTemplate),
  route("DELETE", TEMPLATE, "imageTemplates/delete", templates.deleteTemplate),
  route("GET", TEMPLATES, "imageTemplates/read", templates.listTemplates),
  route("GET", `${SUBSCRIPTION}/providers/${SERVICE}/imageTemplates`, "imageTemplates/read", templates.listTemplates),
  route("POST", `${TEMPLATE}/run`, "imageTemplates/run/action", postRun),
  route("POST", `${TEMPLATE}/cancel`, "imageTemplates/cancel/action", postCancel),
  route("GET", `${TEMPLATE}/runOutputs`, "imageTemplates/runOutputs/read", listRunOutputs),
  route("GET", `${TEMPLATE}/runOutputs/:runOutput`, "imageTemplates/runOutputs/read", getRunOutput),
  route("PUT", `${TEMPLATE}/triggers/:trigger`, "imageTemplates/triggers/write", triggers.putTrigger),
  route("GET", `${TEMPLATE}/triggers/:trigger`, "imageTemplates/triggers/read", triggers.getTrigger),
  route("GET", `${TEMPLATE}/triggers`, "imageTemplates/triggers/read", triggers.listTriggers),
  route("DELETE", `${TEMPLATE}/triggers/:trigger`, "imageTemplates/triggers/delete", triggers.deleteTrigger),
  route(
    "GET",
    `${SUBSCRIPTION}/providers/${SERVICE}/locations/:location/operations/:operationId`,
    "locations/operations/read",
    getOperation,
  ),
];
