/** The PowerShell lines that bring the artifact into a Windows image. */
import { windowsCheck, windowsDownload } from "../kinds/customizer/download-windows.ts";
import { quotePowerShell } from "../values/quote.ts";
import type { FetchOrder } from "./fetch.ts";

/**
 * Where the service places an archive of this path: a folder that every Windows has, since a File customizer makes none
 * (facts, section 1.5).
 */
export function windowsArrival(archiveInImage: string): string {
  return `C:\\Windows\\Temp\\${archiveInImage.slice(archiveInImage.lastIndexOf("\\") + 1)}`;
}

/**
 * Lines for Windows PowerShell 5.1. `tar.exe` unpacks where Windows has it (Windows 10 1803, Server 2019 and later), .NET
 * elsewhere; `Expand-Archive` is slow on large trees. tar.exe reads its arguments in the system's code page, so .NET
 * also unpacks to names outside ASCII.
 */
export function windowsFetchLines(order: FetchOrder): readonly string[] {
  return [
    "# Fetches the pipeline's artifact, checks it and unpacks it.",
    `$folder = ${quotePowerShell(order.folderInImage)}`,
    // The archive lies beside the folder: making one makes the place of both.
    "[void][IO.Directory]::CreateDirectory($folder)",
    ...arrive(order),
    ...(order.topFolder === undefined
      ? ["$into = $folder"]
      : ["$into = $folder + '.unpacked'", "[void][IO.Directory]::CreateDirectory($into)"]),
    ...byTar,
    ...(order.format === "zip" ? zipByDotNet : tarByNothing),
    ...(order.topFolder === undefined ? [] : [`$top = $into + '\\' + ${quotePowerShell(order.topFolder)}`, ...moveUp]),
    'Write-Host "The artifact is in $folder."',
    "exit 0",
  ];
}

function arrive({ url, sha256, access, archiveInImage }: FetchOrder): readonly string[] {
  const common = { sha256, to: quotePowerShell(archiveInImage), noun: "artifact" } as const;
  switch (access.kind) {
    case "templateIdentity":
      return windowsCheck(common, quotePowerShell(windowsArrival(archiveInImage)));
    case "vmIdentity":
      return windowsDownload({ ...common, url, identityId: access.identityId });
    case "delegationSas":
    case "accountKey":
      return windowsDownload({ ...common, url });
  }
}

const textLines = (text: string): readonly string[] => text.trim().split("\n");

const byTar = textLines(`
$tar = [IO.Path]::Combine($env:SystemRoot, 'System32', 'tar.exe')
if ([IO.File]::Exists($tar) -and "$archive$into" -cnotmatch '[^ -~]') {
  & $tar -x -f $archive -C $into
  if ($LASTEXITCODE -ne 0) {
    Write-Host "tar.exe could not unpack $archive (exit code $LASTEXITCODE)."
    exit 1
  }
`);

/** From 248 letters on, a path needs the prefix that turns the limit off; with it, nothing else reads the path. */
const zipByDotNet = textLines(String.raw`
} else {
  Add-Type -AssemblyName System.IO.Compression.FileSystem
  function Get-Place([string]$name) {
    $place = $into + '\' + $name
    if ($place.Length -ge 248) { return '\\?\' + $place }
    return $place
  }
  $zip = [IO.Compression.ZipFile]::OpenRead($archive)
  try {
    foreach ($entry in $zip.Entries) {
      $name = $entry.FullName.Replace('/', '\') -replace '^(\.\\)+', ''
      if ($name -match '(^|\\)\.\.?(\\|$)' -or $name.StartsWith('\') -or $name.Contains(':')) {
        Write-Host "$archive has an entry that leads out of the folder: $($entry.FullName)"
        exit 1
      }
      $end = $name.LastIndexOf('\')
      if ($end -ge 0) { [void][IO.Directory]::CreateDirectory((Get-Place ($name.Substring(0, $end)))) }
      if ($name -ne '' -and -not $name.EndsWith('\')) {
        [IO.Compression.ZipFileExtensions]::ExtractToFile($entry, (Get-Place $name), $true)
      }
    }
  } finally {
    $zip.Dispose()
  }
}
`);

const tarByNothing = textLines(`
} else {
  Write-Host "$archive cannot be unpacked: a tar.gz needs tar.exe (Windows Server 2019 or later) and a path in ASCII."
  exit 1
}
`);

/** One rename where the folder is new; an image that was built from such an image has it already. */
const moveUp = textLines(String.raw`
if (-not [IO.Directory]::Exists($top)) {
  Write-Host "The artifact $archive has no folder $top."
  exit 1
}
if ([IO.Directory]::GetFileSystemEntries($folder).Length -eq 0) {
  [IO.Directory]::Delete($folder)
  [IO.Directory]::Move($top, $folder)
} else {
  & robocopy.exe $top $folder /e /move /sl /r:3 /w:1 /np /nfl /ndl /njh /njs
  if ($LASTEXITCODE -ge 8) {
    Write-Host "robocopy.exe could not move the artifact to $folder (exit code $LASTEXITCODE)."
    exit 1
  }
}
[IO.Directory]::Delete($into, $true)
`);
