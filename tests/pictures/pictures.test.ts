/** Icons are of their drawing and size; screenshots show what a run shows, and nothing else. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/lib/paths.ts";
import { missedLines } from "../../scripts/pictures/excerpt.ts";
import { gatherShown, type Shown } from "../../scripts/pictures/gather.ts";
import { describePicture, icons, iconSource, readMadeFrom, screenshots } from "../../scripts/pictures/made-from.ts";
import { terminalPage } from "../../scripts/pictures/page.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { withEmulator } from "../../scripts/runner/session.ts";
import { skipWhereSimulated } from "../e2e/build-vm-support.ts";

const sources: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(icons).map((name) => [name, iconSource])),
  ...screenshots,
};

function sizeOf(picture: string): readonly number[] {
  const png = readFileSync(join(root, picture));
  assert.equal(png.subarray(1, 4).toString("latin1"), "PNG");
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

describe("The pictures", () => {
  it("are written down, each with its source, and no others", () => {
    assert.deepEqual(Object.keys(readMadeFrom(root)).sort(), Object.keys(sources).sort());
  });

  for (const [picture, source] of Object.entries(sources)) {
    it(`were made from what their source is now: ${picture} (npm run ${picture in icons ? "icons" : "screenshots"})`, () => {
      assert.deepEqual(readMadeFrom(root)[picture], describePicture(root, picture, source));
    });
  }

  for (const [picture, size] of Object.entries(icons)) {
    it(`have their size: ${picture}`, () => assert.deepEqual(sizeOf(picture), [size, size]));
  }

  for (const picture of Object.keys(screenshots)) {
    it(`are small enough for a page and its package: ${picture}`, () => {
      const [width = 0, height = 0] = sizeOf(picture);
      assert.ok(width === 1100 && height > 200 && height < 1400, `${String(width)} x ${String(height)}`);
      assert.ok(readFileSync(join(root, picture)).length < 300_000);
    });
  }

  it("are shown by the marketplace's page and the extension's manifest", () => {
    const overview = readFileSync(join(root, "overview.md"), "utf8");
    const manifest = JSON.parse(readFileSync(join(root, "vss-extension.json"), "utf8")) as {
      readonly screenshots: readonly { readonly path: string }[];
    };
    assert.deepEqual(manifest.screenshots.map(({ path }) => path), Object.keys(screenshots)); // prettier-ignore
    for (const picture of Object.keys(screenshots)) assert.ok(overview.includes(`](${picture})`), picture);
  });
});

describe("The page of a terminal", () => {
  it("shows text as text, and the terminal's colours", () => {
    const html = terminalPage(["<b>&", "\u001b[31mError: no\u001b[0m"]);
    assert.ok(html.includes("&lt;b&gt;&amp;"));
    assert.match(html, /<span style="color:#ff7b72">Error: no<\/span>/);
  });
});

describe("The screenshots' lines", function () {
  this.timeout(180_000);
  let shown: Shown;
  before(async function () {
    await withEmulator((emulator) => skipWhereSimulated(this, emulator));
    if (!existsSync("/usr/bin/apt-get")) {
      console.log("    left out: the failing script needs apt-get");
      this.skip();
    }
    shown = await gatherShown(root, await preparePackage(root, () => undefined));
  });

  for (const [picture, source] of Object.entries(screenshots)) {
    it(`are those of a run of today, but for numbers: ${picture}`, () => {
      const today = { "images/log.png": shown.log, "images/failure.png": shown.failure, "images/summary.png": shown.summary.split("\n") }[picture] ?? []; // prettier-ignore
      const pictured = readFileSync(join(root, source), "utf8").split("\n");
      assert.ok(pictured.length > 10, String(pictured.length));
      assert.deepEqual(missedLines(pictured, [...today, ""]), []);
    });
  }

  it("are compared so that another word shows", () => {
    assert.deepEqual(missedLines(["00:00:07  Queued (took 12 s)"], ["00:01:09  Queued (took 1 min 3 s)"]), []);
    assert.deepEqual(missedLines(["Succeeded"], ["Failed"]), ["Succeeded"]);
  });
});
