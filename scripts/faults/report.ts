/** What was seen of one run. */
import type { LoggedRequest } from "../../tests/emulator/index.ts";
import type { Part, StoryEnd } from "./types.ts";

export interface RunReport {
  readonly id: number;
  readonly end: StoryEnd;
  /** Of both parts of the step, in the order of their arrival. */
  readonly requests: readonly LoggedRequest[];
  /** How many of them are the main part's. */
  readonly ofMain: number;
  readonly leftovers: readonly string[];
  /** How often each fault met a request. */
  readonly met: readonly number[];
  /** Real milliseconds. */
  readonly ms: number;
}

/** The requests of one part. */
export function requestsOf({ requests, ofMain }: RunReport, part: Part): readonly LoggedRequest[] {
  return part === "main" ? requests.slice(0, ofMain) : requests.slice(ofMain);
}
