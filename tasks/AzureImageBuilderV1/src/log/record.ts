/** The log as the diagnosis reads it: its beginning and its end, in bounded memory. */

export interface LogRecord {
  add(line: string): void;
  /** The lines, joined by `\n`; where some were dropped between beginning and end, a line says how many. */
  text(): string;
}

/**
 * Keeps the first lines up to `head` characters and the last up to `tail` characters (line ends included).
 * A line longer than `tail` that does not fit the head is dropped.
 */
export function createLogRecord(
  limits: { readonly head: number; readonly tail: number } = { head: 256 * 1024, tail: 2 * 1024 * 1024 },
): LogRecord {
  const head: string[] = [];
  let headRoom = limits.head;
  let tail: string[] = [];
  let tailRoom = limits.tail;
  let from = 0;
  let dropped = 0;
  const shift = (): void => {
    tailRoom += size(tail[from]);
    tail[from] = "";
    from += 1;
    dropped += 1;
    // Moves what is left to the front only now and then, so that a line costs constant time.
    if (from * 2 > tail.length) {
      tail = tail.slice(from);
      from = 0;
    }
  };
  return {
    add: (line) => {
      if (tail.length === 0 && size(line) <= headRoom) {
        head.push(line);
        headRoom -= size(line);
        return;
      }
      headRoom = 0;
      tail.push(line);
      tailRoom -= size(line);
      while (tailRoom < 0) shift();
    },
    text: () => {
      const gap = dropped === 0 ? [] : [`… [${dropped} lines left out]`];
      return [...head, ...gap, ...tail.slice(from)].join("\n");
    },
  };
}

function size(line: string | undefined): number {
  return line === undefined ? 0 : line.length + 1;
}
