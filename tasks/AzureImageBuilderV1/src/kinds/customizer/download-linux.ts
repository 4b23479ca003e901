/** Shell lines that download a file and check it. */
import { encodeAddress, quoteShell } from "../../values/quote.ts";
import { linuxTokenDownload } from "./download-linux-token.ts";
import { readerRole } from "./download-token.ts";

/** What to download. */
export interface Download {
  /** With its signature, if it has one: the template needs it in clear. */
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Expression of the script's language, quoted, of the file to write; what is downloaded bears its name only when it is right. */
  readonly to: string;
  /** What it is, for messages. */
  readonly noun: "artifact" | "file";
  /** Resource ID of an identity of the build VM whose token opens the address; absent: the address opens by itself. */
  readonly identityId?: string;
}

/** A file that is there already, to be checked. */
export type Check = Omit<Download, "url" | "identityId">;

/**
 * Lines for `/bin/sh -e` (dash is enough) and the ordinary build user. Whatever of curl, wget and python3 is there
 * downloads, with TLS verified; the address goes in by standard input, so that no process list shows it, and is never
 * printed. Nothing bears the file's name (`$archive`) before its SHA-256 is right.
 */
export function linuxDownload({ url, sha256, to, noun, identityId }: Download): readonly string[] {
  return [
    `url=${quoteShell(encodeAddress(url))}`,
    `digest=${quoteShell(sha256)}`,
    `archive=${to}`,
    'part="$archive.part"',
    ...has,
    ...(identityId === undefined ? plainDownload(noun) : linuxTokenDownload(identityId, noun)),
    ...digestOf(noun),
    ...attempts(noun, identityId === undefined ? "" : ` $identity needs the role ${readerRole} there.`),
  ];
}

/** Lines for `/bin/sh -e` that end with 1 where the file at `to` (then `$archive`) has another SHA-256. */
export function linuxCheck({ sha256, to, noun }: Check): readonly string[] {
  return [
    `digest=${quoteShell(sha256)}`,
    `archive=${to}`,
    ...has,
    ...digestOf(noun),
    ...`
actual=$(sha256 "$archive")
if [ "$actual" != "$digest" ]; then
  echo "The ${noun} $archive is not what was sent: SHA-256 expected $digest, got $actual." >&2
  exit 1
fi
`
      .trim()
      .split("\n"),
  ];
}

const has: readonly string[] = ['has() { command -v "$1" >/dev/null 2>&1; }', ""];

const plainDownload = (noun: Download["noun"]): readonly string[] => [
  ...`
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
    echo "The ${noun} cannot be fetched: none of curl, wget and python3 is installed." >&2
    exit 1
  fi
}
`
    .trim()
    .split("\n"),
  "",
];

const digestOf = (noun: Download["noun"]): readonly string[] => [
  ...`
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
    echo "The ${noun} cannot be checked: none of sha256sum, python3 and openssl is installed." >&2
  fi | cut -c 1-64
}
`
    .trim()
    .split("\n"),
  "",
];

const attempts = (noun: Download["noun"], hint: string): readonly string[] =>
  `
actual=none
tries=1
until download && actual=$(sha256 "$part") && [ "$actual" = "$digest" ]; do
  if [ "$tries" -ge 6 ]; then
    echo "The ${noun} $archive could not be fetched in $tries attempts: SHA-256 expected $digest, got $actual.${hint}" >&2
    exit 1
  fi
  sleep "$((tries * 5))"
  tries=$((tries + 1))
done

mv -f "$part" "$archive"
`
    .trim()
    .split("\n");
