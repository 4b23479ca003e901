/** The checks and their findings: the content of docs/preflight.md. */
import { checks } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/index.ts";
import type { Check } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";

const fastWords = { whole: "yes", offline: "what needs no reads", no: "no" } as const;

/** One table of checks, and under each check its findings. */
export function preflightTables(): string {
  const rows = checks.map(({ id, title, inFast }) => `| ${id} | ${title} | ${fastWords[inFast]} |`);
  return [
    ["| check | looks at | in `fast` |", "| --- | --- | --- |", ...rows].join("\n"),
    ...checks.map(findingTable),
  ].join("\n\n");
}

function findingTable({ id, title, kinds }: Check<unknown>): string {
  const rows = Object.entries(kinds)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, { severity, basis, meaning }]) => {
      const isSure = basis === "recorded" || basis === "documented";
      return `| \`${code}\` | ${isSure ? severity : "warning"} | ${basis} | ${meaning} |`;
    });
  const head = ["| finding | severity | rests on | meaning |", "| --- | --- | --- | --- |"];
  return [`### ${id}: ${title}`, [...head, ...rows].join("\n")].join("\n\n");
}
