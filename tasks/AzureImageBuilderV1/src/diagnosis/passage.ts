/** The texts of a failure as patterns see them: bounded, without prefixes, line by line. */
import { parseLogLine } from "../log/line.ts";
import type { LogLine } from "../log/types.ts";
import type { Where } from "./types.ts";

/** A line as it stands and as patterns see it. */
export interface PassageLine {
  readonly raw: string;
  readonly text: string;
  /** Packer's, or a script's in the machine: told by its form. */
  readonly known: boolean;
  /** Of Packer's debug log. */
  readonly debug: boolean;
  /** Said by a script in the machine, as far as Packer tells it apart. */
  readonly output: boolean;
  readonly plugin?: string;
  /** In ms of the epoch. */
  readonly at?: number;
}

/** One text, and the places it may come from. */
export interface Passage {
  readonly places: readonly Where[];
  readonly lines: readonly PassageLine[];
}

/** Every place. */
export const anywhere: readonly Where[] = ["customization-log", "arm-error", "storage", "entra", "pipeline-log"];

/** Characters of a text that are looked at: the beginning, and the end, where the failure is told. */
const beginning = 250_000;
const end = 750_000;

/** Lines that are looked at, likewise. */
const firstLines = 25_000;
const lastLines = 75_000;

/** The time the agent puts before each line of a pipeline's log. */
const agentTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z /;
/** What Packer tells its user, once more in its debug log: the reason of the end among it. */
const repeated = /^(?:ui(?: error)?: (?:==> [\w.-]{1,80}: )?|machine readable: [\w.-]{1,80},error )/;
const colour = /\u001b\[[0-9;?]{0,16}[A-Za-z]/g;

/**
 * Prepares a text. `places` has one entry where it is known where the text comes from, otherwise all. Of more than a
 * million characters, or a hundred thousand lines, the beginning and the end are kept. Never throws.
 */
export function readPassage(content: string, places: readonly Where[]): Passage {
  const bounded =
    content.length <= beginning + end ? content : `${content.slice(0, beginning)}\n${content.slice(-end)}`;
  const isLog = places.includes("customization-log") || places.includes("pipeline-log");
  const all = bounded.split(/\r?\n|\r/);
  const raws = all.length <= firstLines + lastLines ? all : [...all.slice(0, firstLines), ...all.slice(-lastLines)];
  return { places, lines: raws.map((raw) => (isLog ? readLogLine(raw) : readPlainLine(raw))) };
}

function readLogLine(raw: string): PassageLine {
  const { kind, text: told, plugin, at } = parseUnstarred(raw.replace(agentTime, ""));
  const known = kind !== "other";
  const text = told.replace(repeated, "");
  return {
    raw,
    text: known ? text.replace(colour, "") : unescapeQuotes(text),
    known,
    debug: kind === "debug" && text === told,
    output: kind === "output",
    ...(plugin === undefined ? {} : { plugin }),
    ...(at === undefined ? {} : { at }),
  };
}

/** Excerpts in reports put stars before lines, or around them, to make them bold. */
function parseUnstarred(line: string): LogLine {
  return parseLogLine(line.startsWith("*") ? line.replace(/^\*{1,2}/, "").replace(/\*\*$/, "") : line);
}

function readPlainLine(raw: string): PassageLine {
  return { raw, text: unescapeQuotes(raw), known: false, debug: false, output: false };
}

/** Azure nests errors as JSON within strings of JSON. */
function unescapeQuotes(text: string): string {
  return text.replace(/\\{1,8}"/g, '"');
}
