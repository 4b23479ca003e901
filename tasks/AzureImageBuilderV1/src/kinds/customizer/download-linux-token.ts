/** Shell lines that download by a token of the build VM's identity. */
import { quoteShell } from "../../values/quote.ts";
import { blobVersion, tokenAddress } from "./download-token.ts";

/**
 * Lines for `/bin/sh -e` that get a token for the identity of this resource ID and define `download`, which fetches
 * `$url` into `$part` with it; `has` is defined. The token goes into programs by standard input, or by a file that only
 * its owner can read and that does not stay (wget): no process list and no log shows it. No redirect is followed with it.
 *
 * The metadata service is never asked through a proxy. It is asked again on 404, 410, 429 and 5xx, for 126 s at most:
 * after a 410 it is back within 70 s (Microsoft's page on tokens of a VM's identity, retry guidance).
 */
export function linuxTokenDownload(identityId: string, noun: "artifact" | "file"): readonly string[] {
  return [`identity=${quoteShell(identityId)}`, `imds=${quoteShell(tokenAddress(identityId))}`, "", ...lines(noun), ""];
}

const lines = (noun: "artifact" | "file"): readonly string[] =>
  `
if ! has curl && ! has python3 && ! has wget; then
  echo "The ${noun} cannot be fetched: none of curl, wget and python3 is installed." >&2
  exit 1
fi

ask() {
  if has curl; then
    curl --disable --noproxy '*' --include --silent --show-error --max-time 30 --header 'Metadata: true' "$imds"
  elif has python3; then
    python3 -c 'import sys, urllib.error, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={"Metadata": "true"})
try:
    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    sys.exit(str(error))
print("HTTP/1.1", answer.getcode())
print(answer.read().decode())' "$imds"
  else
    wget --quiet --no-proxy --tries=1 --timeout=30 --save-headers --content-on-error \\
      --header='Metadata: true' --output-document=- "$imds"
  fi
}

pause=2
while :; do
  answer=$(ask) || :
  status=$(printf '%s\\n' "$answer" | sed -n '1s,^HTTP/[0-9.]* \\([0-9]*\\).*,\\1,p')
  case $status in
    200) break ;;
    '' | 404 | 410 | 429 | 5??) ;;
    *) pause=128 ;;
  esac
  if [ "$pause" -gt 64 ]; then
    echo "The build VM got no token for its identity $identity: the metadata service said \${status:-nothing}." >&2
    printf '%s\\n' "$answer" | sed -n '/"error/p' >&2
    exit 1
  fi
  sleep "$pause"
  pause=$((pause * 2))
done
token=$(printf '%s\\n' "$answer" | sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')
if [ -z "$token" ]; then
  echo "The build VM got no token for its identity $identity: the metadata service's answer has none." >&2
  exit 1
fi

download() {
  if has curl; then
    printf 'url = "%s"\\nheader = "Authorization: Bearer %s"\\nheader = "x-ms-version: ${blobVersion}"\\n' "$url" "$token" |
      curl --disable --config - --globoff --fail --silent --show-error \\
        --connect-timeout 30 --speed-limit 1 --speed-time 60 --output "$part"
  elif has python3; then
    printf '%s\\n' "$url" "$token" | python3 -c 'import shutil, sys, urllib.request
asked = urllib.request.Request(sys.stdin.readline().strip(), headers={"x-ms-version": "${blobVersion}"})
asked.add_unredirected_header("Authorization", "Bearer " + sys.stdin.readline().strip())
with urllib.request.urlopen(asked, timeout=60) as answer, open(sys.argv[1], "wb") as part:
    shutil.copyfileobj(answer, part)' "$part"
  else
    options=$(mktemp)
    trap 'rm -f "$options"' EXIT
    printf 'header = Authorization: Bearer %s\\nheader = x-ms-version: ${blobVersion}\\n' "$token" >"$options"
    code=0
    printf '%s\\n' "$url" | wget --config="$options" --max-redirect=0 --quiet --tries=1 --timeout=60 \\
      --input-file=- --output-document="$part" || code=$?
    rm -f "$options"
    return "$code"
  fi
}
`
    .trim()
    .split("\n");
