/** P15: steps do nothing that breaks or stops a build (facts, sections 1.5 and 10). */
import type { TemplateSource } from "../../image-template.ts";
import { lintFile } from "../scripts/lint-file.ts";
import { lintPowerShell } from "../scripts/lint-powershell.ts";
import { lintShell } from "../scripts/lint-shell.ts";
import { findTwoReadings } from "../scripts/two-readings.ts";
import { inlineOf, type UserStep, userSteps } from "../scripts/user-steps.ts";
import { describeFault } from "../scripts/describe-fault.ts";
import type { Check, Problem, Subject } from "../types.ts";

/** Scripts, files and filters of the user's steps and validators; scripts at addresses are not looked into. */
export const scripts: Check<undefined> = {
  id: "P15",
  title: "Steps do nothing that breaks a build",
  inFast: "whole",
  kinds: {
    AIB092: {
      severity: "error",
      basis: "documented",
      meaning: "A step restarts or stops a Linux machine, or closes the way by which the service reaches the machine.",
    },
    AIB093: {
      severity: "warning",
      basis: "documented",
      meaning: "A step restarts a Windows machine itself, or fails where an installer asks for a restart.",
    },
    AIB094: {
      severity: "warning",
      basis: "documented",
      meaning: "A step does as an ordinary user what only root may do.",
    },
    AIB095: {
      severity: "warning",
      basis: "documented",
      meaning: "A step starts a program that asks a question, which nobody answers.",
    },
    AIB096: {
      severity: "warning",
      basis: "inferred",
      meaning: "The service may read a text of a step otherwise than it is meant.",
    },
    AIB097: {
      severity: "warning",
      basis: "documented",
      meaning: "A script that `sh` runs is written for bash, or begins with a byte order mark.",
    },
    AIB098: {
      severity: "error",
      basis: "documented",
      meaning: "A step deletes the script that generalizes the machine at the end, or generalizes it itself.",
    },
    AIB099: {
      severity: "error",
      basis: "documented",
      meaning: "A File step puts its file where none can be put.",
    },
  },
  applies: ({ template, plan }) => userSteps(template, plan.artifact !== undefined).length > 0,
  gather: async () => undefined,
  judge: () => [],
  lint: ({ template, plan }: Subject) =>
    lintSteps(userSteps(template, plan.artifact !== undefined), {
      source: template.properties.source,
      isLinux: plan.osType === "linux",
    }),
};

/** Where the steps run. */
export interface StepPlace {
  readonly source: TemplateSource;
  readonly isLinux: boolean;
}

/** Everything that is wrong with a list of steps, in its order. */
export function lintSteps(steps: readonly UserStep[], { source, isLinux }: StepPlace): readonly Problem[] {
  const shIsBash = source.type === "PlatformImage" && bashFamilies.test(source.publisher);
  return steps.flatMap(({ title, step }, index): readonly Problem[] => {
    const text = inlineOf(step);
    const faults =
      text === undefined
        ? []
        : step.type === "Shell"
          ? lintShell(text, { shIsBash })
          : lintPowerShell(text, step.type === "PowerShell" ? step : {});
    const earlier = steps.slice(0, index).map((one) => inlineOf(one.step) ?? "");
    return [
      ...faults.map((fault) => describeFault(fault, { title, isLinux: step.type === "Shell" })),
      ...findTwoReadings(step, title),
      ...(step.type === "File" ? lintFile(step, { title, isLinux, earlier }) : []),
    ];
  });
}

/** Publishers whose images have bash for `sh`; all others are taken for Debian's kin. */
const bashFamilies =
  /^(?:redhat|suse|openlogic|oracle|almalinux|resf|erockyenterprisesoftwarefoundation.*|microsoftcblmariner|microsoft-?azurelinux|ctrliqinc.*)$/i;
