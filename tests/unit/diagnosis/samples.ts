/** The samples of known failures: real texts, each beside the place it was read at. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { topics } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/catalogue/index.ts";
import type { KnownFailure, Where } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/types.ts";

const folder = join(import.meta.dirname, "samples");

/** A sample as its topic's JSON file lists it. */
export interface Listed {
  readonly id: string;
  readonly where: Where;
  /** An address, or the name of the recording. */
  readonly source: string;
}

/** An entry with its sample's text. */
export interface Sample extends Listed {
  readonly entry: KnownFailure;
  readonly text: string;
}

/** What a topic's file of samples lists. Throws when there is none. */
export function listSamples(topic: string): readonly Listed[] {
  return JSON.parse(readFileSync(join(folder, `${topic}.json`), "utf8")) as Listed[];
}

/** Every sample of every topic. Throws for one without a text or an entry. */
export const samples: readonly Sample[] = Object.entries(topics).flatMap(([topic, entries]) =>
  listSamples(topic).map((listed) => {
    const entry = entries.find(({ id }) => id === listed.id);
    if (entry === undefined) throw new Error(`${topic}.json lists ${listed.id}, which is no failure of that topic`);
    return { ...listed, entry, text: readFileSync(join(folder, `${listed.id}.txt`), "utf8") };
  }),
);
