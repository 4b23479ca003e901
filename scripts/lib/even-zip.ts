/** A zip archive of the same files that has the same bytes whoever makes it, wherever and whenever. */
import { readFile, writeFile } from "node:fs/promises";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from "@zip.js/zip.js";

/** The earliest time that zip can tell, as a clock on the wall shows it: a zone is not part of it. */
const earliest = new Date(1980, 0, 1, 12);

/**
 * Writes the entries of `file` back to it, sorted by name, all of the same time (default: 1980) and without marks of the
 * machine. Of a time what counts is what the clock on a wall in Greenwich shows.
 */
export async function evenZip(file: string, time?: Date): Promise<void> {
  const reader = new ZipReader(new Uint8ArrayReader(await readFile(file)), { useWebWorkers: false });
  const entries = (await reader.getEntries()).toSorted((a, b) => (a.filename < b.filename ? -1 : 1));
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    useWebWorkers: false,
    level: 9,
    extendedTimestamp: false,
    msDosCompatible: true,
    lastModDate: time === undefined ? earliest : onTheWall(time),
  });
  for (const entry of entries) {
    if (entry.directory) await writer.add(entry.filename, undefined, { directory: true });
    else await writer.add(entry.filename, new Uint8ArrayReader(await entry.getData(new Uint8ArrayWriter())));
  }
  await reader.close();
  await writeFile(file, await writer.close());
}

function onTheWall(time: Date): Date {
  const date = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()] as const;
  return new Date(...date, time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds());
}
