/** What shell and PowerShell steps share: a script written in the list, in a file, or at an address. */
import { parseLines, parseText } from "../../values/parsed.ts";
import type { BadValue } from "../../values/parsed.ts";
import { parseChecksum, parseHttpsAddress } from "../../values/address.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import type { Fields } from "./fields.ts";
import type { StepContext } from "./types.ts";

/** Where a script comes from. */
export type ScriptSource =
  | { readonly from: "inline"; readonly lines: readonly string[] }
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "uri"; readonly uri: string; readonly sha256?: string };

/** A script and its variables. */
export interface ScriptAsked {
  readonly source: ScriptSource;
  readonly environment: Environment;
}

/** Options of every script. */
export const scriptOptions = ["inline", "file", "uri", "sha256", "environment"] as const;

const sources = ["inline", "file", "uri"] as const;

/** Largest script that travels in the template, in bytes: Resource Manager takes requests of 4 MB. */
export const carryLimit = 256 * 1024;

/** Reads the script of a step. */
export function readScript(fields: Fields): ScriptAsked {
  const given = sources.filter((name) => fields.has(name));
  const legal = "exactly one of inline, file, uri, with a text";
  if (given.length !== 1) {
    fields.problem(given.length === 0 ? "the step has no script" : `${given.join(" and ")} exclude each other`, legal);
  } else if (given[0] !== undefined && fields.node(given[0])?.kind === "text" && !fields.text(given[0])?.trim()) {
    fields.problem(`\`${given[0]}\` is empty`, legal, given[0]);
  }
  if (fields.has("sha256") && !fields.has("uri")) {
    fields.problem("sha256 is the checksum of what an address gives", "sha256 together with uri", "sha256");
  }
  return { source: readSource(fields), environment: readVariables(fields) };
}

function readSource(fields: Fields): ScriptSource {
  if (fields.has("file")) return { from: "file", path: fields.parsed("file", parseText) ?? "" };
  if (!fields.has("uri")) {
    const lines = parseLines((fields.text("inline") ?? "").replace(/(?:\r?\n)+$/, ""));
    return { from: "inline", lines: lines.ok ? lines.value : [] };
  }
  const sha256 = fields.parsed("sha256", parseChecksum);
  const uri = fields.parsed("uri", parseHttpsAddress) ?? "";
  return { from: "uri", uri, ...(sha256 === undefined ? {} : { sha256 }) };
}

function readVariables(fields: Fields): Environment {
  const node = fields.node("environment");
  if (node === undefined || (node.kind === "text" && node.text === "")) return {};
  const faults: BadValue[] = [];
  const environment = readEnvironment(node, faults);
  for (const { why, legal } of faults) fields.problem(why, legal, "environment");
  return environment;
}

/** What a script is once its file is read. */
export type ScriptBody =
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  /** It lies in the image and runs there. */
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "uri"; readonly scriptUri: string; readonly sha256Checksum?: string };

/** The script of a step with its file read; undefined with a problem. */
export function resolveScript({ source, environment }: ScriptAsked, context: StepContext): ScriptBody | undefined {
  if (source.from === "inline") return { kind: "lines", lines: source.lines };
  if (source.from === "uri") {
    const isBare = Object.keys({ ...context.environment, ...environment }).length === 0;
    if (!isBare) {
      context.problem(
        "a script by uri is started by the service, which hands no environment on",
        "file or inline instead of uri, or no environment",
      );
    }
    const { uri: scriptUri, sha256: sha256Checksum } = source;
    return { kind: "uri", scriptUri, ...(sha256Checksum === undefined ? {} : { sha256Checksum }) };
  }
  const file = context.file(source.path);
  if (file === undefined) return undefined;
  if (file.from === "image") return { kind: "path", path: file.path };
  const lines = decodeScript(file.content);
  if (lines !== undefined) return { kind: "lines", lines };
  context.problem(`${source.path} is not a text in UTF-8`, "a script as a text file in UTF-8");
  return undefined;
}

/** The lines of a script file: LF or CRLF, without a byte order mark. Undefined where it is no text. */
function decodeScript(content: Uint8Array): readonly string[] | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    return text.includes("\0") ? undefined : text.replace(/(?:\r?\n)+$/, "").split(/\r?\n/);
  } catch {
    return undefined;
  }
}
