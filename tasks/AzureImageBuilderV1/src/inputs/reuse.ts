/** Inputs that say which image may be used again. */
import { noteCodes, problemCodes } from "../codes.ts";
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

/** What may be used again; nothing where the step says nothing of it. Notes where the step's action leaves it out. */
export function combineReuse(values: InputValues, choice: Choice, findings: Findings): Pick<Inputs, "reusable"> {
  if (values.reuse === "ifUnchanged") noteLeftOut(values.action, findings);
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

function noteLeftOut(action: InputValues["action"], findings: Findings): void {
  const reason = whyLeftOut[action];
  if (reason === undefined) return;
  findings.note(noteCodes.ignoredInput, "reuse", `not used, because ${reason}`);
}

const ask = "Whether an image that is there would do, action: check says.";

/** Why an action does not look for an image; undefined where it does, or where reuse is not read. */
const whyLeftOut: Readonly<Record<InputValues["action"], string | undefined>> = {
  build: undefined,
  check: undefined,
  start: `a step that only starts a build takes no image that is there: it always builds. ${ask}`,
  preflight: `action: preflight looks only for what would fail in a build. ${ask}`,
  // Both name it among the inputs they do not read.
  wait: undefined,
  resolve: undefined,
};
