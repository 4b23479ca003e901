/** What the parts of the fault matrix hand to each other. */
import type { Fault } from "../../tests/emulator/index.ts";

/** The processes of a step, one after the other. */
export type Part = "main" | "post-job";

/** A fault, and the part of the step that meets it. */
export interface PartFault extends Fault {
  readonly part: Part;
}

/** One place at which the task asks a service for something. */
export interface Site {
  /** Unique and readable, e.g. `PUT imageTemplates/{name}`. */
  readonly name: string;
  readonly part: Part;
  /** Which requests of that part belong to it. */
  readonly match: Fault["match"];
}

/** What goes wrong at a site. */
export interface FaultKind {
  /** Short name, e.g. `reset after`. */
  readonly name: string;
  /** What happens, as a sentence part. */
  readonly what: string;
  /** `world`: once for a whole run; else at one site. */
  readonly at: "site" | "world";
  /** It also comes twice in a row. */
  readonly burst: boolean;
  /** The task cannot know whether the request was processed. */
  readonly uncertain: boolean;
}

/** What a cell is to end with, and why. */
export interface Expectation {
  readonly outcome: "succeeded" | "named-error";
  /** Codes of which one must be told; empty where it is to succeed. */
  readonly codes: readonly string[];
  /** A line that must be said. */
  readonly says?: string;
  readonly why: string;
}

/** A file that a step has attached to its run. */
export interface Attached {
  readonly type: string;
  readonly name: string;
  readonly content: string;
}

/** How the step's story ended in one run: its main part, unless one of the parts crashed or hung. */
export interface StoryEnd {
  readonly outcome: "succeeded" | "named-error" | "crashed" | "hung";
  /** Code of the error; empty where there is none. */
  readonly code: string;
  readonly message: string;
  /** All that was said, issues included. */
  readonly lines: readonly string[];
  /** Connections that the machine refused, for each fault of that kind. */
  readonly refused: readonly number[];
  /** What the main part attached to the run. */
  readonly attached: readonly Attached[];
}

/** One cell of the matrix. */
export interface Cell {
  readonly site: string;
  readonly fault: string;
  readonly expected: string;
  readonly outcome: StoryEnd["outcome"];
  readonly code: string;
  /** What stays behind without being named in the log. */
  readonly leftovers: readonly string[];
  /** Requests at the site, in all runs of the cell. */
  readonly attempts: number;
  /** What is wrong with the cell; empty where nothing is. */
  readonly problems: readonly string[];
}
