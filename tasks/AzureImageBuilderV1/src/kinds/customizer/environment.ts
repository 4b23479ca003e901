/** Environment variables of scripts: read from a list, written so that every character of a value means itself. */
import { problemCodes } from "../../codes.ts";
import { type BadValue, good, type Parser } from "../../values/parsed.ts";
import { quotePowerShell, quoteShell } from "../../values/quote.ts";
import { allOf, badAt, type Node, parseStructure } from "../../values/structure.ts";

/** Values by name. */
export type Environment = Readonly<Record<string, string>>;

const legal = "lines `NAME: value`; names of letters, digits and _, the first no digit";

/** The input `environment`: lines `NAME: value`, or a JSON object. */
export const parseEnvironment: Parser<Environment> = (text) => {
  const parsed = parseStructure(text, legal);
  if (!parsed.ok) return parsed;
  const faults: BadValue[] = [];
  const environment = readEnvironment(parsed.value, faults);
  return allOf(faults) ?? good(environment);
};

/** The variables of a map; what is wrong with it goes to `faults`. */
export function readEnvironment(node: Node, faults: BadValue[]): Environment {
  const note = (at: Node, why: string): void => {
    faults.push(badAt(at, why, legal, problemCodes.badEnvironment));
  };
  if (node.kind !== "map") {
    note(node, "these are no names with values");
    return {};
  }
  const values: Record<string, string> = {};
  for (const { name, value, line, column } of node.entries) {
    const isName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name);
    if (!isName) {
      const why = `\`${name}\` is not a name for an environment variable`;
      faults.push(badAt({ line, column }, why, legal, problemCodes.badEnvironment));
    } else if (value.kind !== "text" || value.text.includes("\0")) {
      note(value, `the value of \`${name}\` is not a text`);
    } else values[name] = value.text;
  }
  return values;
}

/**
 * Lines that export the variables in a POSIX shell. Packer may take two braces for a template of its own and turns CRLF
 * into LF (facts, section 1.5): braces are kept apart by quotes, carriage returns are made while the script runs.
 */
export function shellEnvironment(environment: Environment): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    const quoted = quoteShell(value)
      .replace(/\{(?=\{)/g, "{''")
      .replaceAll("\r", `'"$(printf '\\r')"'`);
    return `export ${name}=${quoted}`.split("\n");
  });
}

/** Lines that set the variables in PowerShell; an empty value removes the variable there. */
export function powershellEnvironment(environment: Environment): readonly string[] {
  return Object.entries(environment).map(([name, value]) => {
    const parts = value.split(/(?<=\{)(?=\{)/).map(quotePowerShell);
    const [first = "''"] = parts;
    return `$env:${name} = ${parts.length === 1 ? first : `(${parts.join(" + ")})`}`;
  });
}
