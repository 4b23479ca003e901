/** Customizer: a shell script, run by the service as one `/bin/sh -e` script of an ordinary user (facts, section 1.5). */
import type { ShellCustomizer } from "../../image-template.ts";
import { quoteShell } from "../../values/quote.ts";
import { type Environment, shellEnvironment } from "./environment.ts";
import { readScript, resolveScript, type ScriptAsked, scriptOptions } from "./script.ts";
import type { CustomizerKind, StepContext } from "./types.ts";

const shebang = /^#!.*\b(?:ba|da|z|k|a)?sh\b/;

/**
 * Shell. The service starts inline lines with `/bin/sh -e`, so the first failing line ends the build. A first line `#!`
 * takes that line's place and with it the `-e`: it is put back for shells, because the older tasks always had it.
 */
export const shell: CustomizerKind<ScriptAsked> = {
  systems: ["linux"],
  validates: true,
  example: "shell: sudo apt-get install -y nginx",
  options: scriptOptions,
  main: "inline",
  read: readScript,
  files: ({ source }) => (source.from === "file" ? [source.path] : []),
  build: (name, asked, context) => buildShell(name, asked, context),
};

/** The entry of lines that are a whole script. */
export function shellLines(name: string, lines: readonly string[]): ShellCustomizer {
  const [first = "", ...rest] = lines;
  return { type: "Shell", name, inline: shebang.test(first) ? [first, "set -e", ...rest] : lines };
}

function buildShell(name: string, asked: ScriptAsked, context: StepContext): ShellCustomizer {
  const body = resolveScript(asked, context);
  const environment = { ...context.environment, ...asked.environment };
  switch (body?.kind) {
    case undefined:
      return { type: "Shell", name };
    case "uri": {
      const { scriptUri, sha256Checksum } = body;
      return { type: "Shell", name, scriptUri, ...(sha256Checksum === undefined ? {} : { sha256Checksum }) };
    }
    case "path":
      return shellLines(name, [...shellEnvironment(environment), ...runInImage(body.path)]);
    case "lines":
      return shellLines(name, withEnvironment(body.lines, environment, context));
  }
}

/** A script of the artifact, by the interpreter it names: archives made on Windows mark no file as executable. */
function runInImage(path: string): readonly string[] {
  return [
    `script=${quoteShell(path)}`,
    `first=$(head -n 1 "$script" | tr -d '\\r')`,
    "case $first in",
    `  '#!'*) \${first#'#!'} "$script" ;;`,
    `  *) /bin/sh -e "$script" ;;`,
    "esac",
  ];
}

function withEnvironment(lines: readonly string[], environment: Environment, context: StepContext): readonly string[] {
  const exports = shellEnvironment(environment);
  const [first = "", ...rest] = lines;
  if (exports.length === 0 || !first.startsWith("#!")) return [...exports, ...lines];
  if (!shebang.test(first)) {
    context.problem(
      `the script is for \`${first}\`, and only shell scripts can be given an environment`,
      "a shell script that starts the other, or no environment",
    );
  }
  return [first, ...exports, ...rest];
}
