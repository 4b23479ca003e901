/** Photographs of pages, by headless Chromium. */
import type { Browser } from "playwright-core";
import { browserPath, openBrowser } from "../../tests/designer/browser.ts";

/** A page, the file it becomes, and its width in pixels; its height is that of its content, or the same with `square`. */
export interface Photograph {
  readonly html: string;
  readonly file: string;
  readonly width: number;
  readonly square: boolean;
}

/** Takes the photographs. Throws an Error where there is no Chromium. */
export async function photograph(photographs: readonly Photograph[]): Promise<void> {
  if (browserPath === undefined) throw new Error("There is no Chromium to take pictures with: install chromium.");
  const browser = await openBrowser(browserPath);
  try {
    for (const wanted of photographs) await takeOne(browser, wanted);
  } finally {
    await browser.close();
  }
}

async function takeOne(browser: Browser, { html, file, width, square }: Photograph): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: square ? width : 100 } });
  await page.setContent(html);
  await page.screenshot({ path: file, fullPage: !square, omitBackground: square });
  await page.close();
}
