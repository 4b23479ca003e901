/** Rules of the service that its schema cannot say (facts, sections 1.3, 1.5 and 1.8), and a few that the task adds. */
import type {
  ImageTemplate,
  TemplateCustomizer,
  TemplateDistributor,
  TemplateVmProfile,
} from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";

type Rules = Readonly<Record<string, boolean>>;

/** Names of the rules that a template breaks. `apiVersion` is the one it is sent with. */
export function brokenRules({ properties }: ImageTemplate, apiVersion: string): readonly string[] {
  const steps = [...(properties.customize ?? []), ...(properties.validate?.inVMValidations ?? [])];
  const galleries = properties.distribute.flatMap((one) => (one.type === "SharedImage" ? [one] : []));
  const isNew =
    properties.additionalDataDisks !== undefined ||
    properties.optimize?.workload !== undefined ||
    galleries.some((one) => "replicationMode" in one);
  const minutes = properties.buildTimeoutInMinutes ?? 0;
  const rules: Rules = {
    "2025-10-01 only where needed": (apiVersion === "2025-10-01") === isNew,
    "one kind of system": new Set(steps.flatMap(systemOf)).size <= 1,
    "time enough": minutes === 0 || minutes >= 6,
    "the task starts the run": !JSON.stringify(properties).includes('"autoRun":{"state":"Enabled"'),
    ...stepRules(steps),
    ...targetRules(properties.distribute),
    ...galleryRules(galleries),
    ...machineRules(properties.vmProfile),
  };
  return Object.keys(rules).filter((rule) => rules[rule] !== true);
}

function systemOf({ type }: TemplateCustomizer): readonly string[] {
  if (type === "File") return [];
  return [type === "Shell" ? "linux" : "windows"];
}

function stepRules(steps: readonly TemplateCustomizer[]): Rules {
  const scripts = steps.flatMap((one) => (one.type === "Shell" || one.type === "PowerShell" ? [one] : []));
  const files = steps.flatMap((one) => (one.type === "File" ? [one] : []));
  return {
    "either inline or scriptUri": scripts.every(
      ({ inline = [], scriptUri = "" }) => inline.length > 0 !== (scriptUri !== ""),
    ),
    "lines without line ends": scripts.every(({ inline = [] }) => inline.every((line) => !/[\r\n]/.test(line))),
    "system only when elevated": scripts.every(
      (one) => one.type === "Shell" || one.runAsSystem !== true || one.runElevated === true,
    ),
    "a file from somewhere to somewhere": files.every(
      ({ sourceUri, destination }) => URL.canParse(sourceUri) && destination !== "",
    ),
    "checksums in lower case": [...scripts, ...files].every(
      ({ sha256Checksum: one }) => one === undefined || /^[0-9a-f]{64}$/.test(one),
    ),
    "no checksum without address": scripts.every((one) => !("sha256Checksum" in one) || "scriptUri" in one),
    "a time limit to restarts": steps.every(
      (one) => one.type !== "WindowsRestart" || /^\d+[mh]$/.test(one.restartTimeout ?? "5m"),
    ),
  };
}

function targetRules(targets: readonly TemplateDistributor[]): Rules {
  const names = targets.map(({ runOutputName }) => runOutputName.toLowerCase());
  return {
    "at least one target": targets.length > 0,
    "run output names once": new Set(names).size === names.length,
    "tags within limits": targets.every((one) =>
      Object.entries(one.artifactTags ?? {}).every(([name, value]) => name.length <= 128 && value.length <= 256),
    ),
  };
}

function galleryRules(galleries: readonly Extract<TemplateDistributor, { readonly type: "SharedImage" }>[]): Rules {
  const every = (test: (one: (typeof galleries)[number]) => boolean): boolean => galleries.every(test);
  const isOnce = (names: readonly string[]): boolean => new Set(names).size === names.length;
  return {
    "targetRegions alone": every((one) => !("replicationRegions" in one || "storageAccountType" in one)),
    "each region once": every((one) => isOnce((one.targetRegions ?? []).map(({ name }) => name))),
    "the definition's region": every((one) => (one.targetRegions ?? []).some(({ name }) => name === "westeurope")),
    "shallow in one place": every(
      (one) =>
        one.replicationMode !== "Shallow" ||
        (one.targetRegions?.length === 1 && (one.targetRegions[0]?.replicaCount ?? 1) === 1),
    ),
    "no version and versioning": every(
      (one) => one.versioning === undefined || !one.galleryImageId.includes("/versions/"),
    ),
  };
}

function machineRules(machine: TemplateVmProfile | undefined): Rules {
  const network: Readonly<Record<string, unknown>> = { ...machine?.vnetConfig };
  return {
    "a size": (machine?.vmSize ?? "") !== "",
    "no proxy with containers": !("proxyVmSize" in network && "containerInstanceSubnetId" in network),
    "nothing of a network without subnet": Object.keys(network).length === 0 || "subnetId" in network,
  };
}
