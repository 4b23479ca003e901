/** Cuts a process's output into lines as the agent reads it: UTF-8; CR, LF or both end a line. */
import { StringDecoder } from "node:string_decoder";

/** Takes chunks of output as they come. */
export interface LineSplitter {
  write(chunk: Buffer): void;
  /** Gives out what is left without an end. */
  end(): void;
}

/** Calls `onLine` with each line, without its end. */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  let endedByCr = false;
  const take = (text: string): void => {
    let rest = endedByCr && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") endedByCr = text.endsWith("\r");
    for (let end = rest.search(/[\r\n]/); end >= 0; end = rest.search(/[\r\n]/)) {
      onLine(pieces.join("") + rest.slice(0, end));
      pieces = [];
      rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
    }
    if (rest !== "") pieces.push(rest);
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (pieces.length > 0) onLine(pieces.join(""));
      pieces = [];
    },
  };
}
