/** `npm run screenshots`: runs the sample with the packaged task, and photographs its log, a failure's end and its summary. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/paths.ts";
import { plain } from "./pictures/excerpt.ts";
import { gatherShown } from "./pictures/gather.ts";
import { noteMadeFrom, screenshots } from "./pictures/made-from.ts";
import { summaryPage, terminalPage } from "./pictures/page.ts";
import { photograph } from "./pictures/photograph.ts";
import { preparePackage } from "./runner/package/freshness.ts";

/** Pixels. */
const width = 1100;

const shown = await gatherShown(root, await preparePackage(root, console.log));
const text = (lines: readonly string[]): string => `${lines.map(plain).join("\n")}\n`;
writeFileSync(join(root, screenshots["images/log.png"]), text(shown.log));
writeFileSync(join(root, screenshots["images/failure.png"]), text(shown.failure));
writeFileSync(join(root, screenshots["images/summary.png"]), shown.summary);
const pages = {
  "images/log.png": terminalPage(shown.log),
  "images/failure.png": terminalPage(shown.failure),
  "images/summary.png": summaryPage(shown.summary),
} satisfies Record<keyof typeof screenshots, string>;
await photograph(Object.entries(pages).map(([name, html]) => ({ html, file: join(root, name), width, square: false })));
noteMadeFrom(root, screenshots);
console.log(`${Object.keys(pages).join(", ")}: made from two runs of the sample.`);
