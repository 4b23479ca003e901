/** The step that waits for a build which another step has started. */
import { problemCodes } from "../codes.ts";
import { collectFindings, type Note } from "../findings.ts";
import type { Agent } from "../ports.ts";
import { parseInput, readTexts } from "./read.ts";
import type { InputValues } from "./table.ts";
import { placing, readTemplatePlace, type TemplatePlace } from "./template-place.ts";
import { noteUnused } from "./unused.ts";

/** What to wait for, and how it is told. */
export interface WaitInputs
  extends TemplatePlace, Pick<InputValues, "verbosity" | "attachLog" | "cleanup" | "onCancel"> {
  readonly notes: readonly Note[];
}

/** Reads the step. Throws InputError with every problem at once. */
export function parseWait(agent: Pick<Agent, "input">): WaitInputs {
  const texts = readTexts(agent);
  const findings = collectFindings((input) => texts.title(input));
  const place = readTemplatePlace(texts, findings);
  if (texts.text("templateName") === "") {
    findings.problem("templateName", {
      code: problemCodes.missing,
      why: "action: wait needs the template whose build it waits for",
      legal: "the template's name or ID, e.g. $(start.templateId) of the step that started it",
    });
  }
  const values = {
    verbosity: parseInput("verbosity", texts, findings),
    attachLog: parseInput("attachLog", texts, findings),
    cleanup: parseInput("cleanup", texts, findings),
    onCancel: parseInput("onCancel", texts, findings),
  };
  findings.throwProblems();
  noteUnused(texts, [...placing, "templateName", "verbosity", "attachLog", "cleanup", "onCancel"], {
    findings,
    because: "action",
    reason: "the step waits for a build that goes on already: the step that starts it describes it.",
  });
  return { ...place, ...values, notes: findings.notes };
}
