/** `parseRequest`: what the step asks for, or everything that is wrong with it. */
import { noteCodes, problemCodes } from "../../../AzureImageBuilderV1/src/codes.ts";
import { collectFindings, type Findings, type Note } from "../../../AzureImageBuilderV1/src/findings.ts";
import type { Agent } from "../../../AzureImageBuilderV1/src/ports.ts";
import { findUnresolved } from "../../../AzureImageBuilderV1/src/values/unresolved.ts";
import { definitionOf } from "../gallery/read.ts";
import { type Action, inputNames, inputTable, type InputValues, type Row } from "./table.ts";

/** What is common to all actions. */
type Common = Pick<InputValues, "azureSubscription" | "subscriptionId" | "confirm"> & {
  readonly notes: readonly Note[];
};

/** A version, and how long its changes are waited for. */
type OfVersion = Common & Pick<InputValues, "timeoutInMinutes"> & { readonly versionId: string };

export type PromoteRequest = OfVersion &
  Pick<InputValues, "targetRegions" | "evenIfRetired"> & { readonly action: "promote" };
export type RetireRequest = OfVersion & Pick<InputValues, "endOfLifeDate"> & { readonly action: "retire" };
export type RetainRequest = Common &
  Pick<InputValues, "timeoutInMinutes" | "keepNewest" | "keepYoungerThan" | "otherSubscriptions"> & {
    readonly action: "retain";
    readonly definitionId: string;
  };
export type SweepRequest = Common &
  Pick<InputValues, "resourceGroup" | "olderThan" | "storageAccount" | "storageContainer" | "artifactRetentionDays"> & {
    readonly action: "sweep";
  };

/** One action and what it needs. */
export type Request = PromoteRequest | RetireRequest | RetainRequest | SweepRequest;

/** Reads the step. Throws InputError with every problem at once. */
export function parseRequest(agent: Pick<Agent, "input">): Request {
  const findings = collectFindings();
  const texts = new Map(inputNames.map((name) => [name as string, agent.input(name)]));
  const action = read("action", texts.get("action") ?? "", { row: inputTable.action, findings });
  const values = Object.fromEntries(
    inputNames.map((name) => [name, readFor(action, name, { text: texts.get(name) ?? "", findings })]),
  ) as unknown as InputValues;
  const versionId = action === "promote" || action === "retire" ? placeVersion(values, findings) : "";
  findings.throwProblems();
  if (action === undefined) throw new TypeError("A step without an action was taken for a good one.");
  noteUnused(action, texts, findings);
  return toRequest(action, { ...values, notes: findings.notes }, versionId);
}

function toRequest(
  action: Action,
  values: InputValues & { readonly notes: readonly Note[] },
  versionId: string,
): Request {
  switch (action) {
    case "promote":
      return { ...values, action, versionId };
    case "retire":
      return { ...values, action, versionId };
    case "retain":
      return { ...values, action, definitionId: values.galleryImage ?? "" };
    case "sweep":
      return { ...values, action };
  }
}

interface Reading<T> {
  readonly row: Row<T>;
  readonly findings: Findings;
}

/** Without an action that is known, only what every action needs is looked at. */
function readFor(
  action: Action | undefined,
  name: (typeof inputNames)[number],
  { text, findings }: { readonly text: string; readonly findings: Findings },
): unknown {
  const row: Row<unknown> = inputTable[name];
  if (name === "action") return action;
  if (row.of !== undefined && (action === undefined || !row.of.includes(action))) return row.fallback;
  const isNeeded = row.neededBy?.some((one) => action === undefined || one === action) ?? false;
  return read(name, text, { row: isNeeded ? row : { ...row, missing: undefined }, findings });
}

function read<T>(name: string, text: string, { row, findings }: Reading<T>): T {
  if (text === "") {
    if (row.missing !== undefined) findings.problem(name, { code: problemCodes.missing, ...row.missing });
    return row.fallback;
  }
  const parsed = row.parse(text);
  const unresolved = findUnresolved(text, row.scrutiny ?? "name");
  if (unresolved !== undefined) {
    findings.problem(name, { ...unresolved, legal: parsed.ok ? unresolved.legal : parsed.legal, given: text });
  } else if (parsed.ok) {
    return parsed.value;
  } else {
    findings.problem(name, { ...parsed, given: text });
  }
  return row.fallback;
}

/** The ID of the version; a number needs the definition beside it, and an ID must not contradict it. */
function placeVersion({ galleryImage, imageVersion }: InputValues, findings: Findings): string {
  if (imageVersion === undefined) return "";
  if (imageVersion.startsWith("/")) {
    if (galleryImage !== undefined && definitionOf(imageVersion).toLowerCase() !== galleryImage.toLowerCase()) {
      findings.problem("imageVersion", {
        code: problemCodes.conflict,
        given: imageVersion,
        why: "this version is of another definition than galleryImage",
        legal: "the ID of a version without galleryImage; or galleryImage and a number",
      });
    }
    return imageVersion;
  }
  if (galleryImage !== undefined) return `${galleryImage}/versions/${imageVersion}`;
  findings.problem("galleryImage", {
    code: problemCodes.missing,
    why: `imageVersion is the number ${imageVersion}, and it is not said of which definition`,
    legal: "the ID of a gallery's image definition; or the whole ID of the version in imageVersion",
  });
  return "";
}

/** Inputs of other actions that say something; the service hands defaults over as if they were written. */
function noteUnused(action: Action, texts: ReadonlyMap<string, string>, findings: Findings): void {
  const unused = inputNames.filter((name) => {
    const row: Row<unknown> = inputTable[name];
    if (row.of === undefined || row.of.includes(action)) return false;
    const text = texts.get(name) ?? "";
    const parsed = row.parse(text);
    return text !== "" && !(parsed.ok && JSON.stringify(parsed.value) === JSON.stringify(row.fallback));
  });
  if (unused.length === 0) return;
  findings.note(noteCodes.ignoredInput, "action", `${unused.join(", ")}: not used by action: ${action}.`);
}
