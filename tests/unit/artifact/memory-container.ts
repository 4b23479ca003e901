/** A container in memory, and what it was asked for. */
import type { BlobContainer, StoredBlob } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";

interface Kept {
  readonly content: Buffer;
  metadata: Readonly<Record<string, string>>;
  lastModified: Date;
}

export interface MemoryContainer extends BlobContainer {
  readonly blobs: Map<string, Kept>;
  /** Changes and signatures, in order. */
  readonly done: string[];
  /** Puts a blob there as if somebody had. */
  put(name: string, metadata: Readonly<Record<string, string>>, content?: Buffer): void;
}

/** An empty container; `change` replaces methods. */
export function memoryContainer(now: () => Date, change: Partial<BlobContainer> = {}): MemoryContainer {
  const blobs = new Map<string, Kept>();
  const done: string[] = [];
  const view = (name: string, { content, metadata, lastModified }: Kept): StoredBlob => ({
    name,
    size: content.length,
    metadata,
    lastModified,
  });
  return {
    blobs,
    done,
    put: (name, metadata, content = Buffer.alloc(0)) =>
      void blobs.set(name, { content, metadata, lastModified: now() }),
    createIfAbsent: async () => void done.push("create"),
    list: async function* (prefix) {
      for (const [name, kept] of blobs) if (name.startsWith(prefix)) yield view(name, kept);
    },
    find: async (name) => {
      const kept = blobs.get(name);
      return kept && view(name, kept);
    },
    upload: (name) => {
      const staged = new Map<number, Buffer>();
      return {
        stage: async (index, bytes) => {
          done.push(`stage ${index}`);
          staged.set(index, Buffer.from(bytes));
        },
        commit: async (count, metadata) => {
          done.push(`commit ${name}`);
          if (blobs.has(name)) return false;
          const content = Buffer.concat(
            Array.from({ length: count }, (_, index) => staged.get(index) ?? Buffer.alloc(0)),
          );
          blobs.set(name, { content, metadata, lastModified: now() });
          return true;
        },
      };
    },
    copy: async (from, to, metadata) => {
      done.push(`copy ${from} ${to}`);
      const source = blobs.get(from);
      if (source === undefined || blobs.has(to)) return false;
      blobs.set(to, { ...source, metadata, lastModified: now() });
      return true;
    },
    setMetadata: async (name, metadata) => {
      done.push(`mark ${name}`);
      const kept = blobs.get(name);
      if (kept !== undefined) Object.assign(kept, { metadata, lastModified: now() });
      return kept !== undefined;
    },
    prepareSigning: async () => void done.push("prepare"),
    url: async (name) => `https://stimages/imagebuilder/${name}`,
    signedUrl: async (name, until) => {
      done.push(`sign ${name} ${until.toISOString()}`);
      return new Secret(`https://stimages/imagebuilder/${name}?sig=x`);
    },
    delete: async (name) => {
      done.push(`delete ${name}`);
      blobs.delete(name);
    },
    ...change,
  };
}
