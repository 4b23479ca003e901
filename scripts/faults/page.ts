/** docs/faults.md, out of a matrix. */
import { format } from "prettier";
import { exceptions, kinds } from "./expectations.ts";
import { faultKinds } from "./fault-kinds.ts";
import type { Cell } from "./types.ts";

const intro = `# What goes wrong, and how a build ends

<!-- Made by \`npm run faults -- --write\`; a test compares. -->

Every place at which the task asks a service, with everything that goes wrong on a network or in a service. The places are
not listed by hand: they are what the emulator saw in clean runs. Each cell is a run of the task's own code with its real
clients against the emulator; \`npm run faults\` prints them, \`--site\` and \`--fault\` choose some.

A fault comes once, or twice in a row where it is marked with 2: of requests that change something both are tried. Reads of
planning and checks meet it side by side, so do requests for blobs that may be repeated, and each by itself where that does
not end as expected. Where the main part leaves something to do, the post-job part runs after it, as the agent runs it; its
requests are places of their own, \`post-job\`. In brackets stands the run that a place belongs to where it means something
else there; \`attempt …\` are second attempts of a step that find what the first one has left; \`image used again\`, \`check
for news\` and \`another run's build\` are steps with \`reuse\` that find what an earlier run has left. What must hold in every
cell: the run ends, as expected; after the post-job part nothing stays behind that the log does not name; and no request that
creates or runs something is sent twice without a read of the state in between.
`;

/** The page, in the repository's format. */
export function describeMatrix(cells: readonly Cell[]): Promise<string> {
  const parts = [intro, describeFaults(), describeKinds(), describeExceptions(), describeCells(cells)];
  return format(parts.join("\n"), { parser: "markdown", printWidth: 120 });
}

function describeFaults(): string {
  const rows = faultKinds.map(({ name, what, burst }) => [name, burst ? "2" : "", what]);
  return `## Faults\n\n${table(["fault", "", "what happens"], rows)}`;
}

function describeKinds(): string {
  return `## How faults are borne\n\n${table(
    ["where", "how"],
    kinds.map(({ what, how }) => [what, how]),
  )}`;
}

function describeExceptions(): string {
  const rows = exceptions.map(({ where, faults, codes, instead, why }) => [
    where,
    faults.join(", "),
    instead?.does ?? codes.join(", "),
    why,
  ]);
  return `## Where a fault changes the end\n\n${table(["where", "faults", "end", "why"], rows)}`;
}

/** A cell as the page shows it. */
export function describeCell({ outcome, code }: Pick<Cell, "outcome" | "code">): string {
  return outcome === "succeeded" ? "ok" : code;
}

function describeCells(cells: readonly Cell[]): string {
  const faults = faultKinds.map(({ name }) => name);
  const sites = [...new Set(cells.map(({ site }) => site))].sort();
  const shown = (site: string, fault: string): string => {
    const cell = cells.find((one) => one.site === site && one.fault === fault);
    return cell === undefined ? "" : describeCell(cell);
  };
  const rows = sites.map((site) => [`\`${site}\``, ...faults.map((fault) => shown(site, fault))]);
  return `## The matrix\n\n\`ok\`: the task ended Succeeded; else the code it told.\n\n${table(["place", ...faults], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}
