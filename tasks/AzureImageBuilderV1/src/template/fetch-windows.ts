/** The PowerShell lines that bring the artifact into a Windows image. */
import type { FetchOrder } from "./fetch.ts";
import { encodeAddress, quotePowerShell } from "./quote.ts";

/**
 * Lines for Windows PowerShell 5.1. Nothing bears the archive's name before its SHA-256 is right. `tar.exe` unpacks where
 * Windows has it (Windows 10 1803, Server 2019 and later), .NET elsewhere; `Expand-Archive` is slow on large trees.
 */
export function windowsFetchLines(order: FetchOrder): readonly string[] {
  return [
    "# Fetches the pipeline's artifact, checks it and unpacks it.",
    "$ErrorActionPreference = 'Stop'",
    "$ProgressPreference = 'SilentlyContinue'",
    `$url = ${quotePowerShell(encodeAddress(order.url))}`,
    `$digest = ${quotePowerShell(order.sha256)}`,
    `$archive = ${quotePowerShell(order.archiveInImage)}`,
    `$folder = ${quotePowerShell(order.folderInImage)}`,
    ...body,
  ];
}

const body: readonly string[] = `
$part = $archive + '.part'
$tls12 = [Net.SecurityProtocolType]::Tls12
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor $tls12
[void][IO.Directory]::CreateDirectory($folder)

for ($try = 1; ; $try++) {
  try {
    (New-Object Net.WebClient).DownloadFile($url, $part)
    $actual = (Get-FileHash -LiteralPath $part -Algorithm SHA256).Hash
    if ($actual -ne $digest) { throw "SHA-256 expected $digest, got $actual." }
    break
  } catch {
    Write-Host "Attempt $try to fetch the artifact $archive failed: $($_.Exception.Message)"
    if ($try -ge 6) { exit 1 }
    Start-Sleep -Seconds ($try * 5)
  }
}
Move-Item -LiteralPath $part -Destination $archive -Force

$tar = [IO.Path]::Combine($env:SystemRoot, 'System32', 'tar.exe')
if ([IO.File]::Exists($tar)) {
  & $tar -x -f $archive -C $folder
  if ($LASTEXITCODE -ne 0) {
    Write-Host "tar.exe could not unpack $archive (exit code $LASTEXITCODE)."
    exit 1
  }
} else {
  Add-Type -AssemblyName System.IO.Compression.FileSystem
  $zip = [IO.Compression.ZipFile]::OpenRead($archive)
  try {
    foreach ($entry in $zip.Entries) {
      $target = [IO.Path]::Combine($folder, $entry.FullName.Replace('/', '\\'))
      if ($entry.FullName.EndsWith('/')) {
        [void][IO.Directory]::CreateDirectory($target)
      } else {
        [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($target))
        [IO.Compression.ZipFileExtensions]::ExtractToFile($entry, $target, $true)
      }
    }
  } finally {
    $zip.Dispose()
  }
}
Write-Host "The artifact is in $folder."
exit 0
`
  .trim()
  .split("\n");
