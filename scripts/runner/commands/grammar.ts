/** The grammar of logging commands (agent contract, section 3.2): `##vso[area.event key=value;…]data`. */

/** A parsed logging command. */
export interface LoggingCommand {
  /** In lower case. */
  readonly area: string;
  /** In lower case. */
  readonly event: string;
  /** By lower-case key; values unescaped, never empty. */
  readonly properties: ReadonlyMap<string, string>;
  /** Unescaped. */
  readonly data: string;
  /** The line it came from. */
  readonly line: string;
}

/** What a line of output is: text, a command, or `##vso` that is no command. */
export type OutputLine =
  | { readonly kind: "text" }
  | { readonly kind: "malformed" }
  | { readonly kind: "command"; readonly command: LoggingCommand };

const prefix = "##vso[";

/**
 * Reads one line of a process's output. A command is found anywhere in the line and ends its head at the first `]`;
 * `decodePercents` false (job variable DECODE_PERCENTS) leaves `%AZP25` alone.
 */
export function readOutputLine(line: string, decodePercents = true): OutputLine {
  const command = parseCommand(line, decodePercents);
  if (command !== undefined) return { kind: "command", command };
  return { kind: line.includes("##vso") ? "malformed" : "text" };
}

function parseCommand(line: string, decodePercents: boolean): LoggingCommand | undefined {
  const start = line.indexOf(prefix);
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < 0) return undefined;
  const head = line.slice(start + prefix.length, end);
  const space = head.indexOf(" ");
  const [area, event, ...more] = (space < 0 ? head : head.slice(0, space)).split(".").filter((part) => part !== "");
  if (area === undefined || event === undefined || more.length > 0) return undefined;
  return {
    area: area.toLowerCase(),
    event: event.toLowerCase(),
    properties: parseProperties(space < 0 ? "" : head.slice(space + 1), decodePercents),
    data: unescape(line.slice(end + 1), decodePercents),
    line,
  };
}

/** Splits at `;`, then at the first run of `=`; a pair without key or value is dropped. Keys keep their spaces. */
function parseProperties(text: string, decodePercents: boolean): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const pair of text.split(";")) {
    const [, key, value] = /^=*([^=]+)=+([^=].*)$/s.exec(pair) ?? [];
    if (key !== undefined && value !== undefined) properties.set(key.toLowerCase(), unescape(value, decodePercents));
  }
  return properties;
}

/** `%AZP25` last, so that an escaped `%0A` of the text stays one. */
function unescape(text: string, decodePercents: boolean): string {
  const plain = text.replaceAll("%3B", ";").replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%5D", "]");
  return decodePercents ? plain.replaceAll("%AZP25", "%") : plain;
}
