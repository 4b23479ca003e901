/** Customizer: a file at a place in the image. The service's own takes addresses only, and under 20 MB (facts, section 1.5). */
import type { TemplateCustomizer } from "../../image-template.ts";
import { parseChecksum, parseHttpsAddress } from "../../values/address.ts";
import { parseText } from "../../values/parsed.ts";
import { linuxDownload } from "./download-linux.ts";
import { windowsDownload } from "./download-windows.ts";
import type { Fields } from "./fields.ts";
import { linuxCarry, linuxCopy, linuxPlace, windowsCarry, windowsCopy } from "./place.ts";
import { quotePowerShell } from "../../values/quote.ts";
import { powershellLines } from "./powershell.ts";
import { shellLines } from "./shell.ts";
import type { CustomizerKind, StepContext, StepFile } from "./types.ts";

/** What comes from where. */
interface FileAsked {
  readonly source: FileSource;
  readonly destination: string;
}

type FileSource =
  | { readonly from: "path"; readonly path: string }
  | { readonly from: "uri"; readonly uri: string; readonly sha256?: string }
  /** Fetched by the build VM itself, because the service would not carry it. */
  | { readonly from: "large"; readonly uri: string; readonly sha256: string };

/** File. */
export const file: CustomizerKind<FileAsked> = {
  systems: ["linux", "windows"],
  validates: true,
  example: "file: { source: config/app.json, destination: /tmp/app.json }",
  options: ["source", "uri", "sha256", "large", "destination"],
  main: "source",
  read: (fields) => ({ source: readSource(fields), destination: readDestination(fields) }),
  files: ({ source }) => (source.from === "path" ? [source.path] : []),
  build: buildFile,
};

function readSource(fields: Fields): FileSource {
  const legal = "either source (a path) or uri (an address)";
  if (fields.has("source") === fields.has("uri")) {
    fields.problem(fields.has("uri") ? "source and uri exclude each other" : "the step names no file", legal);
  }
  if (fields.has("source")) {
    for (const option of ["sha256", "large"].filter((one) => fields.has(one))) {
      fields.problem(`${option} only goes with uri`, "nothing, with source", option);
    }
    const path = fields.parsed("source", parseText);
    if (path === undefined) fields.problem("source is empty", legal, "source");
    return { from: "path", path: path ?? "" };
  }
  const uri = fields.parsed("uri", parseHttpsAddress) ?? "";
  if (fields.has("uri") && fields.node("uri")?.kind === "text" && !fields.text("uri")) {
    fields.problem("uri is empty", legal, "uri");
  }
  const sha256 = fields.parsed("sha256", parseChecksum);
  if (!fields.flag("large")) return { from: "uri", uri, ...(sha256 === undefined ? {} : { sha256 }) };
  if (!fields.has("sha256")) fields.problem("a large file is checked by the build VM", "sha256 as well", "large");
  return { from: "large", uri, sha256: sha256 ?? "" };
}

function readDestination(fields: Fields): string {
  const destination = fields.parsed("destination", parseText);
  if (destination === undefined) {
    fields.problem("the step does not say where the file goes", "destination: the whole path in the image");
  }
  return destination ?? "";
}

const destinations = {
  linux: {
    pattern: /^\/(?:[^/\p{Cc}]+\/)*[^/\p{Cc}]+$/u,
    legal: "a whole path with the file's name, e.g. /tmp/app.json",
  },
  windows: {
    pattern: /^[A-Za-z]:[\\/](?:[^\\/:*?"<>|\p{Cc}]+[\\/])*[^\\/:*?"<>|\p{Cc}]+$/u,
    legal: "a whole path with the file's name, e.g. C:\\app\\app.json",
  },
} as const;

function buildFile(name: string, { source, destination }: FileAsked, context: StepContext): TemplateCustomizer {
  const { pattern, legal } = destinations[context.osType];
  if (!pattern.test(destination)) context.problem(`\`${destination}\` is not a place for a file in the image`, legal);
  switch (source.from) {
    case "uri": {
      const { uri: sourceUri, sha256: sha256Checksum } = source;
      const checksum = sha256Checksum === undefined ? {} : { sha256Checksum };
      return { type: "File", name, sourceUri, ...checksum, destination };
    }
    case "large":
      return script(name, context, downloadLines(source, destination, context));
    case "path": {
      const found = context.file(source.path);
      return script(name, context, found === undefined ? [] : placeLines(found, destination, context));
    }
  }
}

function script(name: string, { osType }: StepContext, lines: readonly string[]): TemplateCustomizer {
  if (osType === "linux") return shellLines(name, lines);
  return powershellLines(name, lines, { runElevated: false, runAsSystem: false });
}

function downloadLines(
  { uri: url, sha256 }: { readonly uri: string; readonly sha256: string },
  destination: string,
  { osType }: StepContext,
): readonly string[] {
  const noun = "file" as const;
  if (osType === "windows") {
    const to = quotePowerShell(destination);
    const folder = `[void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName(${to}))`;
    return [folder, ...windowsDownload({ url, sha256, to, noun })];
  }
  const download = linuxDownload({ url, sha256, to: '"$(mktemp -d)/file"', noun });
  return [...download, ...linuxPlace('"$archive"', destination), 'rm -rf "${archive%/*}"'];
}

function placeLines(found: StepFile, destination: string, { osType }: StepContext): readonly string[] {
  if (found.from === "image") {
    return osType === "linux" ? linuxCopy(found.path, destination) : windowsCopy(found.path, destination);
  }
  return osType === "linux" ? linuxCarry(found.content, destination) : windowsCarry(found.content, destination);
}
