/** The PowerShell lines that bring the artifact into a Windows image. */
import { windowsDownload } from "../kinds/customizer/download-windows.ts";
import { quotePowerShell } from "../values/quote.ts";
import type { FetchOrder } from "./fetch.ts";

/**
 * Lines for Windows PowerShell 5.1. `tar.exe` unpacks where Windows has it (Windows 10 1803, Server 2019 and later), .NET
 * elsewhere; `Expand-Archive` is slow on large trees.
 */
export function windowsFetchLines(order: FetchOrder): readonly string[] {
  const { url, sha256 } = order;
  return [
    "# Fetches the pipeline's artifact, checks it and unpacks it.",
    `$folder = ${quotePowerShell(order.folderInImage)}`,
    // The archive lies beside the folder: making one makes the place of both.
    "[void][IO.Directory]::CreateDirectory($folder)",
    ...windowsDownload({ url, sha256, to: quotePowerShell(order.archiveInImage), noun: "artifact" }),
    ...unpack,
  ];
}

const unpack: readonly string[] = `
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
