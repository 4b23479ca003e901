/** The log of a run: masked lines with the agent's decorations (agent contract, section 3.3). */
import type { Masker } from "./masker.ts";

/** Takes each finished line; decorations such as `##[error]` are left in for the sink to show. */
export type LogSink = (line: string) => void;

/** The decorations of a line, as in `##[error]`. */
export type LogTag = "group" | "endgroup" | "section" | "command" | "warning" | "error" | "debug";

/** Writes masked lines. */
export interface Log {
  /** Plain text, one line for each line of it. */
  write(text: string): void;
  /** A decorated line. */
  tag(tag: LogTag, text: string): void;
  /** Shown only when `system.debug` is true. */
  debug(text: string): void;
}

/** Masks and passes lines on to `sink`. */
export function createLog(sink: LogSink, masker: Masker, isDebug: () => boolean): Log {
  const tag = (name: LogTag, text: string): void => {
    for (const line of text.split(/\r\n|\r|\n/)) sink(masker.mask(`##[${name}]${line}`));
  };
  return {
    write: (text) => {
      for (const line of text.split(/\r\n|\r|\n/)) sink(masker.mask(line));
    },
    tag,
    debug: (text) => {
      if (isDebug()) tag("debug", text);
    },
  };
}
