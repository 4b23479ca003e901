/** Lines from bytes that come in pieces cut anywhere. */
import { servicePrefix } from "./line.ts";

/** Characters (UTF-16 units) kept of a line. */
const LINE_LIMIT = 16 * 1024;
/** A line that is cut ends at a blank this close to the limit, so that no half of a token escapes the redactor. */
const CUT_BACK = 2 * 1024;
/** Bytes decoded at once: bounds the text in memory, whatever the size of a read. */
const PIECE = 64 * 1024;

export interface LineSplitter {
  /** The lines that `bytes` complete, without their line ends. */
  push(bytes: Uint8Array): readonly string[];
  /** The last line, where it has no line end. */
  end(): readonly string[];
}

/** What stands between two carriage returns. */
interface Segment {
  readonly text: string;
  /** Characters beyond the limit. */
  readonly left: number;
}

const EMPTY: Segment = { text: "", left: 0 };

/**
 * Splits UTF-8 text into lines. Invalid bytes become U+FFFD, a byte order mark is dropped. Of a line with carriage
 * returns (progress bars) only what stands last is kept, with the service's prefix of the line: text that follows a
 * carriage return cannot pass for a line of its own. A line over 16 Ki characters is cut and says how much was left out.
 */
export function createLineSplitter(): LineSplitter {
  const decoder = new TextDecoder("utf-8");
  const line = createLine();
  const feed = (text: string): readonly string[] => {
    const lines: string[] = [];
    let from = 0;
    for (const { index, 0: mark } of text.matchAll(/[\r\n]/g)) {
      line.add(text, from, index);
      from = index + 1;
      if (mark === "\r") line.rewind();
      else lines.push(line.finish());
    }
    line.add(text, from, text.length);
    return lines;
  };
  return {
    push: (bytes) => {
      const lines: string[] = [];
      for (let from = 0; from < bytes.length; from += PIECE) {
        lines.push(...feed(decoder.decode(bytes.subarray(from, from + PIECE), { stream: true })));
      }
      return lines;
    },
    end: () => {
      const lines = feed(decoder.decode());
      return line.isEmpty() ? lines : [...lines, line.finish()];
    },
  };
}

/** The line that is being read. */
function createLine(): {
  add(text: string, from: number, to: number): void;
  rewind(): void;
  finish(): string;
  isEmpty(): boolean;
} {
  let first: string | undefined;
  let last = EMPTY;
  let current = EMPTY;
  let returned = false;
  return {
    add: (text, from, to) => {
      if (to > from) current = extend(current, text, { from, to });
    },
    rewind: () => {
      first ??= current.text;
      if (current.text.trim() !== "") last = current;
      current = EMPTY;
      returned = true;
    },
    finish: () => {
      const kept = current.text.trim() === "" && last !== EMPTY ? last : current;
      const text = withNote(kept);
      // CRLF: what stands before the carriage return is the line.
      const line = first === undefined || kept.text === first ? text : servicePrefix(first) + withoutPrefix(text);
      first = undefined;
      last = current = EMPTY;
      returned = false;
      return line;
    },
    isEmpty: () => !returned && current === EMPTY,
  };
}

function extend(segment: Segment, text: string, { from, to }: { from: number; to: number }): Segment {
  const room = Math.max(0, LINE_LIMIT - segment.text.length);
  const end = Math.min(to, from + room);
  return { text: segment.text + text.slice(from, end), left: segment.left + to - end };
}

function withoutPrefix(text: string): string {
  return text.slice(servicePrefix(text).length);
}

function withNote({ text, left }: Segment): string {
  if (left === 0) return text;
  const blank = Math.max(text.lastIndexOf(" "), text.lastIndexOf("\t"));
  const kept = blank >= text.length - CUT_BACK ? text.slice(0, blank) : text;
  return `${kept} … [${text.length - kept.length + left} more characters left out]`;
}
