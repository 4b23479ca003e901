/** Rules of a template that its schema cannot say (facts, section 1). */
import { badValue, brokenRule, missingField, type BuilderFault } from "./errors.ts";
import { isIdOf, NAME_PATTERN, parseResourceId } from "./ids.ts";
import { objectOf, objectsOf, stringsOf, textOf, type JsonObject } from "./json.ts";

/** A body of PUT with where it goes. */
export interface TemplateRequest {
  readonly subscription: string;
  readonly name: string;
  readonly body: JsonObject;
}

type Rule = (request: TemplateRequest, properties: JsonObject) => BuilderFault | undefined;

/** The first rule a template breaks, or undefined. */
export function checkRules(request: TemplateRequest): BuilderFault | undefined {
  const properties = objectOf(request.body["properties"]);
  return first(RULES.map((rule) => () => rule(request, properties)));
}

function first(checks: readonly (() => BuilderFault | undefined)[]): BuilderFault | undefined {
  for (const check of checks) {
    const fault = check();
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const nameRule: Rule = ({ name }) => (NAME_PATTERN.test(name) ? undefined : badValue("ImageTemplate", "name", name));

/** Exactly one user-assigned identity (facts, section 1.1). */
const identityRule: Rule = ({ body }) => {
  const identity = objectOf(body["identity"]);
  if (identity["type"] !== "UserAssigned") return badValue("ImageTemplate.identity", "type", identity["type"] ?? "");
  const ids = Object.keys(objectOf(identity["userAssignedIdentities"]));
  if (ids.length === 0) return missingField("ImageTemplate.identity", "userAssignedIdentities");
  if (ids.length > 1) return brokenRule("ImageTemplate.identity", "Only one user assigned identity is allowed.");
  const bad = ids.find((id) => !isIdOf(id, "Microsoft.ManagedIdentity/userAssignedIdentities"));
  return bad === undefined ? undefined : badValue("ImageTemplate.identity", "userAssignedIdentities", bad);
};

const sourceRule: Rule = ({ subscription }, properties) => {
  const path = "ImageTemplate.properties.source";
  const source = objectOf(properties["source"]);
  switch (source["type"]) {
    case "PlatformImage":
      return first(
        ["publisher", "offer", "sku", "version"].map(
          (field) => () => (textOf(source[field]) === "" ? missingField(path, field) : undefined),
        ),
      );
    case "ManagedImage": {
      const id = textOf(source["imageId"]);
      const parsed = isIdOf(id, "Microsoft.Compute/images") ? parseResourceId(id) : undefined;
      // Same subscription as the template (facts, section 1.2).
      return parsed?.subscription.toLowerCase() === subscription.toLowerCase()
        ? undefined
        : badValue(path, "imageId", id);
    }
    default: {
      const id = textOf(source["imageVersionId"]);
      const isVersion =
        isIdOf(id, "Microsoft.Compute/galleries/images/versions") && /\/(latest|\d+\.\d+\.\d+)$/i.test(id);
      return isVersion ? undefined : badValue(path, "imageVersionId", id);
    }
  }
};

/** Rules of one customizer or validator. */
function stepRule(step: JsonObject, path: string): BuilderFault | undefined {
  switch (step["type"]) {
    case "File": {
      const gap = ["sourceUri", "destination"].find((field) => textOf(step[field]) === "");
      if (gap !== undefined) return missingField(path, gap);
      return first([() => addressRule(step, path, "sourceUri"), () => checksumRule(step, path)]);
    }
    case "Shell":
    case "PowerShell": {
      const hasInline = stringsOf(step["inline"]).length > 0;
      const hasUri = textOf(step["scriptUri"]) !== "";
      if (hasInline === hasUri)
        return brokenRule(path, "Exactly one of the fields 'inline' and 'scriptUri' must be given.");
      if (step["runAsSystem"] === true && step["runElevated"] !== true) {
        return brokenRule(path, "Field 'runAsSystem' can only be true when field 'runElevated' is true.");
      }
      return first([() => addressRule(step, path, "scriptUri"), () => checksumRule(step, path)]);
    }
    case "WindowsRestart": {
      const timeout = textOf(step["restartTimeout"]);
      return timeout === "" || /^\d+[smh]$/.test(timeout) ? undefined : badValue(path, "restartTimeout", timeout);
    }
    default:
      return undefined;
  }
}

function addressRule(step: JsonObject, path: string, field: string): BuilderFault | undefined {
  const address = textOf(step[field]);
  if (address === "") return undefined;
  const isHttp = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
  return isHttp ? undefined : badValue(path, field, address);
}

function checksumRule(step: JsonObject, path: string): BuilderFault | undefined {
  const checksum = textOf(step["sha256Checksum"]);
  return checksum === "" || /^[0-9a-f]{64}$/.test(checksum) ? undefined : badValue(path, "sha256Checksum", checksum);
}

const stepsRule: Rule = (_request, properties) => {
  const validators = objectsOf(objectOf(properties["validate"])["inVMValidations"]);
  return first([
    ...objectsOf(properties["customize"]).map(
      (step, index) => () => stepRule(step, `ImageTemplate.properties.customize[${index}]`),
    ),
    ...validators.map(
      (step, index) => () => stepRule(step, `ImageTemplate.properties.validate.inVMValidations[${index}]`),
    ),
  ]);
};

/** Rules of the distributors, also of those in a PATCH. */
export function checkDistributors(distribute: unknown): BuilderFault | undefined {
  const distributors = objectsOf(distribute);
  if (distributors.length === 0) return missingField("ImageTemplate.properties", "distribute");
  const names = distributors.map((one) => textOf(one["runOutputName"]).toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    return brokenRule(
      "ImageTemplate.properties.distribute",
      `Field 'runOutputName' must be unique: '${twice}' is given twice.`,
    );
  }
  return first(
    distributors.map((one, index) => () => distributorRule(one, `ImageTemplate.properties.distribute[${index}]`)),
  );
}

function distributorRule(one: JsonObject, path: string): BuilderFault | undefined {
  switch (one["type"]) {
    case "ManagedImage": {
      const id = textOf(one["imageId"]);
      return isIdOf(id, "Microsoft.Compute/images") ? undefined : badValue(path, "imageId", id);
    }
    case "SharedImage":
      return galleryRule(one, path);
    default:
      return addressRule(one, path, "uri");
  }
}

function galleryRule(one: JsonObject, path: string): BuilderFault | undefined {
  const id = textOf(one["galleryImageId"]);
  const isDefinition = isIdOf(id, "Microsoft.Compute/galleries/images");
  const isVersion = isIdOf(id, "Microsoft.Compute/galleries/images/versions") && /\/\d+\.\d+\.\d+$/.test(id);
  if (!isDefinition && !isVersion) return badValue(path, "galleryImageId", id);
  const hasTargets = one["targetRegions"] !== undefined;
  const hasOld = one["replicationRegions"] !== undefined;
  if (hasTargets && hasOld)
    return brokenRule(path, "Fields 'targetRegions' and 'replicationRegions' exclude each other.");
  if (one["storageAccountType"] !== undefined && !hasOld) {
    return brokenRule(path, "Field 'storageAccountType' can only be given together with field 'replicationRegions'.");
  }
  const regions = objectsOf(one["targetRegions"]).map((region) =>
    textOf(region["name"]).replaceAll(" ", "").toLowerCase(),
  );
  if (hasTargets && regions.length === 0) return missingField(path, "targetRegions");
  if (new Set(regions).size < regions.length) return brokenRule(path, "Field 'targetRegions' names a region twice.");
  if (isVersion && one["versioning"] !== undefined && one["versioning"] !== null) {
    return brokenRule(path, "Field 'versioning' cannot be given together with a version in field 'galleryImageId'.");
  }
  return undefined;
}

/** Rules of the build machine (facts, section 1.3), also of those in a PATCH. */
export function checkVmProfile(vmProfile: unknown): BuilderFault | undefined {
  const ids = stringsOf(objectOf(vmProfile)["userAssignedIdentities"]);
  const bad = ids.find((id) => !isIdOf(id, "Microsoft.ManagedIdentity/userAssignedIdentities"));
  if (bad === undefined) return checkNetwork(vmProfile);
  return brokenRule("ImageTemplate.properties.vmProfile", `Field 'userAssignedIdentities' has a bad value: '${bad}'.`);
}

function checkNetwork(vmProfile: unknown): BuilderFault | undefined {
  const path = "ImageTemplate.properties.vmProfile.vnetConfig";
  const network = objectOf(objectOf(vmProfile)["vnetConfig"]);
  const [subnet, containers, proxy] = ["subnetId", "containerInstanceSubnetId", "proxyVmSize"].map((field) =>
    textOf(network[field]),
  );
  const isSubnet = (id: string): boolean => isIdOf(id, "Microsoft.Network/virtualNetworks/subnets");
  if (subnet !== undefined && subnet !== "" && !isSubnet(subnet)) return badValue(path, "subnetId", subnet);
  if (containers === undefined || containers === "") {
    const isLost = (proxy ?? "") !== "" && (subnet ?? "") === "";
    return isLost
      ? brokenRule(path, "Field 'proxyVmSize' can only be given together with field 'subnetId'.")
      : undefined;
  }
  if (!isSubnet(containers)) return badValue(path, "containerInstanceSubnetId", containers);
  if (subnet === undefined || subnet === "") {
    return brokenRule(path, "Field 'containerInstanceSubnetId' can only be given together with field 'subnetId'.");
  }
  if (proxy !== undefined && proxy !== "") {
    return brokenRule(path, "Field 'proxyVmSize' must not be given together with field 'containerInstanceSubnetId'.");
  }
  return undefined;
}

const stagingRule: Rule = ({ subscription }, properties) => {
  const id = textOf(properties["stagingResourceGroup"]);
  if (id === "") return undefined;
  const parsed = /^\/?subscriptions\/([^/]+)\/resourceGroups\/[^/]+$/i.exec(id);
  const isHere = parsed?.[1]?.toLowerCase() === subscription.toLowerCase();
  return isHere ? undefined : badValue("ImageTemplate.properties", "stagingResourceGroup", id);
};

/** The script that tunes an image for its workload; read like a shell script's address (no document says more). */
const workloadRule: Rule = (_request, properties) => {
  const path = "ImageTemplate.properties.optimize.workload";
  const workload = objectOf(objectOf(properties["optimize"])["workload"]);
  const isBad = addressRule(workload, path, "scriptUri") !== undefined || checksumRule(workload, path) !== undefined;
  return isBad
    ? brokenRule(path, "Fields 'scriptUri' and 'sha256Checksum' must be an address and a SHA-256.")
    : undefined;
};

const RULES: readonly Rule[] = [
  nameRule,
  identityRule,
  sourceRule,
  stepsRule,
  (_request, properties) => checkDistributors(properties["distribute"]),
  (_request, properties) => checkVmProfile(properties["vmProfile"]),
  stagingRule,
  workloadRule,
];
