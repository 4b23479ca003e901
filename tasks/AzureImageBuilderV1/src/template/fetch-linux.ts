/** The shell lines that bring the artifact into a Linux image. */
import { linuxDownload } from "../kinds/customizer/download-linux.ts";
import { quoteShell } from "../values/quote.ts";
import type { FetchOrder } from "./fetch.ts";

/**
 * Lines for `/bin/sh -e` (dash is enough) and the ordinary build user. Files unpack as root's own with their modes: that
 * is what the older tasks' `sudo tar` left, and the build user is gone from the finished image.
 */
export function linuxFetchLines(order: FetchOrder): readonly string[] {
  const { url, sha256 } = order;
  return [
    "# Fetches the pipeline's artifact, checks it and unpacks it.",
    `folder=${quoteShell(order.folderInImage)}`,
    ...linuxDownload({ url, sha256, to: quoteShell(order.archiveInImage), noun: "artifact" }),
    ...unpack,
  ];
}

const unpack: readonly string[] = `
mkdir -p "$folder"
if [ "$(id -u)" -eq 0 ]; then root=""; else root="sudo -n"; fi
$root tar -xzo -f "$archive" -C "$folder"
echo "The artifact is in $folder."
`
  .trim()
  .split("\n");
