/** The matrix as text. */
import type { Cell } from "./types.ts";

/** A line for each cell. */
export function showMatrix(cells: readonly Cell[]): string {
  const lines = cells.map(({ site, fault, outcome, code, attempts, problems }) =>
    [
      problems.length === 0 ? "ok " : "BAD",
      site.padEnd(60),
      fault.padEnd(20),
      `${outcome} ${code}`.padEnd(20),
      attempts,
    ].join(" "),
  );
  return `${lines.join("\n")}\n`;
}

/** What is wrong, cell by cell. */
export function showBadCells(cells: readonly Cell[]): string {
  return cells
    .map(
      ({ site, fault, expected, problems }) => `${site} | ${fault} | expected ${expected}\n  ${problems.join("\n  ")}`,
    )
    .join("\n");
}
