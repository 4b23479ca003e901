/** What a kind of customizer is: how a list of steps names it, and what it is in a template. */
import type { TemplateCustomizer } from "../../image-template.ts";
import type { OsType } from "../../ports.ts";
import type { Environment } from "./environment.ts";
import type { Fields } from "./fields.ts";

/** A file that a step names: brought along by the task, or already in the image because the artifact holds it. */
export type StepFile =
  | { readonly from: "agent"; readonly content: Uint8Array }
  /** Its whole path inside the image. */
  | { readonly from: "image"; readonly path: string };

/** What a step is built with. */
export interface StepContext {
  readonly osType: OsType;
  /** Variables of the list; those of the step win. */
  readonly environment: Environment;
  /** The file a step names; undefined where there is none, which is reported already. */
  file(path: string): StepFile | undefined;
  /** Reports a mistake at the step. */
  problem(why: string, legal: string): void;
}

/** One kind of customizer: a file of its own, and a line in the registry. `A` is what a step of the kind says. */
export interface CustomizerKind<A> {
  /** The operating systems it runs on. */
  readonly systems: readonly OsType[];
  /** Whether a list of validators takes it. */
  readonly validates: boolean;
  /** How it is written, for messages and docs. */
  readonly example: string;
  /** Its options besides `name`. */
  readonly options: readonly string[];
  /** The option that a bare text stands for. */
  readonly main: string;
  /** Reads a step. Mistakes are noted; what is given back then does not matter. */
  read(fields: Fields): A;
  /** Paths of the files it needs, as given. */
  files(asked: A): readonly string[];
  /** The entry of the template's `customize`. */
  build(name: string, asked: A, context: StepContext): TemplateCustomizer;
}
