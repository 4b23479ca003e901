/** What the step is to do. */
import { collectFindings, type Note } from "../findings.ts";
import type { Agent } from "../ports.ts";
import { parseInput, readTexts } from "./read.ts";
import { inputNames, type InputValues } from "./table.ts";
import { noteUnused } from "./unused.ts";

/** `build` builds and follows; `start` only starts; `wait` follows what was started; `resolve` finds an image that is there. */
export type Action = InputValues["action"];

/** The step's action. Throws InputError where the word is none of them. */
export function parseAction(agent: Pick<Agent, "input">): Action {
  const findings = collectFindings();
  const action = parseInput("action", readTexts(agent), findings);
  findings.throwProblems();
  return action;
}

/** Inputs that say what is done while a build is followed and after it. */
const following = ["cleanup", "verbosity", "attachLog"] as const;

/** A note where a step that only starts a build says what is to be done later, which is for the step that waits to say. */
export function noteLater(agent: Pick<Agent, "input">): readonly Note[] {
  const texts = readTexts(agent);
  const findings = collectFindings();
  const others = inputNames.filter((name) => !following.some((one) => one === name));
  noteUnused(texts, others, {
    findings,
    because: "action",
    reason: "the step leaves the build when it has started. Give them to the step that waits (action: wait).",
  });
  return findings.notes;
}
