/** The kinds of customizer. A new kind is one file and one line of the registry: lists, legal values and docs follow. */
import type { TemplateCustomizer } from "../../image-template.ts";
import type { Place } from "../../values/structure.ts";
import { file } from "./file.ts";
import { powershell } from "./powershell.ts";
import { restart } from "./restart.ts";
import { shell } from "./shell.ts";
import type { CustomizerKind, StepContext } from "./types.ts";
import { windowsUpdate } from "./windows-update.ts";

const registry = { shell, powershell, restart, windowsUpdate, file };

/** Names of the kinds, as lists of steps call them. */
export type CustomizerKindName = keyof typeof registry;

/** What a step of a kind says. */
export type AskedOf<K extends CustomizerKindName> = (typeof registry)[K] extends CustomizerKind<infer A> ? A : never;

/** Every kind, by name. */
export const customizerKinds: { readonly [K in CustomizerKindName]: CustomizerKind<AskedOf<K>> } = registry;

/** The kinds' names. */
export const customizerKindNames = Object.keys(customizerKinds) as readonly CustomizerKindName[];

/** One step of a list, of whatever kind. */
export type StepRequest = { readonly [K in CustomizerKindName]: StepOf<K> }[CustomizerKindName];

/** One step of a kind. */
export interface StepOf<K extends CustomizerKindName> {
  readonly kind: K;
  /** Unique in its list. */
  readonly name: string;
  readonly place: Place;
  readonly asked: AskedOf<K>;
}

/** Paths of the files a step needs, as given. */
export function filesOf<K extends CustomizerKindName>({ kind, asked }: StepOf<K>): readonly string[] {
  return customizerKinds[kind].files(asked);
}

/** The entry of the template; see `CustomizerKind.build`. */
export function buildStep<K extends CustomizerKindName>(
  { kind, name, asked }: StepOf<K>,
  context: StepContext,
): TemplateCustomizer {
  return customizerKinds[kind].build(name, asked, context);
}
