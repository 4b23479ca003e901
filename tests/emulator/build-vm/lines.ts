/** What a command prints, a line at a time and byte for byte: nothing is decoded, and only a line feed ends a line. */
import type { Readable } from "node:stream";

const LINE_FEED = 0x0a;

/** Calls `onLine` with the bytes of each line, without its line feed; the last one may have none. Resolves when the stream ends. */
export function readLines(stream: Readable, onLine: (line: Buffer) => void): Promise<void> {
  let begun: Buffer[] = [];
  const take = (chunk: Buffer): void => {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      onLine(Buffer.concat([...begun, chunk.subarray(from, end)]));
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  };
  stream.on("data", take);
  return new Promise((resolve) => {
    stream.once("close", () => {
      if (begun.length > 0) onLine(Buffer.concat(begun));
      begun = [];
      resolve();
    });
  });
}
