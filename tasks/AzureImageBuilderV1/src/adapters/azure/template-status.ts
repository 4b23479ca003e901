/**
 * What a template and its operations say, read from the JSON as it came: the SDK's models turn times into dates and
 * lose the digits by which a run is recognised (wire notes, sections 1 to 4).
 */
import type { LastRunStatus, OperationStatus, TemplateStatus, TemplateStep, TemplateTarget } from "../../ports.ts";
import { regionName } from "../../values/regions.ts";
import { readErrorBody } from "./service-error.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The status in a template's JSON; undefined where it is no template. */
export function readTemplateStatus(body: unknown): TemplateStatus | undefined {
  const template = fields(body);
  const id = text(template?.["id"]);
  if (template === undefined || id === undefined) return undefined;
  const properties = fields(template["properties"]) ?? {};
  const failure = fields(properties["provisioningError"]);
  const lastRun = readLastRun(fields(properties["lastRunStatus"]));
  return {
    id,
    provisioningState: text(properties["provisioningState"]),
    ...(failure === undefined
      ? {}
      : { provisioningError: { code: text(failure["provisioningErrorCode"]), message: text(failure["message"]) } }),
    ...(lastRun === undefined ? {} : { lastRun }),
    exactSourceVersion: text(fields(properties["source"])?.["exactVersion"]),
    stagingResourceGroup: text(properties["exactStagingResourceGroup"]),
    tags: Object.fromEntries(
      Object.entries(fields(template["tags"]) ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    ...readPlatformImage(fields(properties["source"])),
    buildTimeoutInMinutes: number(properties["buildTimeoutInMinutes"]),
    targets: list(properties["distribute"]).flatMap((one) => readTarget(fields(one))),
    steps: list(properties["customize"]).map(readStep),
    validators: list(fields(properties["validate"])?.["inVMValidations"]).map(readStep),
  };
}

function readPlatformImage(source: Fields | undefined): Pick<TemplateStatus, "platformImage"> {
  const [publisher, offer, sku, version] = ["publisher", "offer", "sku", "version"].map((name) => text(source?.[name]));
  if (text(source?.["type"])?.toLowerCase() !== "platformimage") return {};
  if (publisher === undefined || offer === undefined || sku === undefined) return {};
  return { platformImage: { publisher, offer, sku, version: version ?? "latest" } };
}

function readStep(value: unknown): TemplateStep {
  const step = fields(value);
  return { type: text(step?.["type"]) ?? "", name: text(step?.["name"]) ?? "" };
}

/** Regions stand as `targetRegions`, in the older form as `replicationRegions`, of a managed image as `location`. */
function readTarget(target: Fields | undefined): readonly TemplateTarget[] {
  const runOutputName = text(target?.["runOutputName"]);
  if (target === undefined || runOutputName === undefined) return [];
  const named = [
    ...list(target["targetRegions"]).map((region) => text(fields(region)?.["name"])),
    ...list(target["replicationRegions"]).map(text),
    text(target["location"]),
  ].filter((region) => region !== undefined);
  const inStaging = text(target["type"])?.toLowerCase() === "vhd" && !text(target["uri"]);
  return [
    {
      runOutputName,
      ...(named.length === 0 ? {} : { regions: named.map(regionName) }),
      ...(inStaging ? { inStaging } : {}),
    },
  ];
}

/**
 * The status in an operation's document; undefined where it is none. Words other than the final ones mean "not yet":
 * providers use several.
 */
export function readOperationStatus(body: unknown): OperationStatus | undefined {
  const document = fields(body);
  const word = text(document?.["status"])?.toLowerCase();
  if (document === undefined || word === undefined) return undefined;
  const error = readErrorBody(document["error"]);
  return { status: finalWords[word] ?? "InProgress", ...(error === undefined ? {} : { error }) };
}

const finalWords: Readonly<Record<string, OperationStatus["status"]>> = {
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
  cancelled: "Canceled",
};

function readLastRun(run: Fields | undefined): LastRunStatus | undefined {
  const runState = text(run?.["runState"]);
  if (run === undefined || runState === undefined) return undefined;
  return {
    runState,
    startTime: time(run["startTime"]),
    endTime: time(run["endTime"]),
    runSubState: text(run["runSubState"]),
    message: text(run["message"]),
  };
}

/** "Not yet" is the year 1. */
function time(value: unknown): string | undefined {
  const given = text(value);
  return given?.startsWith("0001-01-01") ? undefined : given;
}

function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
