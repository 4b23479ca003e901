/** What an artifact on the agent is made from: a tree or file to pack, or an archive as it is. */
import { lstatSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import type { ArtifactPlan, ArtifactSource } from "../plan/types.ts";
import type { Entry, WalkOptions } from "./entries.ts";
import { cannotRead } from "./faults.ts";
import { digestEntries } from "./digest-entries.ts";
import { type Format, pack, type PackOptions, type Write } from "./pack.ts";
import { openFile } from "./read-file.ts";
import { tarGz } from "./tar.ts";
import { walkFolder } from "./walk.ts";
import { zip } from "./zip.ts";

/** What came out of a material. */
export interface Made {
  /** Content digest, lower-case hex; undefined: it is the digest of the archive's bytes. */
  readonly content: string | undefined;
  /** Files and links; undefined for an archive, which is not looked into. */
  readonly files?: number;
  /** Bytes of the files. */
  readonly size: number;
  readonly madeExecutable: number;
}

export interface Material {
  /** The content digest without making the archive; undefined where only making it tells. */
  digest(): Promise<string | undefined>;
  /** Writes the archive. Throws a TaskError that names what cannot be read. */
  make(write: Write): Promise<Made>;
}

/** zlib's level; why this one, docs/artifacts.md says with its figures. */
export const defaultLevel = 6;

/** How archives of each format take links and names. */
const walkOptions: Readonly<Record<ArtifactPlan["format"], WalkOptions>> = {
  "tar.gz": { links: "keep", names: "any" },
  zip: { links: "follow", names: "windows" },
};

const formats: Readonly<Record<ArtifactPlan["format"], (level: number) => Format>> = { "tar.gz": tarGz, zip };

/** A source on the agent's disk. */
export type AgentSource = Exclude<ArtifactSource, { readonly kind: "pipeline" }>;

/** The material of files on the agent. Throws a TaskError where there is nothing at the path. */
export function openMaterial(
  { source, format }: { readonly source: AgentSource; readonly format: ArtifactPlan["format"] },
  options: PackOptions & { readonly level?: number },
): Material {
  const path = realPath(source.path);
  if (source.kind === "archive") return openArchive(path, options);
  // A walk is for one reading: files are looked for anew each time.
  const entries = (): Iterable<Entry> =>
    lstatSync(path).isDirectory()
      ? walkFolder(path, walkOptions[format])
      : [{ kind: "file", name: basename(path), path }];
  return {
    digest: async () => (await digestEntries(entries(), options)).content,
    make: (write) => pack(entries(), formats[format](options.level ?? defaultLevel), { ...options, write }),
  };
}

const readSize = 1024 * 1024;

/** An archive as it is: what it holds is told by the digest of its bytes. */
function openArchive(path: string, { workers, signal }: PackOptions): Material {
  const readAll = async (take: Write): Promise<number> => {
    const file = openFile(path, "agent");
    const buffer = Buffer.from(new SharedArrayBuffer(readSize));
    try {
      for (let left = file.size; left > 0;) {
        signal.throwIfAborted();
        const bytes = buffer.subarray(0, Math.min(left, readSize));
        file.read(bytes);
        await take(bytes);
        left -= bytes.length;
      }
      file.close();
    } finally {
      file.discard();
    }
    return file.size;
  };
  return {
    digest: async () => {
      const hash = workers.hash();
      await readAll((bytes) => hash.update(bytes));
      return hash.end();
    },
    make: async (write) => ({ content: undefined, size: await readAll(write), madeExecutable: 0 }),
  };
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}
