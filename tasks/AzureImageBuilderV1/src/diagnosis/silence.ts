/** A step that said nothing for a long time, until the build was stopped. */
import type { PassageLine } from "./passage.ts";

/** Silence of so many minutes counts; steps of the service that wait by themselves take less. */
const minutes = 15;

/**
 * The line after which nothing came: a command was started in the machine and not a line followed for 15 minutes or
 * more, until Packer was told to stop. Undefined: the log tells of no such thing. Only lines with a time can tell.
 */
export function findSilence(lines: readonly PassageLine[]): string | undefined {
  const stop = lines.findIndex(
    ({ text, at }) => /^(?:Cancelling build|Cancelling builder|Received interrupt)/.test(text) && at !== undefined,
  );
  const before = lines.slice(0, Math.max(0, stop)).findLast(({ text }) => text.trim() !== "");
  const stopped = lines[stop]?.at;
  if (before?.at === undefined || stopped === undefined || stopped - before.at < minutes * 60_000) return undefined;
  const started = lines
    .slice(0, stop)
    .findLast(({ text }) => /starting remote command: |exited with code: /.test(text));
  return started?.text.includes("starting remote command: ") === true ? before.raw : undefined;
}
