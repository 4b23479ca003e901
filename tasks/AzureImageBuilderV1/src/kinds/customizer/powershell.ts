/** Customizer: a PowerShell script, run by the service with its execution policy bypassed (facts, section 1.5). */
import type { PowerShellCustomizer } from "../../image-template.ts";
import { integerParser } from "../../values/parsed.ts";
import { quotePowerShell } from "../../values/quote.ts";
import { powershellEnvironment } from "./environment.ts";
import type { Fields } from "./fields.ts";
import { readScript, resolveScript, type ScriptAsked, scriptOptions } from "./script.ts";
import type { CustomizerKind, StepContext } from "./types.ts";

/** Rights of a script. `runAsSystem` implies `runElevated`. */
export interface Rights {
  readonly runElevated: boolean;
  readonly runAsSystem: boolean;
}

/** A script, its rights, and the exit codes that count as success; undefined: 0 alone. */
export interface PowerShellAsked extends ScriptAsked, Rights {
  readonly validExitCodes?: readonly number[];
}

/** PowerShell. */
export const powershell: CustomizerKind<PowerShellAsked> = {
  systems: ["windows"],
  validates: true,
  example: "powershell: Install-WindowsFeature Web-Server",
  options: [...scriptOptions, "runElevated", "runAsSystem", "validExitCodes"],
  main: "inline",
  read: readPowerShell,
  files: ({ source }) => (source.from === "file" ? [source.path] : []),
  build: buildPowerShell,
};

/** The entry of lines that are a whole script. */
export function powershellLines(name: string, lines: readonly string[], rights: Rights): PowerShellCustomizer {
  const { runElevated, runAsSystem } = rights;
  return { type: "PowerShell", name, inline: lines, runElevated, runAsSystem: runElevated && runAsSystem };
}

function readPowerShell(fields: Fields): PowerShellAsked {
  const runAsSystem = fields.flag("runAsSystem");
  if (runAsSystem && fields.has("runElevated") && !fields.flag("runElevated")) {
    fields.problem("runAsSystem only goes with runElevated", "runElevated: true, or nothing", "runElevated");
  }
  const codes = fields.list("validExitCodes", parseExitCode);
  return {
    ...readScript(fields),
    runElevated: runAsSystem || fields.flag("runElevated"),
    runAsSystem,
    ...(codes === undefined || codes.length === 0 ? {} : { validExitCodes: codes }),
  };
}

/** Windows exit codes are 32 bits; negative ones are written as such. */
const parseExitCode: ReturnType<typeof integerParser> = (text) => {
  const code = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return code >= -2_147_483_648 && code <= 2_147_483_647
    ? { ok: true, value: code }
    : integerParser(-2_147_483_648, 2_147_483_647)(text.replace(/^-/, "x"));
};

function buildPowerShell(name: string, asked: PowerShellAsked, context: StepContext): PowerShellCustomizer {
  const body = resolveScript(asked, context);
  const exports = powershellEnvironment({ ...context.environment, ...asked.environment });
  const codes = asked.validExitCodes === undefined ? {} : { validExitCodes: asked.validExitCodes };
  switch (body?.kind) {
    case undefined:
      return { type: "PowerShell", name };
    case "uri": {
      const { scriptUri, sha256Checksum } = body;
      const { runElevated, runAsSystem } = asked;
      const checksum = sha256Checksum === undefined ? {} : { sha256Checksum };
      return { type: "PowerShell", name, scriptUri, ...checksum, runElevated, runAsSystem, ...codes };
    }
    case "path":
      return { ...powershellLines(name, [...exports, ...runInImage(body.path)], asked), ...codes };
    case "lines":
      return { ...powershellLines(name, withEnvironment(body.lines, exports), asked), ...codes };
  }
}

function runInImage(path: string): readonly string[] {
  return ["$global:LASTEXITCODE = 0", `& ${quotePowerShell(path)}`, "exit $LASTEXITCODE"];
}

/** `using` must come first in a script, and `param` next: the variables are set after the one, around the other. */
function withEnvironment(lines: readonly string[], exports: readonly string[]): readonly string[] {
  if (exports.length === 0) return lines;
  const from = lines.findIndex((line) => !/^\s*(?:#.*|using\s.*)?$/i.test(line));
  const [head, body] = from < 0 ? [lines, []] : [lines.slice(0, from), lines.slice(from)];
  if (!/^\s*(?:param\b|\[CmdletBinding)/i.test(body[0] ?? "")) return [...head, ...exports, ...body];
  return [...head, ...exports, "& {", ...body, "}"];
}
