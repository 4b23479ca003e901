/**
 * The fault matrix: no cell that is empty, hangs, crashes, leaves something unnamed, or ends otherwise than expected.
 *
 * FAULTS_SHARE says of how many cells one is made: 1, as in `npm run test:long`, makes them all; those that create, run,
 * cancel or delete are always made, in the run that stands for them.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { faultKinds } from "../../scripts/faults/fault-kinds.ts";
import { lanesHere } from "../../scripts/faults/lanes.ts";
import { makeMatrix, type Matrix } from "../../scripts/faults/matrix.ts";
import { describeCell, describeMatrix } from "../../scripts/faults/page.ts";
import { showBadCells } from "../../scripts/faults/show.ts";
import { root } from "../../scripts/lib/paths.ts";

const share = Number(process.env["FAULTS_SHARE"] ?? 8);
const faults = faultKinds.map(({ name }) => name);

/** The cells of the page's matrix, by site and fault. */
function readPage(page: string): ReadonlyMap<string, string> {
  const table = page.slice(page.indexOf("## The matrix"));
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.flatMap((row) => {
      const [site = "", ...cells] = row
        .split("|")
        .slice(1, -1)
        .map((text) => text.trim());
      return cells.map((text, at) => [`${site.slice(1, -1)} ${faults[at] ?? ""}`, text] as const);
    }),
  );
}

describe("the fault matrix", function () {
  this.timeout(1_500_000);
  const page = readFileSync(join(root, "docs/faults.md"), "utf8");
  const pageCells = readPage(page);
  let matrix: Matrix;
  before(async () => {
    const lanes = lanesHere();
    matrix = await makeMatrix({ site: "", fault: "", quick: share > 1, share, lanes, say: () => undefined });
    console.log(
      `      ${matrix.cells.length} of ${pageCells.size} cells (FAULTS_SHARE=${share}), ${matrix.runs} runs, ` +
        `${matrix.seconds.toFixed(0)} s`,
    );
  });

  it("has no bad cell", () => {
    const bad = matrix.cells.filter(({ problems }) => problems.length > 0);
    assert.equal(bad.length, 0, `${bad.length} bad cells:\n${showBadCells(bad)}`);
  });

  it("has a cell for every site with every fault on its page, none of them empty", () => {
    assert.ok(pageCells.size >= 90 * faults.length, `${pageCells.size} cells`);
    assert.equal(pageCells.size % faults.length, 0, "a row is not whole");
    assert.deepEqual(
      [...pageCells].filter(([, text]) => !/^(ok|AIB\d{3})$/.test(text)),
      [],
    );
  });

  it("meets all sites and all faults of the page (npm run faults -- --write)", () => {
    const met = (name: "site" | "fault"): readonly string[] =>
      [...new Set(matrix.cells.map((cell) => cell[name]))].sort();
    assert.deepEqual(met("fault"), [...faults].sort());
    assert.equal(met("site").length, pageCells.size / faults.length);
  });

  it("ends each cell as the page says", async () => {
    for (const cell of matrix.cells) {
      assert.equal(describeCell(cell), pageCells.get(`${cell.site} ${cell.fault}`), `${cell.site}, ${cell.fault}`);
    }
    if (share === 1) assert.equal(page, await describeMatrix(matrix.cells));
  });
});
