/** Headless Chromium for tests of a page. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where packages put the browser. (`chromium-browser` of Ubuntu only leads to a snap.) */
const places = ["/usr/bin/chromium", "/usr/bin/google-chrome"];

/** The browser's file, or undefined where there is none. */
export const browserPath = places.find((place) => existsSync(place));

/** Starts the browser so that it talks to nobody by itself. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}
