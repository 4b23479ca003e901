/** `parseInputs`: everything the step says, or everything that is wrong with it. */
import { noteCodes, problemCodes } from "../codes.ts";
import { collectFindings, type Findings } from "../findings.ts";
import { targetKinds } from "../kinds/target/index.ts";
import type { Agent } from "../ports.ts";
import { replacedParts, targetOptions } from "../template-file/as-inputs.ts";
import { tellReport } from "../template-file/faults.ts";
import type { FileTemplate, TemplateFileReading } from "../template-file/read.ts";
import { chooseKinds } from "./choose.ts";
import { combineArtifact, combineNetwork, combineSource, combineSteps, combineValidation } from "./combine.ts";
import { combineTargets } from "./list-targets.ts";
import { isGivenIn, parseValues, readTexts } from "./read.ts";
import { refuseIdAsName } from "./template-place.ts";
import { combineReuse } from "./reuse.ts";
import type { Inputs } from "./types.ts";

/**
 * Reads and checks all inputs of the step. Only what the chosen source and target mean is read: hidden inputs arrive
 * too (agent contract, section 2.2). What the template file of `reading` says stands in for empty inputs. Throws
 * InputError with every problem at once, those of the file among them.
 */
export function parseInputs(agent: Pick<Agent, "input">, reading?: TemplateFileReading): Inputs {
  const file = reading?.template;
  const texts = readTexts(agent, file);
  const all = collectFindings((input) => texts.title(input));
  if (reading !== undefined) tellReport(reading.report, all);
  const findings = reading === undefined || file !== undefined ? all : withoutDemands(all, reading);
  const choice = chooseKinds(texts, findings);
  const values = parseValues(texts, choice, findings);
  const source = combineSource(values, choice, findings);
  const listedTargets = combineTargets(values.targets, findings);
  const target =
    choice.target === undefined || choice.target === "several"
      ? listedTargets[0]?.choice
      : targetKinds[choice.target].read(values, findings);
  const isGiven = (input: "validationScript" | "validators"): boolean => texts.text(input) !== "";
  const groups = {
    ...combineArtifact(values, choice, findings),
    ...combineNetwork(values, choice, findings),
    ...combineReuse(values, choice, findings),
    ...combineSteps(values, findings),
    ...combineValidation(values, { script: isGiven("validationScript"), validators: isGiven("validators") }, findings),
  };
  if (values.autoRun) {
    findings.note(
      noteCodes.ignoredInput,
      "autoRun",
      "autoRun is ignored: the task starts the run itself and follows it.",
    );
  }
  refuseIdAsName(values.templateName, findings);
  findings.throwProblems();
  if (source === undefined || target === undefined) {
    throw new TypeError("A step without source or target was taken for a good one.");
  }
  if (file === undefined) noteNoFile(values.templateParameters, findings);
  else noteReplaced(file, { isGiven: (input) => isGivenIn(readTexts(agent), input) }, findings);
  return {
    ...values,
    ...groups,
    source,
    target,
    listedTargets,
    ...(file === undefined ? {} : { file }),
    notes: findings.notes,
  };
}

/** A file with faults has told what is missing in it: that inputs do not say it either is no news. */
function withoutDemands(findings: Findings, { namesIdentity }: TemplateFileReading): Findings {
  const told = ["sourceImage", "galleryImage", ...(namesIdentity ? ["managedIdentity"] : [])];
  return {
    ...findings,
    problem: (input, text) => {
      if (text.code !== problemCodes.missing || !told.includes(input)) findings.problem(input, text);
    },
  };
}

function noteNoFile(parameters: string | undefined, findings: Findings): void {
  if (parameters === undefined) return;
  findings.note(
    noteCodes.ignoredInput,
    "templateParameters",
    "templateParameters is not used: there is no templateFile.",
  );
}

/** Says what of the file inputs replace where that is more than one value, and what cannot be applied to its targets. */
function noteReplaced(
  { file, properties }: FileTemplate,
  { isGiven }: { readonly isGiven: (input: string) => boolean },
  findings: Findings,
): void {
  const replaced = replacedParts(isGiven).map((path) => path.replace(/^properties\./, ""));
  if (replaced.length > 0) {
    findings.note(noteCodes.templateFile, "templateFile", `Inputs replace parts of ${file}: ${replaced.join(", ")}.`);
  }
  if (properties.distribute === undefined) return;
  for (const input of targetOptions.filter(isGiven)) {
    findings.note(
      noteCodes.ignoredInput,
      input,
      `${input} is not used: the targets are those of ${file}. Name the target by an input too, e.g. galleryImage.`,
    );
  }
}
