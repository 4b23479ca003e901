/** The shell lines that bring the artifact into a Linux image. */
import { linuxCheck, linuxDownload } from "../kinds/customizer/download-linux.ts";
import { quoteShell } from "../values/quote.ts";
import { unzipLines } from "./fetch-linux-zip.ts";
import type { FetchOrder } from "./fetch.ts";

/**
 * Lines for `/bin/sh -e` (dash is enough) and the ordinary build user. Files unpack as root's own with their modes: that
 * is what the older tasks' `sudo tar` left, and the build user is gone from the finished image. Where the service placed
 * the archive (`templateIdentity`), it is only checked and unpacked.
 */
export function linuxFetchLines(order: FetchOrder): readonly string[] {
  const into = order.topFolder === undefined ? '"$folder"' : '"$beside"';
  return [
    "# Fetches the pipeline's artifact, checks it and unpacks it.",
    `folder=${quoteShell(order.folderInImage)}`,
    ...arrive(order),
    'mkdir -p "$folder"',
    'if [ "$(id -u)" -eq 0 ]; then root=""; else root="sudo -n"; fi',
    ...(order.topFolder === undefined ? [] : ['beside="$folder.unpacked"', 'rm -rf "$beside"', 'mkdir "$beside"']),
    ...(order.format === "zip" ? unzipLines(into) : [`$root tar -xzo -f "$archive" -C ${into}`]),
    ...(order.deriveModes ? deriveModes(into) : []),
    ...(order.topFolder === undefined ? [] : moveUp(order.topFolder)),
    'echo "The artifact is in $folder."',
  ];
}

function arrive({ url, sha256, access, archiveInImage }: FetchOrder): readonly string[] {
  const common = { sha256, to: quoteShell(archiveInImage), noun: "artifact" } as const;
  switch (access.kind) {
    case "templateIdentity":
      return linuxCheck(common);
    case "vmIdentity":
      return linuxDownload({ ...common, url, identityId: access.identityId });
    case "delegationSas":
    case "accountKey":
      return linuxDownload({ ...common, url });
  }
}

/** Hard links cost nothing, merge with what is there, and take every name; modes go with the files. */
const moveUp = (topFolder: string): readonly string[] => [
  `top="$beside/"${quoteShell(topFolder)}`,
  'if [ ! -d "$top" ]; then',
  '  echo "The artifact $archive has no folder ${top##*/}." >&2',
  "  exit 1",
  "fi",
  '$root cp -RPlf "$top/." "$folder/"',
  '$root rm -rf "$beside"',
];

/** One pass of python3, or else grep in batches, whose finds are few; only the first two bytes count. */
const deriveModes = (into: string): readonly string[] =>
  `
if has python3; then
  $root python3 -c 'import os, stat, sys
for folder, _, names in os.walk(os.fsencode(sys.argv[1])):
    for name in names:
        place = os.path.join(folder, name)
        mode = os.lstat(place).st_mode
        if not stat.S_ISREG(mode): continue
        with open(place, "rb") as file:
            if file.read(2) == b"#!": os.chmod(place, stat.S_IMODE(mode) | 0o111)' ${into}
else
  LC_ALL=C $root find ${into} -type f -exec grep -lZ '^#!' {} + |
    $root xargs -0 sh -c 'for file do if [ "$(head -c 2 "$file" | tr -d "\\0")" = "#!" ]; then chmod a+x "$file"; fi; done' sh
fi
`
    .trim()
    .split("\n");
