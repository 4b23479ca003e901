/** Inputs that say which image may be used again. */
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import { bad, good, type Parser } from "../values/parsed.ts";
import type { Choice } from "./row.ts";
import type { InputValues } from "./table.ts";
import type { Inputs } from "./types.ts";

const legal = "branches with commas between them, `*` for any part between slashes, e.g. main, release/*";

/** Branches, short or in full, with commas or line ends between them; `*` stands for any part between slashes. Gives full names. */
export const parseReuseBranches: Parser<readonly string[]> = (text) => {
  const names = text
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const wrong = names.find((name) => /[\s~^:?[\\\p{Cc}]/u.test(name) || /^\/|\/$|\/\/|\.\./.test(name));
  if (wrong !== undefined) return bad(problemCodes.badName, `\`${wrong}\` is not a branch`, legal);
  return good([...new Set(names.map((name) => (name.startsWith("refs/") ? name : `refs/heads/${name}`)))]);
};

/** What may be used again; nothing where the step says nothing of it. */
export function combineReuse(values: InputValues, choice: Choice, findings: Findings): Pick<Inputs, "reusable"> {
  if (!choice.reuse) return {};
  if (values.provenanceTags === "none") {
    findings.problem("provenanceTags", {
      code: problemCodes.conflict,
      given: "none",
      why: "an image is found again by the tags that this leaves out",
      legal: "minimal or full, where an image may be used again",
    });
  }
  const { reuseMaxAgeDays: maxAgeDays, reuseBranches: branches } = values;
  return maxAgeDays === undefined ? {} : { reusable: { maxAgeDays, branches } };
}
