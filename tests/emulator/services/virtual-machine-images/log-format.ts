/** Lines of customization.log in both of the service's formats (wire notes, section 7; Packer's own sources). */
import type { BuilderSettings } from "./settings.ts";

/**
 * A line by who says it: Packer to its user (`ui`, `error`), a script in the machine (`output`, `outputError`), Packer's
 * debug log (`debug`), its progress bar (`progress`), or its last words without a time (`bare`). A text of Packer's may
 * have several lines.
 */
export interface LogLine {
  readonly kind: "ui" | "error" | "output" | "outputError" | "debug" | "progress" | "bare";
  readonly text: string | Buffer;
}

export const ui = (text: string): LogLine => ({ kind: "ui", text: `==> azure-arm: ${text}`.trimEnd() });
/** What Packer tells its user without naming the builder. */
export const plain = (text: string): LogLine => ({ kind: "ui", text });
/** What Packer tells its user as an error. */
export const complaint = (text: string): LogLine => ({ kind: "error", text });
/** A line a script printed, as bytes; `isError`: to a standard error that Packer reads apart. */
export const output = (text: string | Buffer, isError = false): LogLine => ({
  kind: isError ? "outputError" : "output",
  text,
});
export const debug = (text: string): LogLine => ({ kind: "debug", text });
export const progress = (text: string): LogLine => ({ kind: "progress", text });
export const bare = (text: string): LogLine => ({ kind: "bare", text });

export type LogStyle = Pick<BuilderSettings, "logFormat" | "scriptLines">;

const LINE_FEED = Buffer.from("\n");

/** `2025/03/18 20:42:48` */
function logTime(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
}

/**
 * The line as the service writes it, with its line end. What a script printed stays byte for byte (that the service
 * decodes nothing is inferred). `id`: the operation id all lines of a run begin with.
 */
export function formatLine(
  line: LogLine,
  id: string,
  options: { readonly style: LogStyle; readonly now: Date },
): Buffer {
  const { kind, text } = line;
  const [first, ...more] = Buffer.isBuffer(text) ? [text] : text.split("\n").map((one) => Buffer.from(one));
  const start = Buffer.from(`[${id}] PACKER `);
  const isOlder = options.style.logFormat === "older";
  const head = Buffer.from((isOlder ? olderHead : newerHead)(line, options));
  // Only the first line of a text has a time: what follows comes from Packer's standard output as it is.
  const next = Buffer.from(isOlder && kind !== "bare" ? "OUT " : "");
  const rest = more.flatMap((one) => [start, next, one, LINE_FEED]);
  return Buffer.concat([start, head, first ?? Buffer.alloc(0), LINE_FEED, ...rest]);
}

/** Since 2026 Packer marks what a script prints as it marks its own words; before, with four blanks. */
function scriptHead(kind: LogLine["kind"], style: LogStyle): string {
  const isArrow = kind === "outputError" || (style.logFormat === "newer" && style.scriptLines === "arrow");
  return isArrow ? "==> azure-arm: " : "    azure-arm: ";
}

function newerHead({ kind }: LogLine, { style, now }: { readonly style: LogStyle; readonly now: Date }): string {
  switch (kind) {
    case "ui":
      return `${logTime(now)} ui: `;
    case "error":
      return `${logTime(now)} ui error: `;
    case "output":
      return `${logTime(now)} ui: ${scriptHead(kind, style)}`;
    case "outputError":
      return `${logTime(now)} ui error: ${scriptHead(kind, style)}`;
    case "debug":
      return `${logTime(now)} `;
    case "progress":
    case "bare":
      return "";
  }
}

/** OUT and ERR are Packer's own standard output and its debug log, not those of a script. */
function olderHead({ kind, text }: LogLine, { style, now }: { readonly style: LogStyle; readonly now: Date }): string {
  switch (kind) {
    case "ui":
    case "error":
    case "progress":
      return "OUT ";
    case "output":
    case "outputError":
      return `OUT ${scriptHead(kind, style)}`;
    case "debug":
      return `ERR ${logTime(now)} `;
    case "bare":
      return text.toString().startsWith("Done") ? "" : "ERR ";
  }
}

const BLANKS = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]);
const CARRIAGE_RETURN = 0x0d;

/**
 * A script's line as Packer hands it on (packer-plugin-sdk, cleanOutputLine): without white space at its end, and of text
 * that carriage returns overwrite only what is left standing; `kept` leaves those in.
 */
export function scriptLine(line: Buffer, carriageReturns: BuilderSettings["carriageReturns"]): Buffer {
  let end = line.length;
  while (end > 0 && BLANKS.has(line[end - 1] ?? 0)) end -= 1;
  const trimmed = line.subarray(0, end);
  return carriageReturns === "kept" ? trimmed : trimmed.subarray(trimmed.lastIndexOf(CARRIAGE_RETURN) + 1);
}
