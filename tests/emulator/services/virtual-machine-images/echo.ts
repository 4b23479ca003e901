/** What the service shows of a template: not what was sent (wire notes, section 3, "echo"). */
import { objectOf, objectsOf, present, sorted, textOf, type JsonObject } from "./json.ts";
import { TEMPLATE_TYPE } from "./ids.ts";
import type { Template } from "./state.ts";

/** Newest api-version: how the template stands in the world's store. */
const NEWEST = "2025-10-01";

/** The template as an api-version shows it; keys in the recorded order. */
export function showTemplate(template: Template, apiVersion: string = NEWEST): JsonObject {
  return {
    properties: showProperties(template, apiVersion),
    identity: showIdentity(template),
    tags: template.tags,
    location: template.location,
    id: template.id,
    name: template.name,
    type: TEMPLATE_TYPE,
  };
}

function showIdentity(template: Template): JsonObject {
  if (template.identity.type === "None") return { type: "None" };
  const entries = template.identity.ids.map((id) => {
    const known = template.identityIds?.get(id);
    return [id, known === undefined ? {} : { principalId: known.principalId, clientId: known.clientId }] as const;
  });
  return { type: template.identity.type, userAssignedIdentities: Object.fromEntries(entries) };
}

function showProperties(template: Template, apiVersion: string): JsonObject {
  const sent = template.properties;
  const staging = apiVersion >= "2022-02-14";
  return present({
    source: showSource(template, apiVersion),
    customize: showSteps(template, sent["customize"], "customize"),
    optimize: sent["optimize"],
    validate: showValidate(template),
    distribute: objectsOf(sent["distribute"]).map((one) => showDistributor(one, apiVersion)),
    errorHandling: showErrorHandling(sent["errorHandling"]),
    autoRun: sent["autoRun"],
    managedResourceTags: sent["managedResourceTags"],
    provisioningState: template.provisioningState,
    provisioningError: template.provisioningError,
    lastRunStatus: template.lastRunStatus,
    buildTimeoutInMinutes: sent["buildTimeoutInMinutes"] ?? 0,
    vmProfile: showVmProfile(sent["vmProfile"]),
    additionalDataDisks: sent["additionalDataDisks"],
    stagingResourceGroup: staging ? textOf(sent["stagingResourceGroup"]) : undefined,
    exactStagingResourceGroup: staging ? template.exactStagingResourceGroup : undefined,
  });
}

function showSource(template: Template, apiVersion: string): JsonObject {
  const source = objectOf(template.properties["source"]);
  const shown = source["type"] !== "ManagedImage" && apiVersion >= "2021-10-01";
  const asked = textOf(source["version"] ?? source["imageVersionId"]);
  return sorted(shown ? { ...source, exactVersion: template.exactVersion ?? asked } : source);
}

/** Customizers or validators with the digests the service computed; an empty digest is dropped. */
function showSteps(template: Template, sent: unknown, place: string): readonly JsonObject[] | undefined {
  if (!Array.isArray(sent)) return undefined;
  return objectsOf(sent).map((step, index) => {
    const sha256Checksum = template.files.get(`${place}/${index}`)?.sha256 ?? textOf(step["sha256Checksum"]);
    const rest = present({ ...step, sha256Checksum: sha256Checksum === "" ? undefined : sha256Checksum });
    switch (step["type"]) {
      case "PowerShell":
        return sorted({ runAsSystem: false, runElevated: false, ...rest });
      case "WindowsRestart":
        return sorted({ restartCommand: "", ...rest });
      default:
        return sorted(rest);
    }
  });
}

function showValidate(template: Template): JsonObject | undefined {
  const sent = template.properties["validate"];
  if (sent === undefined) return undefined;
  const validate = objectOf(sent);
  return present({
    continueDistributeOnFailure: validate["continueDistributeOnFailure"] ?? false,
    inVMValidations: showSteps(template, validate["inVMValidations"], "validate"),
    sourceValidationOnly: validate["sourceValidationOnly"] ?? false,
  });
}

function showErrorHandling(sent: unknown): JsonObject | undefined {
  if (sent === undefined) return undefined;
  const handling = objectOf(sent);
  return {
    onCustomizerError: handling["onCustomizerError"] ?? "cleanup",
    onValidationError: handling["onValidationError"] ?? "cleanup",
  };
}

/** \`versioning\` is read back as null whatever was sent (recorded in 2022 and 2023). */
function showDistributor(sent: JsonObject, apiVersion: string): JsonObject {
  const tagged = { artifactTags: {}, ...sent };
  const isGallery = sent["type"] === "SharedImage" && apiVersion >= "2022-07-01";
  return sorted(isGallery ? { excludeFromLatest: false, ...tagged, versioning: null } : tagged);
}

function showVmProfile(sent: unknown): JsonObject | undefined {
  if (sent === undefined) return undefined;
  const profile = objectOf(sent);
  const network = objectOf(profile["vnetConfig"]);
  return present({
    vmSize: textOf(profile["vmSize"]),
    osDiskSizeGB: profile["osDiskSizeGB"] ?? 0,
    userAssignedIdentities: profile["userAssignedIdentities"],
    vnetConfig:
      profile["vnetConfig"] === undefined
        ? undefined
        : present({
            subnetId: network["subnetId"],
            containerInstanceSubnetId: network["containerInstanceSubnetId"],
            proxyVmSize: textOf(network["proxyVmSize"]),
          }),
  });
}
