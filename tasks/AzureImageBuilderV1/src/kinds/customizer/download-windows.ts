/** PowerShell lines that download a file and check it. */
import { encodeAddress, quotePowerShell } from "../../values/quote.ts";
import type { Download } from "./download-linux.ts";

/**
 * Lines for Windows PowerShell 5.1; `to` is a PowerShell expression. Nothing bears the file's name (`$archive`) before its
 * SHA-256 is right. A download that does not succeed in six attempts ends the script with 1.
 */
export function windowsDownload({ url, sha256, to, noun }: Download): readonly string[] {
  return [
    "$ErrorActionPreference = 'Stop'",
    "$ProgressPreference = 'SilentlyContinue'",
    `$url = ${quotePowerShell(encodeAddress(url))}`,
    `$digest = ${quotePowerShell(sha256)}`,
    `$archive = ${to}`,
    ...lines(noun),
  ];
}

const lines = (noun: Download["noun"]): readonly string[] =>
  `
$part = $archive + '.part'
$tls12 = [Net.SecurityProtocolType]::Tls12
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor $tls12

for ($try = 1; ; $try++) {
  try {
    (New-Object Net.WebClient).DownloadFile($url, $part)
    $actual = (Get-FileHash -LiteralPath $part -Algorithm SHA256).Hash
    if ($actual -ne $digest) { throw "SHA-256 expected $digest, got $actual." }
    break
  } catch {
    Write-Host "Attempt $try to fetch the ${noun} $archive failed: $($_.Exception.Message)"
    if ($try -ge 6) { exit 1 }
    Start-Sleep -Seconds ($try * 5)
  }
}
Move-Item -LiteralPath $part -Destination $archive -Force
`
    .trim()
    .split("\n");
