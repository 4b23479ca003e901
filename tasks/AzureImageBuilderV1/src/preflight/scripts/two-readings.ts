/** Texts that the service, or a program it works with, may read in another way (facts, section 14; issue threads). */
import type { TemplateCustomizer } from "../../image-template.ts";
import type { Problem } from "../types.ts";
import { quoteLines } from "./quote-lines.ts";
import { inlineOf } from "./user-steps.ts";

/** Two braces in inline lines, and filters of updates without their verb. */
export function findTwoReadings(step: TemplateCustomizer, title: string): readonly Problem[] {
  if (step.type === "WindowsUpdate") return findFilters(step.filters ?? [], title);
  const lines = (inlineOf(step) ?? "").split("\n").filter((line) => line.includes("{{"));
  if (lines.length === 0) return [];
  return [
    {
      code: "AIB096",
      message:
        `In ${title}, ${quoteLines(lines.map((line) => line.trim()))} has two braces together: the service hands inline ` +
        "lines to Packer, which may take them for a template of its own and end the build.",
      remedy: "Keep the braces apart, e.g. `{''{` in shell, or put the lines into a script that the step calls.",
    },
  ];
}

function findFilters(filters: readonly string[], title: string): readonly Problem[] {
  const odd = filters.find((filter) => !/^(?:include|exclude):/.test(filter));
  if (odd === undefined) return [];
  return [
    {
      code: "AIB096",
      message:
        `The filter \`${odd}\` of ${title} says neither \`include:\` nor \`exclude:\`: it takes in no update, and where no ` +
        "other filter does, none is installed.",
      remedy: `Write \`include:${odd}\` or \`exclude:${odd}\`.`,
    },
  ];
}
