/** What only Azure knows, replaced by values that read as what they are; each is named in a note. */
import type { Facts } from "../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { readRunIdentity } from "../../tasks/AzureImageBuilderV1/src/facts/run-identity.ts";
import type { Note } from "../../tasks/AzureImageBuilderV1/src/findings.ts";
import type { Inputs } from "../../tasks/AzureImageBuilderV1/src/inputs/types.ts";
import { filesOf } from "../../tasks/AzureImageBuilderV1/src/kinds/customizer/index.ts";
import type { SourceFacts } from "../../tasks/AzureImageBuilderV1/src/kinds/source/types.ts";
import { osTypeOfFile } from "../../tasks/AzureImageBuilderV1/src/plan/template-file.ts";
import type { ArtifactPlan, ArtifactRef } from "../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import type { OsType, StorageAccountFacts } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { planCodes } from "./codes.ts";

/** The subscription of plans that name none. */
export const standInSubscription = "00000000-0000-0000-0000-000000000000";
const standInDigest = "0".repeat(64);

/** Facts as Azure might tell them, and a note for each that the plan shows. */
export function standInFacts(
  inputs: Inputs,
  variable: (name: string) => string | undefined,
  defaultOsType: OsType,
): Facts {
  const notes: Note[] = [];
  const note = (input: string, message: string): void => {
    notes.push({ code: planCodes.standIn, input, message });
  };
  const location = inputs.location ?? `location-of-${inputs.resourceGroup}`;
  if (inputs.location === undefined) note("location", `\`${location}\` stands for the resource group's region.`);
  return {
    now: new Date(0),
    run: readRunIdentity({ variable }),
    subscriptionId: inputs.subscriptionId ?? standInSubscription,
    location,
    source: standInSource(inputs, defaultOsType, note),
    otherTargets: inputs.listedTargets.slice(1).map(({ choice }) => ({
      definitionLocation: (choice.kind === "gallery" ? choice.regions[0]?.name : undefined) ?? location,
      ...standInVersions(choice, note),
    })),
    target: {
      definitionLocation: standInDefinitionLocation(inputs, location, note),
      ...standInVersions(inputs.target, note),
    },
    files: standInFiles(inputs, note),
    ...(inputs.artifact === undefined
      ? {}
      : { storageAccount: standInAccount(inputs.artifact.storageAccount, inputs, note) }),
    ...standInRunArtifact(inputs, note),
    notes,
  };
}

/** A pattern numbers as if there were no version yet. */
function standInVersions(choice: Inputs["target"], note: NoteWriter): Pick<Facts["target"], "versions"> {
  if (choice.kind !== "gallery" || choice.version?.scheme !== "Pattern") return {};
  note("galleryVersion", "The number stands for one that only a run knows.");
  return { versions: [] };
}

/** Which run has the artifact, and what it holds, is known in a run only. */
function standInRunArtifact({ artifact }: Inputs, note: NoteWriter): Pick<Facts, "pipelineArtifact"> {
  if (artifact?.run === undefined) return {};
  const { name } = artifact.run;
  note("artifactName", `The artifact ${name} is taken to be there.`);
  return {
    pipelineArtifact: { project: "", runId: 0, runName: "0", name, downloadUrl: "", topFolder: name },
  };
}

/** Files of steps are not looked for: the file stands for any pipeline, and the agent's disk is not here. */
function standInFiles({ steps, validation }: Inputs, note: NoteWriter): Facts["files"] {
  const lists = { steps, validators: validation?.validators ?? [] };
  const read = (input: keyof typeof lists): Facts["files"]["steps"] => {
    const paths = [...new Set(lists[input].flatMap((step) => filesOf(step)))];
    for (const path of paths) note(input, `A line \`# ${path}\` stands for the content of that file.`);
    return Object.fromEntries(
      paths.map((path) => [path, { from: "agent", content: new TextEncoder().encode(`# ${path}\n`) }]),
    );
  };
  return { steps: read("steps"), validators: read("validators") };
}

type NoteWriter = (input: string, message: string) => void;

function standInSource(inputs: Inputs, defaultOsType: OsType, note: NoteWriter): SourceFacts {
  const { source } = inputs;
  if ("version" in source && source.version === "latest") {
    note("sourceVersion", "`latest` stands for the newest version, whose number a run reads and sends.");
  }
  const names = source.kind === "platformImage" ? `${source.publisher} ${source.offer} ${source.sku}` : "";
  const architecture = /arm64/i.test(names) ? { architecture: "Arm64" } : {};
  const inName = source.kind === "platformImage" ? source.osType : undefined;
  const known = inputs.osType?.osType ?? inName ?? osTypeOf(names) ?? osTypeOfFile(inputs);
  if (inputs.osType !== undefined || inName !== undefined) return architecture;
  const osType = known ?? defaultOsType;
  note(
    "osType",
    known === undefined
      ? `The image is taken for ${osType}, which a run reads from the image; --input osType=… says otherwise.`
      : `The image is taken for ${osType} by its name; a run reads it from the image.`,
  );
  return { ...architecture, osType };
}

/** By the publishers of Azure's endorsed images. */
function osTypeOf(names: string): OsType | undefined {
  if (/^microsoftwindows|windows/i.test(names)) return "windows";
  return /^(?:canonical|redhat|suse|debian|credativ|openlogic|oracle|almalinux|resf|microsoftcblmariner|flatcar|kinvolk)\b|linux|ubuntu/i.test(
    names,
  )
    ? "linux"
    : undefined;
}

/** The first target region, so that no list is called incomplete without knowing. */
function standInDefinitionLocation(inputs: Inputs, location: string, note: NoteWriter): string {
  const first = inputs.target.kind === "gallery" ? inputs.target.regions[0]?.name : undefined;
  if (inputs.target.kind === "gallery" && first === undefined) {
    note("targetRegions", `\`${location}\` stands for the region of the image definition.`);
  }
  return first ?? location;
}

function standInAccount(nameOrId: string, inputs: Inputs, note: NoteWriter): StorageAccountFacts {
  const name = nameOrId.split("/").at(-1) ?? nameOrId;
  note("storageAccount", "The artifact's address and its SHA-256 (zeros) are stand-ins; its signature is not shown.");
  if (inputs.artifact?.access === "auto") {
    note(
      "artifactAccess",
      "Which identity may read the artifact is known in a run only: the address is a signed one here.",
    );
  }
  return {
    id: nameOrId.startsWith("/")
      ? nameOrId
      : `/subscriptions/${inputs.subscriptionId ?? standInSubscription}/resourceGroups/${inputs.resourceGroup}/providers/Microsoft.Storage/storageAccounts/${name}`,
    name,
    blobEndpoint: `https://${name}.blob.core.windows.net/`,
    allowSharedKeyAccess: true,
  };
}

/** An artifact as if it had been uploaded. */
export function standInArtifact(plan: ArtifactPlan): ArtifactRef {
  const [access = { kind: "delegationSas" }] = plan.access;
  const isSigned = access.kind === "delegationSas" || access.kind === "accountKey";
  const address = `${plan.account.blobEndpoint}${plan.container}/v1/${standInDigest}.${plan.format}`;
  return {
    access,
    url: new Secret(isSigned ? `${address}?sp=r&spr=https&sr=b&sig=***` : address),
    sha256: standInDigest,
    content: standInDigest,
    size: 0,
  };
}
