/** The functions of values: all that need nothing but their arguments. */
import type { Json } from "../nodes.ts";
import type { Call } from "./arguments.ts";
import { collectionFunctions } from "./functions-collections.ts";
import { logicFunctions } from "./functions-logic.ts";
import { resourceFunctions } from "./functions-resources.ts";
import { textFunctions } from "./functions-text.ts";

/** One function. */
export interface FunctionRow {
  /** Fewest and most arguments. */
  readonly count: readonly [min: number, max: number];
  /** Throws ExpressionError. */
  readonly run: (call: Call) => Json;
}

/** All of them, by documented name. */
export const functions: Readonly<Record<string, FunctionRow>> = {
  ...textFunctions,
  ...logicFunctions,
  ...collectionFunctions,
  ...resourceFunctions,
};
