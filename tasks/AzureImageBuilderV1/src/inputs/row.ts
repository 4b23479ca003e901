/** The columns of the input table. */
import type { SourceInputName } from "../kinds/source/types.ts";
import type { TargetKindName } from "../kinds/target/types.ts";
import type { Parser } from "../values/parsed.ts";
import type { Scrutiny } from "../values/unresolved.ts";

/** What a step is about, read before anything else: it tells which of the other inputs mean something. */
export interface Choice {
  /** The input that names the source image; undefined when none is filled, or more than one. */
  readonly sourceInput: SourceInputName | undefined;
  /** The source is a marketplace image. */
  readonly marketplace: boolean;
  /** An older step says by `imageSource` what its source is: inputs of other kinds are leftovers, not mistakes. */
  readonly told: boolean;
  readonly target: TargetKindName | "several" | undefined;
  readonly artifact: boolean;
  readonly subnet: boolean;
  readonly validation: boolean;
  readonly runElevated: boolean;
  /** An image that is there may be the answer. */
  readonly reuse: boolean;
}

/** One input. */
export interface Row<T> {
  readonly parse: Parser<T>;
  /** The value of an empty input, and of one that does not apply. */
  readonly fallback: T;
  /** Its older names, the likeliest first (task.json lists them as aliases). */
  readonly older?: readonly string[];
  /** Default `name`. */
  readonly scrutiny?: Scrutiny;
  /** A default of the older tasks that stood for "not given". */
  readonly sentinel?: string;
  /** Whether the input means anything in this step; default: always. */
  readonly applies?: (choice: Choice) => boolean;
  /** Whether an input that applies must be filled; default: never. */
  readonly required?: boolean;
  /** For the message when it is missing; `legal` also where the parser takes any text. */
  readonly missing?: { readonly why: string; readonly legal: string };
}

/** A row; the function only fixes the type. */
export function row<T>(columns: Row<T>): Row<T> {
  return columns;
}
