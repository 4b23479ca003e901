/** The content digest of entries that are not packed: threads read the files, a batch each. */
import type { Entry } from "./entries.ts";
import { cannotRead, hasChanged, notArchivable } from "./faults.ts";
import { beginManifest, type Listed } from "./manifest.ts";
import { metaOf, type PackOptions } from "./pack.ts";
import { executable, plain } from "./read-file.ts";
import type { FileDigest, JobResult } from "./workers.ts";

/** Entries of a batch: enough that handing it over costs nothing, few enough that all threads have work. */
const batchSize = 128;

interface Batch {
  readonly entries: readonly Entry[];
  readonly result: Promise<JobResult>;
}

/**
 * The digest that packing the entries would give. Throws a TaskError that names what cannot be read, and the signal's
 * reason.
 */
export async function digestEntries(
  entries: Iterable<Entry>,
  { workers, modes, signal }: PackOptions,
): Promise<{ readonly content: string }> {
  const manifest = beginManifest();
  const underWay: Batch[] = [];
  const finish = async ({ entries: batch, result }: Batch): Promise<void> => {
    const files = (await result).files?.values();
    for (const entry of batch) {
      const listed = entry.kind === "file" ? listFile(entry, files?.next().value, modes) : metaOf(entry, modes);
      manifest.add({ digest: "", ...listed });
    }
  };
  const begin = async (batch: readonly Entry[]): Promise<void> => {
    signal.throwIfAborted();
    const paths = batch.filter(({ kind }) => kind === "file").map(({ path }) => path);
    const result = workers.run({ kind: "files", paths });
    // Of what comes too late, because an earlier batch has failed, nobody hears.
    result.catch(() => undefined);
    underWay.push({ entries: batch, result });
    const [first] = underWay.length > 2 * workers.count + 2 ? underWay.splice(0, 1) : [];
    if (first !== undefined) await finish(first);
  };
  let batch: Entry[] = [];
  for (const entry of entries) {
    if (batch.push(entry) < batchSize) continue;
    await begin(batch);
    batch = [];
  }
  await begin(batch);
  for (const one of underWay) await finish(one);
  signal.throwIfAborted();
  return { content: manifest.digest() };
}

function listFile({ name, path }: Entry, found: FileDigest | undefined, modes: PackOptions["modes"]): Listed {
  if (found === undefined) throw new TypeError(`The thread said nothing of ${path}.`);
  if (!("fault" in found)) {
    const derived = found.hasInterpreter ? executable : plain;
    return { kind: "file", name, mode: modes === "agent" ? found.mode : derived, digest: found.digest };
  }
  switch (found.fault) {
    case "notFile":
      throw notArchivable(path);
    case "changed":
      throw hasChanged(path);
    case "unreadable":
      throw cannotRead(path, new Error(found.message));
  }
}
