/** Facts that two rooms ask for one after the other, read once. */
import type { FactReader, GalleryVersionFacts } from "../ports.ts";

/**
 * The reader with a memory for lists of gallery versions. For the time before anything is built: who waits for a version
 * to change must not use it. What failed is read again.
 */
export function rememberVersions(facts: FactReader): FactReader {
  const known = new Map<string, Promise<readonly GalleryVersionFacts[]>>();
  return {
    ...facts,
    galleryVersions: (definitionId) => {
      const key = definitionId.toLowerCase();
      const reading = known.get(key) ?? facts.galleryVersions(definitionId);
      known.set(key, reading);
      reading.catch(() => known.delete(key));
      return reading;
    },
  };
}
