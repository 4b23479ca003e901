/** Secrets that stand in inline lines, which everybody sees who may read the template (facts, section 1.5). */
import type { Problem } from "../types.ts";
import { inlineOf, type UserStep } from "./user-steps.ts";

/** What a secret looks like, with its name for messages. The secret itself is never told. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/[?&]sig=(?!\*\*\*)[A-Za-z0-9%+/]{20,}/i, "the signature of an address (`sig=`)"],
  [/\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{20,}/i, "an account key"],
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, "a private key"],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|xox[abp]-[\w-]{20,})/, "an access token"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, "an access token"],
  [/ConvertTo-SecureString\s+(?:-String\s+)?(?:'[^'$]+'|"[^"$]+")/i, "a password"],
  // With blanks around `=` only texts in quotes are values; what the shell puts in or a file holds is none.
  [
    /\b\w*(?:password|passwd|secret|api_?key|access_?token)(?:=["']?|\s*=\s*["']|["']?\s*:\s*["'])(?![$<%/\\*@({`"'\s]|[xX.]+["']?(?:\s|$))[^\s"'`$;&|<>()]{6,}/i,
    "a password",
  ],
];

/** A finding for each step with secrets. */
export function findSecrets(steps: readonly UserStep[]): readonly Problem[] {
  return steps.flatMap(({ title, step }): readonly Problem[] => {
    const text = inlineOf(step) ?? "";
    const names = [...new Set(forms.filter(([form]) => form.test(text)).map(([, name]) => name))];
    if (names.length === 0) return [];
    return [
      {
        code: "AIB091",
        message:
          `The lines of ${title} hold what looks like ${names.join(" and ")}. They are stored in the image template, where ` +
          "everybody sees them who may read it, and in the log.",
        remedy:
          "Let the step fetch the secret while it runs, e.g. from a key vault by an identity of the build VM " +
          "(`buildVmIdentities`), and replace the one that has been there.",
      },
    ];
  });
}
