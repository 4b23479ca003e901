/** Secrets of the pipeline that are about to become readable to others: as text of the image template. */
import { noteCodes } from "./codes.ts";
import type { Note } from "./findings.ts";
import type { TemplateCustomizer } from "./image-template.ts";
import type { BuildPlan } from "./plan/types.ts";
import type { Agent } from "./ports.ts";
import { userSteps } from "./preflight/scripts/user-steps.ts";
import { joinCarried } from "./template/carried.ts";
import { draftTemplate } from "./template/draft.ts";

/** Where the texts of steps come from, in the order in which a user would look. */
const inputs = [
  "inlineScript",
  "steps",
  "environment",
  "validationScript",
  "validators",
  "templateParameters",
  "templateOverrides",
] as const;

type Reader = Pick<Agent, "secretVariablesIn" | "input">;

/**
 * A note for each secret variable whose value is in a step or a validator of the template: scripts, the environment they
 * set, files they carry. Names the variable and the steps, never the value.
 */
export function noteSecrets(plan: BuildPlan, agent: Reader): readonly Note[] {
  const steps = userSteps(draftTemplate(plan), plan.artifact !== undefined);
  const found = steps.flatMap(({ title, step }) =>
    agent.secretVariablesIn(textOf(step)).map((variable) => ({ variable, title })),
  );
  const variables = [...new Set(found.map(({ variable }) => variable))];
  return variables.map((variable) => {
    const titles = found.filter((one) => one.variable === variable).map(({ title }) => title);
    return { code: noteCodes.secretInTemplate, input: inputWith(variable, agent), message: describe(variable, titles) };
  });
}

function describe(variable: string, titles: readonly string[]): string {
  return (
    `the value of the secret variable ${variable} is in ${titles.join(" and ")}. Everyone who may read the image template ` +
    "in Azure reads it there, and the script is stored in the build's staging resource group. Let the build VM take it from " +
    "Key Vault by an identity of its own (input buildVmIdentities), as docs/secrets.md shows; then change the secret."
  );
}

/** Everything the service is told of a step, a line of a script on a line of its own. */
function textOf(step: TemplateCustomizer): string {
  const values: readonly unknown[] = Object.values(step);
  return values
    .flatMap((value) => (Array.isArray(value) ? joinCarried(value.map(String)) : [String(value)]))
    .join("\n");
}

/** The input that holds the value; where none does, a file brought it. */
function inputWith(variable: string, agent: Reader): string {
  const isFile = agent.input("templateFile") !== "";
  return (
    inputs.find((name) => agent.secretVariablesIn(agent.input(name)).includes(variable)) ??
    (isFile ? "templateFile" : "steps")
  );
}
