/** One line of customization.log or validation.log: who says it, and what (wire notes, section 7). */
import type { LogLine } from "./types.ts";

/** `[<operation id>] PACKER `; printed excerpts often lack the id, and sometimes all of it. */
const SERVICE = /^(?:\[[^\]]{0,64}\] )?PACKER(?: |$)/;
const OLDER = /^(OUT|ERR)(?: |$)/;
const TIME = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)(?: |$)/;
const UI = /^ui(?: error)?:(?: |$)/;
/** `packer-provisioner-powershell plugin: `, `packer: `; some repeat the time after it. */
const PLUGIN = /^(packer(?:-[\w.-]{1,80})?)(?: plugin)?:(?: |$)/;
/** `==> azure-arm: `, `--> azure-arm.main: `. */
const SAID = /^(?:==>|-->) [\w.-]{1,80}:(?: |$)/;
/** Script output: four blanks and the builder's name; a log whose blanks were trimmed is known by the usual name. */
const OUTPUT = /^(?: {4}[\w.-]{1,80}|azure-arm(?:\.[\w-]{1,80})?):(?: |$)/;

/** All that service and Packer put before what is said. */
const PREFIX = new RegExp(
  [SERVICE, `(?:${OLDER.source.slice(1)})?`, `(?:${TIME.source.slice(1)})?`, `(?:${UI.source.slice(1)})?`]
    .map((part) => (typeof part === "string" ? part : part.source))
    .join("") + `(?:${SAID.source.slice(1)}|${OUTPUT.source.slice(1)})?`,
);

/** What service and Packer put before the text of `line`; empty for a line without the service's prefix. */
export function servicePrefix(line: string): string {
  return PREFIX.exec(line)?.[0] ?? "";
}

/**
 * Reads the lines of one log in their order. Once a line has the service's prefix, lines without it, or with another
 * operation's id, are the rest of what a script wrote (`other`): they cannot pass for Packer's words.
 */
export function createLineParser(): (line: string) => LogLine {
  let ours: string | undefined;
  return (line) => {
    const service = SERVICE.exec(line)?.[0].trimEnd();
    ours ??= service;
    return service === ours ? parseLogLine(line) : { kind: "other", text: line };
  };
}

/** Reads one line, without its line end, in either format of the service, with the prefixes or without. Never throws. */
export function parseLogLine(line: string): LogLine {
  const text = line.replace(/\r$/, "");
  const service = SERVICE.exec(text);
  if (service === null) return parseBare(text);
  const rest = text.slice(service[0].length);
  const older = OLDER.exec(rest);
  if (older === null) return parseNewer(rest);
  const said = rest.slice(older[0].length);
  // OUT and ERR are Packer's own streams, not those of a script.
  return older[1] === "ERR" ? parseDebug(said) : parseSaid(said);
}

function parseNewer(rest: string): LogLine {
  const time = TIME.exec(rest);
  if (time === null) return parseBare(rest);
  const said = rest.slice(time[0].length);
  const ui = UI.exec(said);
  if (ui === null) return parseDebug(rest);
  const at = readTime(time);
  return { ...parseSaid(said.slice(ui[0].length)), ...(at === undefined ? {} : { at }) };
}

/** A line without prefix is told by its own form. */
function parseBare(text: string): LogLine {
  if (TIME.test(text)) return parseNewer(text);
  if (PLUGIN.test(text)) return parseDebug(text);
  const known =
    SAID.test(text) || OUTPUT.test(text) || /^(?:==>|-->) |^Build '[^']{1,80}' (?:errored|finished)/.test(text);
  return known ? parseSaid(text) : { kind: "other", text };
}

/** What Packer tells its user: its own words, or what a script wrote. */
function parseSaid(said: string): LogLine {
  const output = OUTPUT.exec(said);
  if (output !== null) return { kind: "output", text: said.slice(output[0].length) };
  return { kind: "ui", text: withoutArrow(said) };
}

function parseDebug(said: string): LogLine {
  const time = TIME.exec(said);
  const at = time === null ? undefined : readTime(time);
  const timed = said.slice(time?.[0].length ?? 0);
  const plugin = PLUGIN.exec(timed);
  const text = plugin === null ? timed : timed.slice(plugin[0].length).replace(TIME, "");
  const [, name] = plugin ?? [];
  return {
    kind: "debug",
    text: withoutArrow(text),
    ...(name === undefined ? {} : { plugin: name }),
    ...(at === undefined ? {} : { at }),
  };
}

function withoutArrow(text: string): string {
  return text.replace(SAID.test(text) ? SAID : /^(?:==>|-->) /, "");
}

function readTime(time: RegExpExecArray): number | undefined {
  const [year, month, day, hour, minute, second] = time.slice(1).map(Number) as [number, ...number[]];
  const at = Date.UTC(year, (month ?? 1) - 1, day, hour, minute, second);
  return Number.isNaN(at) ? undefined : at;
}
