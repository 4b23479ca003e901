/** Script lines that put a file at its place in the image, folders and all. */
import { quotePowerShell, quoteShell } from "../../values/quote.ts";

const width = 76;

function base64Lines(content: Uint8Array): readonly string[] {
  return (
    Buffer.from(content)
      .toString("base64")
      .match(new RegExp(`.{1,${width}}`, "g")) ?? []
  );
}

/** Writes `content`, which the script carries. */
export function linuxCarry(content: Uint8Array, destination: string): readonly string[] {
  return [
    "carried=$(mktemp)",
    `base64 -d >"$carried" <<'end of the file'`,
    ...base64Lines(content),
    "end of the file",
    'chmod 0644 "$carried"',
    ...linuxPlace('"$carried"', destination),
    'rm -f "$carried"',
  ];
}

/** Copies a file that is in the image already. */
export function linuxCopy(source: string, destination: string): readonly string[] {
  return linuxPlace(quoteShell(source), destination);
}

/**
 * Copies `source`, a shell word, as the build user where that user may read and write, and as root elsewhere, because the
 * service's own customizer can write to few places.
 */
export function linuxPlace(source: string, destination: string): readonly string[] {
  return [
    `source=${source}`,
    `target=${quoteShell(destination)}`,
    'folder=$(dirname "$target")',
    'if [ "$(id -u)" -eq 0 ]; then root=""; else root="sudo -n"; fi',
    'if [ ! -e "$target" ] && [ -w "$folder" ] && [ -r "$source" ]; then root=""; fi',
    '$root mkdir -p "$folder"',
    '$root cp "$source" "$target"',
    'echo "The file is at $target."',
  ];
}

/** Writes `content`, which the script carries. */
export function windowsCarry(content: Uint8Array, destination: string): readonly string[] {
  return [
    ...windowsTarget(destination),
    "$content = @'",
    ...base64Lines(content),
    "'@",
    "[IO.File]::WriteAllBytes($target, [Convert]::FromBase64String($content))",
    'Write-Host "The file is at $target."',
  ];
}

/** Copies a file that is in the image already. */
export function windowsCopy(source: string, destination: string): readonly string[] {
  return [
    ...windowsTarget(destination),
    `Copy-Item -LiteralPath ${quotePowerShell(source)} -Destination $target -Force`,
    'Write-Host "The file is at $target."',
  ];
}

function windowsTarget(destination: string): readonly string[] {
  return [
    "$ErrorActionPreference = 'Stop'",
    `$target = ${quotePowerShell(destination)}`,
    "[void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($target))",
  ];
}
