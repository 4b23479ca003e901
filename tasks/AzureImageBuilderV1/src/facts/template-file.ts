/** Opens the step's template file, before the other inputs are read: they fill in what the file leaves open. */
import { problemCodes } from "../codes.ts";
import { replacedParts } from "../template-file/as-inputs.ts";
import type { Surroundings } from "../template-file/expression/evaluate.ts";
import { beginReport, type FileInput, type FileReport } from "../template-file/faults.ts";
import { bicepFault, isParametersPath, type ParametersText } from "../template-file/parameters.ts";
import { readTemplateFile, type TemplateFileReading } from "../template-file/read.ts";
import { type InputTexts, isGivenIn, readTexts } from "../inputs/read.ts";
import { regionName } from "../values/regions.ts";
import { isGuid } from "../values/resource-id.ts";
import { resolvePath } from "../values/path.ts";
import { findUnresolved } from "../values/unresolved.ts";
import { attempt } from "../kinds/reads.ts";
import type { Ports } from "../ports.ts";

/** Deployment templates have at most four megabytes (Resource Manager's limits). */
const largest = 4 * 1024 * 1024;
/** For expressions where the subscription is not known: the step fails anyway, and says so. */
const noSubscription = "00000000-0000-0000-0000-000000000000";

/** What opening needs of the world. */
export type TemplateFilePorts = Pick<Ports, "clock" | "facts" | "files"> & {
  readonly agent: Pick<Ports["agent"], "input" | "variable" | "endpoint">;
};

/** The reading of the file that `templateFile` names; undefined when it names none. Throws ServiceError. */
export async function openTemplateFile(ports: TemplateFilePorts): Promise<TemplateFileReading | undefined> {
  const texts = readTexts(ports.agent);
  const path = texts.text("templateFile");
  if (path === "") return undefined;
  const report = beginReport();
  const text = await readText("templateFile", path, { ports, report });
  const parameters = await readParameters(texts.text("templateParameters"), { ports, report });
  if (text === undefined || report.faults.length > 0) return { template: undefined, namesIdentity: true, report };
  const surroundings = await findSurroundings(texts, text, ports);
  const replaced = replacedParts((input) => isGivenIn(texts, input));
  return readTemplateFile({ text, file: path, parameters, surroundings, replaced });
}

interface Opening {
  readonly ports: TemplateFilePorts;
  readonly report: FileReport;
}

async function readParameters(text: string, opening: Opening): Promise<ParametersText | undefined> {
  if (text === "") return undefined;
  if (!isParametersPath(text)) return { text };
  const content = await readText("templateParameters", text, opening);
  return content === undefined ? undefined : { text: content, file: text };
}

async function readText(input: FileInput, given: string, { ports, report }: Opening): Promise<string | undefined> {
  const refuse = (why: string, legal: string): undefined => {
    report.fault({ input, code: problemCodes.badFile, place: { file: given, line: 1, column: 1 }, given, why, legal });
  };
  const unresolved = findUnresolved(given, "text");
  if (unresolved !== undefined) return refuse(unresolved.why, unresolved.legal);
  const bicep = bicepFault(given);
  if (bicep !== undefined) return refuse(bicep.why, bicep.legal);
  const path = resolvePath(ports.agent.variable("System.DefaultWorkingDirectory") ?? "", given);
  if ((await ports.files.kind(path)) !== "file")
    return refuse(`there is no file ${path}`, "the path of a file of the agent");
  try {
    const bytes = await ports.files.read(path, largest);
    if (bytes !== undefined) return new TextDecoder().decode(bytes);
    return refuse("it has more than 4 MB", "a file of at most 4 MB");
  } catch (error) {
    return refuse(
      `it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "a file that the agent may read",
    );
  }
}

/** Where expressions of the file are evaluated. The group's region is read only where the file asks for the group. */
async function findSurroundings(texts: InputTexts, text: string, ports: TemplateFilePorts): Promise<Surroundings> {
  const connection = ports.agent.endpoint(texts.text("azureSubscription"));
  const named = texts.text("subscriptionId") || (connection?.data("subscriptionid") ?? "");
  const subscriptionId = isGuid(named) ? named.toLowerCase() : noSubscription;
  const resourceGroup = texts.text("resourceGroup");
  const tenantId = connection?.parameter("tenantid") ?? connection?.data("tenantid");
  const asks = /\bresourceGroup\s*\(/i.test(text) && subscriptionId !== noSubscription && resourceGroup !== "";
  const read = asks ? await attempt(ports.facts.resourceGroupLocation(subscriptionId, resourceGroup)) : undefined;
  return {
    subscriptionId,
    resourceGroup,
    now: ports.clock.now(),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(read?.state === "found" ? { groupLocation: regionName(read.value) } : {}),
  };
}
