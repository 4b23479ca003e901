/** Overrides are checked before anything is created: what they make of the template must be one that the service takes. */
import { problemCodes } from "../codes.ts";
import { collectFindings, type Findings } from "../findings.ts";
import type { ImageTemplate } from "../image-template.ts";
import { fileDies } from "../plan/template-file.ts";
import { lowestApiVersion } from "../plan/api-version.ts";
import type { BuildPlan } from "../plan/types.ts";
import { beginCheck, checkShape } from "../template-file/check-shape.ts";
import { beginReport } from "../template-file/faults.ts";
import { entryOf, type FileNode, textOf, toJson } from "../template-file/nodes.ts";
import { checkRules } from "../template-file/rules.ts";
import { bodyShape } from "../template-file/shape.ts";
import { draftTemplate } from "./draft.ts";
import { mergeNodes } from "./merge.ts";

/**
 * The plan with what its overrides change of it: interface version, time limit, targets. Throws InputError, with line and
 * column, where the service would not take the template with them. A plan without overrides is given back as it is.
 */
export function checkOverrides(plan: BuildPlan): BuildPlan {
  const { overrides, ...own } = plan;
  if (overrides === undefined) return plan;
  const template = draftTemplate(own);
  const merged = mergeNodes(template, overrides);
  const findings = collectFindings();
  report(merged, findings);
  findings.throwProblems();
  const { properties } = toJson(merged) as unknown as ImageTemplate;
  const isRedirected = entryOf(entryOf(overrides, "properties")?.value, "distribute") !== undefined;
  return {
    ...plan,
    apiVersion: lowestApiVersion(properties),
    buildTimeoutInMinutes: properties.buildTimeoutInMinutes ?? 0,
    ...(isRedirected ? { distribute: properties.distribute, deleteTemplate: !fileDies(properties.distribute) } : {}),
  };
}

function report(merged: FileNode, findings: Findings): void {
  const reading = beginReport();
  const check = beginCheck(reading);
  const checked = checkShape(merged, bodyShape, "", check);
  const properties = entryOf(checked, "properties")?.value;
  if (properties !== undefined) checkRules(properties, reading);
  const tell = (where: { readonly line: number; readonly column: number }, why: string, legal: string): void =>
    findings.problem("templateOverrides", { code: problemCodes.badOverride, ...where, why, legal });
  for (const { place, path, why, legal } of reading.faults) {
    tell(place, `line ${place.line}:${place.column}${path === undefined ? "" : ` (${path})`}: ${why}`, legal);
  }
  for (const [text, { place, path }] of check.placeholders) {
    tell(place, `line ${place.line}:${place.column} (${path}): \`${text}\` is a placeholder`, "a value of your own");
  }
  for (const path of check.removed) tell({ line: 1, column: 1 }, `${path} is the service's to set`, "nothing there");
  for (const path of ["location", "identity", "properties", "properties.source", "properties.distribute"]) {
    const found = path.split(".").reduce<FileNode | undefined>((node, name) => entryOf(node, name)?.value, merged);
    if (found === undefined)
      tell({ line: 1, column: 1 }, `${path} is taken out, and no template is without it`, "another value");
  }
  const customize = entryOf(properties, "customize")?.value;
  for (const step of customize?.kind === "array" ? customize.items : []) {
    if (textOf(entryOf(step, "type")?.value) !== "Artifact") continue;
    tell(step.place, "a step of type Artifact is for template files", "a step of the service's");
  }
}
