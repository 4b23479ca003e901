/**
 * One log that is read in two ways: first as the container's live log, later as the blob that begins anew. Lines shown
 * already are not shown again.
 */
import { createLineSplitter } from "./decode.ts";

/** The blob of the log, or the live log of the container that builds. */
export type LogWay = "blob" | "container";

export interface LogMerger {
  /** Whole lines that are new; from the container while the blob is not there. */
  push(from: LogWay, bytes: Uint8Array): readonly string[];
  /** The rest that no line end closes. */
  end(): readonly string[];
}

/** Lines of the container that are remembered; the blob is there within minutes. */
const mostRemembered = 50_000;

/** Begins a log. What the container says after the blob has begun is ignored. */
export function createLogMerger(): LogMerger {
  const splitters = { blob: createLineSplitter(), container: createLineSplitter() };
  const shown = new Map<string, number>();
  let hasBlob = false;
  const isShown = (line: string): boolean => {
    const count = shown.get(line);
    if (count === undefined) return false;
    if (count > 1) shown.set(line, count - 1);
    else shown.delete(line);
    return true;
  };
  return {
    push: (from, bytes) => {
      const lines = splitters[from].push(bytes);
      if (from === "container") {
        if (hasBlob) return [];
        for (const line of lines) {
          if (shown.size < mostRemembered) shown.set(line, (shown.get(line) ?? 0) + 1);
        }
        return lines;
      }
      hasBlob = true;
      return lines.filter((line) => !isShown(line));
    },
    end: () => (hasBlob ? splitters.blob.end().filter((line) => !isShown(line)) : splitters.container.end()),
  };
}
