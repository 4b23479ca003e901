/** PowerShell lines that download a file and check it. */
import { encodeAddress, quotePowerShell } from "../../values/quote.ts";
import type { Check, Download } from "./download-linux.ts";
import { blobVersion, readerRole, tokenAddress } from "./download-token.ts";

/**
 * Lines for Windows PowerShell 5.1; `to` is a PowerShell expression. Nothing bears the file's name (`$archive`) before its
 * SHA-256 is right. A download that does not succeed in six attempts ends the script with 1.
 */
export function windowsDownload({ url, sha256, to, noun, identityId }: Download): readonly string[] {
  return [
    ...settings,
    `$url = ${quotePowerShell(encodeAddress(url))}`,
    `$digest = ${quotePowerShell(sha256)}`,
    `$archive = ${to}`,
    ...prepare,
    ...(identityId === undefined ? [] : [...tokenLines(identityId), ""]),
    ...attempts(noun, identityId !== undefined),
  ];
}

/**
 * Lines for Windows PowerShell 5.1 that move the file at `from`, a PowerShell expression, to `to` (then `$archive`) and end
 * with 1 where it has another SHA-256.
 */
export function windowsCheck({ sha256, to, noun }: Check, from: string): readonly string[] {
  return [
    ...settings,
    `$digest = ${quotePowerShell(sha256)}`,
    `$archive = ${to}`,
    `Move-Item -LiteralPath ${from} -Destination $archive -Force`,
    "$actual = (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash",
    "if ($actual -ne $digest) {",
    `  Write-Host "The ${noun} $archive is not what was sent: SHA-256 expected $digest, got $actual."`,
    "  exit 1",
    "}",
  ];
}

const settings: readonly string[] = ["$ErrorActionPreference = 'Stop'", "$ProgressPreference = 'SilentlyContinue'"];

const prepare: readonly string[] = `
$part = $archive + '.part'
$tls12 = [Net.SecurityProtocolType]::Tls12
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor $tls12

`
  .slice(1, -1)
  .split("\n");

const download = "(New-Object Net.WebClient).DownloadFile($url, $part)";

/** A WebClient drops the token when it follows a redirect. */
const downloadByToken = `$client = New-Object Net.WebClient
    $client.Headers.Add('Authorization', 'Bearer ' + $token)
    $client.Headers.Add('x-ms-version', '${blobVersion}')
    $client.DownloadFile($url, $part)`;

const attempts = (noun: Download["noun"], byToken: boolean): readonly string[] =>
  `
for ($try = 1; ; $try++) {
  try {
    ${byToken ? downloadByToken : download}
    $actual = (Get-FileHash -LiteralPath $part -Algorithm SHA256).Hash
    if ($actual -ne $digest) { throw "SHA-256 expected $digest, got $actual." }
    break
  } catch {
    Write-Host "Attempt $try to fetch the ${noun} $archive failed: $($_.Exception.Message)"
    if ($try -ge 6) {${byToken ? `\n      Write-Host "$identity needs the role ${readerRole} there."\n      exit 1\n    ` : " exit 1 "}}
    Start-Sleep -Seconds ($try * 5)
  }
}
Move-Item -LiteralPath $part -Destination $archive -Force
`
    .trim()
    .split("\n");

/** Asks the metadata service as the Linux lines do: never by a proxy, again on 404, 410, 429, 5xx and no answer, for 126 s. */
const tokenLines = (identityId: string): readonly string[] => [
  `$identity = ${quotePowerShell(identityId)}`,
  `$imds = ${quotePowerShell(tokenAddress(identityId))}`,
  ...`
$token = $null
for ($pause = 2; -not $token; $pause *= 2) {
  try {
    $client = New-Object Net.WebClient
    $client.Proxy = $null
    $client.Headers.Add('Metadata', 'true')
    $token = ($client.DownloadString($imds) | ConvertFrom-Json).access_token
    if (-not $token) { throw 'The answer has no token.' }
  } catch {
    $status = 0
    $said = $_.Exception.Message
    for ($cause = $_.Exception; $cause; $cause = $cause.InnerException) {
      if ($cause -is [Net.WebException] -and $cause.Response) {
        $status = [int]$cause.Response.StatusCode
        $said += ' ' + (New-Object IO.StreamReader($cause.Response.GetResponseStream())).ReadToEnd()
      }
    }
    $again = @(0, 404, 410, 429) -contains $status -or $status -ge 500
    if (-not $again -or $pause -gt 64) {
      Write-Host "The build VM got no token for its identity \${identity}: $said"
      exit 1
    }
    Start-Sleep -Seconds $pause
  }
}
`
    .trim()
    .split("\n"),
];
