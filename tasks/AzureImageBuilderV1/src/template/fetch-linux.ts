/** The shell lines that bring the artifact into a Linux image. */
import { encodeAddress, quoteShell } from "./quote.ts";
import type { FetchOrder } from "./fetch.ts";

/**
 * Lines for `/bin/sh -e` (dash is enough) and the ordinary build user. Whatever of curl, wget and python3 is there
 * downloads, with TLS verified; the address goes in by standard input, so that no process list shows it, and is never
 * printed. Nothing bears the archive's name before its SHA-256 is right. Files unpack as root's own with their modes:
 * that is what the older tasks' `sudo tar` left, and the build user is gone from the finished image.
 */
export function linuxFetchLines(order: FetchOrder): readonly string[] {
  return [
    "# Fetches the pipeline's artifact, checks it and unpacks it.",
    `url=${quoteShell(encodeAddress(order.url))}`,
    `digest=${quoteShell(order.sha256)}`,
    `archive=${quoteShell(order.archiveInImage)}`,
    `folder=${quoteShell(order.folderInImage)}`,
    'part="$archive.part"',
    ...body,
  ];
}

const body: readonly string[] = `
has() { command -v "$1" >/dev/null 2>&1; }

download() {
  if has curl; then
    printf 'url = "%s"\\n' "$url" |
      curl --disable --config - --globoff --fail --silent --show-error \\
        --connect-timeout 30 --speed-limit 1 --speed-time 60 --output "$part"
  elif has wget; then
    printf '%s\\n' "$url" | wget --quiet --tries=1 --timeout=60 --input-file=- --output-document="$part"
  elif has python3; then
    printf '%s\\n' "$url" | python3 -c 'import shutil, sys, urllib.request
with urllib.request.urlopen(sys.stdin.readline().strip(), timeout=60) as answer, open(sys.argv[1], "wb") as part:
    shutil.copyfileobj(answer, part)' "$part"
  else
    echo "The artifact cannot be fetched: none of curl, wget and python3 is installed." >&2
    exit 1
  fi
}

sha256() {
  if has sha256sum; then
    sha256sum <"$1"
  elif has python3; then
    python3 -c 'import hashlib, sys
digest = hashlib.sha256()
for block in iter(lambda: sys.stdin.buffer.read(1 << 20), b""): digest.update(block)
print(digest.hexdigest())' <"$1"
  elif has openssl; then
    openssl dgst -sha256 -r <"$1"
  else
    echo "The artifact cannot be checked: none of sha256sum, python3 and openssl is installed." >&2
  fi | cut -c 1-64
}

actual=none
tries=1
until download && actual=$(sha256 "$part") && [ "$actual" = "$digest" ]; do
  if [ "$tries" -ge 6 ]; then
    echo "The artifact $archive could not be fetched in $tries attempts: SHA-256 expected $digest, got $actual." >&2
    exit 1
  fi
  sleep "$((tries * 5))"
  tries=$((tries + 1))
done

mv -f "$part" "$archive"
mkdir -p "$folder"
if [ "$(id -u)" -eq 0 ]; then root=""; else root="sudo -n"; fi
$root tar -xzo -f "$archive" -C "$folder"
echo "The artifact is in $folder."
`
  .trim()
  .split("\n");
