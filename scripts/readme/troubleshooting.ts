/** What is known of failures: the content of docs/troubleshooting.md, made from the catalogue that the task itself uses. */
import { topics } from "../../tasks/AzureImageBuilderV1/src/diagnosis/catalogue/index.ts";
import type { KnownFailure, Where } from "../../tasks/AzureImageBuilderV1/src/diagnosis/types.ts";

/** Headings, in the order of the catalogue. */
const titles: Readonly<Record<string, string>> = {
  noise: "Lines that look like failures and are none",
  "log-windows": "Scripts and updates on Windows",
  "log-linux": "Scripts on Linux",
  "log-packer": "The build machine and its connection",
  template: "The image template",
  permissions: "Permissions",
  network: "Network",
  policy: "Azure Policy",
  quota: "Quotas",
  provider: "Resource providers and regions",
  source: "The source image",
  fit: "Source, target and VM that do not fit together",
  "trusted-launch": "Trusted launch",
  gallery: "The gallery",
  storage: "The storage account",
  entra: "Signing in",
  pipeline: "The pipeline",
  run: "The run",
  service: "The service",
};

const places: Readonly<Record<Where, string>> = {
  "customization-log": "the build's log",
  "arm-error": "an error of Azure",
  storage: "the storage account's answer",
  entra: "the sign-in's answer",
  "pipeline-log": "the pipeline's log",
};

/** A section for each topic with an entry for each failure. Throws where a topic has no heading. */
export function troubleshootingSections(): string {
  // What is harmless comes last.
  const { noise = [], ...others } = topics;
  return Object.entries({ ...others, noise })
    .map(([topic, failures]) => {
      const title = titles[topic];
      if (title === undefined)
        throw new Error(`The topic ${topic} has no heading in scripts/readme/troubleshooting.ts.`);
      return [`## ${title}`, ...failures.map(describeEntry)].join("\n\n");
    })
    .join("\n\n");
}

/** One failure: what is seen, what it means, what to do. */
function describeEntry({ id, patterns, where, cause, remedy, command, link, retryable, weight }: KnownFailure): string {
  const words = patterns.map(({ source }) => `\`${readable(source)}\``).join(", ");
  const again = weight !== "harmless" && retryable ? " The same step may succeed when it is run again." : "";
  const symptom = weight === "symptom" ? " True of many failures: look for another cause first." : "";
  return [
    `### ${id}`,
    `Seen in ${where.map((place) => places[place]).join(", ")}: ${words}`,
    `${text(cause)}${symptom}`,
    `**Next:** ${text(remedy)}${again}${command === undefined ? "" : ` \`${command}\``} ([more](${link}))`,
  ].join("\n\n");
}

/** Placeholders in angle brackets are text, not HTML. */
function text(sentence: string): string {
  return sentence.replace(/(`[^`]*`)|</g, (_, code: string | undefined) => code ?? "&lt;");
}

/** A pattern of the catalogue as words: what varies becomes `…`, and `|` parts what may stand in one place. */
export function readable(source: string): string {
  const literal: string[] = [];
  // What is escaped to stand for itself is put aside, so that no rule takes it for a sign of its own.
  const hold = (sign: string): string => `\u0000${String(literal.push(sign) - 1)}\u0000`;
  const words = source
    .replace(/\[([A-Z])([a-z])\]/g, (whole, upper: string, lower: string) =>
      upper.toLowerCase() === lower ? upper : whole,
    ) // prettier-ignore
    .replace(/\[(?:\\.|[^\]\\])*\]|\\[dwSDW]/g, "…")
    .replace(/\\b|\\B|\^|\$$/g, "")
    .replace(/\\s\?/g, "")
    .replace(/\\[sn](?:[+*]|\{[^}]*\})?/g, " ")
    .replace(/\\([^\w\s])/g, (_, sign: string) => hold(sign))
    .replace(/(?:…|\.)(?:[+*]|\{[^}]*\})\??/g, "…")
    .replace(/(?<=[^(])\{[\d,]+\}|(?<!\()[?*+](?![:=!<])/g, "");
  return withoutGroups(words)
    .replace(/\u0000(\d+)\u0000/g, (_, at: string) => literal[Number(at)] ?? "")
    .replaceAll("`", "'")
    .replace(/(?:…\s*)+…/g, "…")
    .replace(/ {2,}/g, " ")
    .trim();
}

/** Innermost groups first: the words in them stay, what looks around goes. */
function withoutGroups(words: string): string {
  const next = words.replace(/\(\?(:|[=!]|<[=!])([^()]*)\)/g, (_, kind: string, inside: string) =>
    kind === ":" ? inside : "",
  );
  return next === words ? words : withoutGroups(next);
}
