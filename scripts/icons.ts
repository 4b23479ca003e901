/** `npm run icons`: makes every icon from images/icon.svg, by headless Chromium. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/paths.ts";
import { icons, iconSource, noteMadeFrom } from "./pictures/made-from.ts";
import { drawingPage } from "./pictures/page.ts";
import { photograph } from "./pictures/photograph.ts";

const svg = readFileSync(join(root, iconSource), "utf8");
const wanted = Object.entries(icons).map(([name, width]) => ({
  html: drawingPage(svg, width),
  file: join(root, name),
  width,
  square: true,
}));
await photograph(wanted);
noteMadeFrom(root, Object.fromEntries(Object.keys(icons).map((name) => [name, iconSource])));
console.log(`${Object.keys(icons).join(", ")}: made from ${iconSource}.`);
