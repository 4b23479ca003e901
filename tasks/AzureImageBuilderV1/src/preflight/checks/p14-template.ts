/** P14: what neither the template's schema nor the inputs say (facts, sections 1.1, 1.5 and 10). No reads. */
import type { ImageTemplate, TemplateCustomizer } from "../../image-template.ts";
import { findSecrets } from "../scripts/secrets.ts";
import { userSteps } from "../scripts/user-steps.ts";
import { lintTags } from "../tag-limits.ts";
import type { Check, Problem, Subject } from "../types.ts";

/** Identity, systems of steps, tags, secrets in scripts: of template files and overrides too. */
export const template: Check<undefined> = {
  id: "P14",
  title: "The template is one that the service takes",
  inFast: "whole",
  kinds: {
    AIB088: {
      severity: "error",
      basis: "documented",
      meaning: "The template names no identity, or more than the one that the service takes.",
    },
    AIB089: {
      severity: "error",
      basis: "documented",
      meaning: "A step or validator is for another operating system than the source image's.",
    },
    AIB090: {
      severity: "error",
      basis: "documented",
      meaning: "Tags are more, longer or named otherwise than Azure allows.",
    },
    AIB091: {
      severity: "warning",
      basis: "documented",
      meaning: "The lines of a step hold what looks like a secret.",
    },
  },
  applies: () => true,
  gather: async () => undefined,
  judge: () => [],
  lint: (subject) => [
    ...lintIdentity(subject.template),
    ...lintSystems(subject),
    ...lintTags(subject.template),
    ...findSecrets(userSteps(subject.template, subject.plan.artifact !== undefined)),
  ],
};

function lintIdentity({ identity }: ImageTemplate): readonly Problem[] {
  const ids = Object.keys(identity.userAssignedIdentities);
  if (ids.length === 1) return [];
  const named = ids.length === 0 ? "no identity" : `${ids.length} identities (${ids.join(", ")})`;
  return [
    {
      code: "AIB088",
      message: `The template names ${named}, and the service takes exactly one: it would refuse the template.`,
      remedy:
        ids.length === 0
          ? "Name one in managedIdentity."
          : "Name the identity in managedIdentity alone; templateOverrides adds to it and does not replace it.",
      input: "managedIdentity",
    },
  ];
}

const systems: Readonly<Record<TemplateCustomizer["type"], "linux" | "windows" | "any">> = {
  Shell: "linux",
  PowerShell: "windows",
  WindowsRestart: "windows",
  WindowsUpdate: "windows",
  File: "any",
};

function lintSystems({ template: { properties }, plan: { osType } }: Subject): readonly Problem[] {
  const lists = [
    ["properties.customize", properties.customize ?? []],
    ["properties.validate.inVMValidations", properties.validate?.inVMValidations ?? []],
  ] as const;
  const foreign = lists.flatMap(([path, list]) =>
    list.flatMap(({ type, name }: TemplateCustomizer, index) => {
      if (systems[type] === "any" || systems[type] === osType) return [];
      return [`${path}[${index}] (${type}${name === undefined ? "" : `, \`${name}\``})`];
    }),
  );
  if (foreign.length === 0) return [];
  const [own, other] = osType === "linux" ? (["Linux", "Windows"] as const) : (["Windows", "Linux"] as const);
  const isOne = foreign.length === 1;
  return [
    {
      code: "AIB089",
      message:
        `The source image is ${own}, and ${isOne ? "this step is" : "these steps are"} for ${other}: ${foreign.join(", ")}. ` +
        "The build would fail there, after everything before it.",
      remedy: `Use ${osType === "linux" ? "Shell and File" : "PowerShell, WindowsRestart, WindowsUpdate and File"} alone, or a ${other} image.`,
    },
  ];
}
