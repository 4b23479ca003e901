/** Tags of a template as Azure limits them (facts, section 1.1). */
import type { ImageTemplate } from "../image-template.ts";
import type { Problem } from "./types.ts";

type Tags = Readonly<Record<string, string>>;

/** The most characters of a name; the service's own resources are storage accounts too, which take fewer. */
const longestName = 512;
const longestNameInStorage = 128;
const longestValue = 256;
const mostTags = 50;

/** One finding for each list of tags with something wrong. */
export function lintTags({ tags, properties }: ImageTemplate): readonly Problem[] {
  return [
    ...lint("tags", tags, longestName),
    ...lint("properties.managedResourceTags", properties.managedResourceTags, longestNameInStorage),
    ...properties.distribute.flatMap(({ artifactTags }, index) =>
      lint(`properties.distribute[${index}].artifactTags`, artifactTags, longestName),
    ),
  ];
}

function lint(path: string, tags: Tags | undefined, longest: number): readonly Problem[] {
  const entries = Object.entries(tags ?? {});
  const own = entries.filter(([name]) => /^aib-task-/i.test(name)).length;
  const faults = [
    ...(entries.length > mostTags
      ? [`they are ${entries.length}${own === 0 ? "" : `, ${own} of them the task's,`} and may be ${mostTags}`]
      : []),
    ...entries.flatMap(([name, value]) => tagFaults(name, value, longest)),
  ];
  if (faults.length === 0) return [];
  return [
    {
      code: "AIB090",
      message: `Azure does not take the tags in ${path}: ${faults.join("; ")}.`,
      remedy: `At most ${mostTags} tags; names of 1 to ${longest} characters without < > % & \\ ? /; values of at most ${longestValue}.`,
    },
  ];
}

function tagFaults(name: string, value: string, longest: number): readonly string[] {
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  return [
    ...(name === "" ? ["a name is empty"] : []),
    ...(name.length > longest ? [`the name \`${shown}\` has ${name.length} characters and may have ${longest}`] : []),
    ...(/[<>%&\\?/\p{Cc}]/u.test(name) ? [`the name \`${shown}\` has a character that it may not have`] : []),
    ...(value.length > longestValue
      ? [`the value of \`${shown}\` has ${value.length} characters and may have ${longestValue}`]
      : []),
  ];
}
