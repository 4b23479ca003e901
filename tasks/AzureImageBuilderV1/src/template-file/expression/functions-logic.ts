/** Functions of truth, numbers and null (documentation: logical, comparison and numeric functions). */
import type { Json } from "../nodes.ts";
import { argument, bool, type Call, fault, int, wrongType } from "./arguments.ts";
import type { FunctionRow } from "./functions.ts";
import { isSame } from "./same.ts";

/** Any number of arguments, for all practical purposes. */
const any = Number.POSITIVE_INFINITY;

function compared(test: (order: number) => boolean): FunctionRow {
  return { count: [2, 2], run: (call) => test(order(call)) };
}

function calculated(work: (left: number, right: number, call: Call) => number): FunctionRow {
  return {
    count: [2, 2],
    run: (call) => {
      const value = work(int(call, 0), int(call, 1), call);
      if (!Number.isSafeInteger(value)) throw fault(call, "the result is out of range");
      return value;
    },
  };
}

/** Below 0, 0 or above 0; both numbers, or both texts by character code. */
function order(call: Call): number {
  const [left, right] = [argument(call, 0), argument(call, 1)];
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  return wrongType(call, typeof left === "number" || typeof left === "string" ? 1 : 0, "a value of the other's type");
}

function divided(call: Call): number {
  const divisor = int(call, 1);
  if (divisor === 0) throw fault(call, "division by zero", 1);
  return divisor;
}

function toBool(call: Call): Json {
  const value = argument(call, 0);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  const word = typeof value === "string" ? value.toLowerCase() : "";
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  throw fault(call, "the value is neither true nor false", 0);
}

function toInt(call: Call): Json {
  const value = argument(call, 0);
  if (typeof value === "number") return value;
  const number = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw fault(call, "the value is not a whole number", 0);
  return number;
}

/** The functions. */
export const logicFunctions: Readonly<Record<string, FunctionRow>> = {
  true: { count: [0, 0], run: () => true },
  false: { count: [0, 0], run: () => false },
  null: { count: [0, 0], run: () => null },
  not: { count: [1, 1], run: (call) => !bool(call, 0) },
  and: { count: [2, any], run: (call) => call.args.map((_, index) => bool(call, index)).every(Boolean) },
  or: { count: [2, any], run: (call) => call.args.map((_, index) => bool(call, index)).some(Boolean) },
  bool: { count: [1, 1], run: toBool },
  int: { count: [1, 1], run: toInt },
  equals: { count: [2, 2], run: (call) => isSame(argument(call, 0), argument(call, 1)) },
  less: compared((one) => one < 0),
  lessOrEquals: compared((one) => one <= 0),
  greater: compared((one) => one > 0),
  greaterOrEquals: compared((one) => one >= 0),
  coalesce: { count: [1, any], run: ({ args }) => args.find((one) => one !== null) ?? null },
  add: calculated((left, right) => left + right),
  sub: calculated((left, right) => left - right),
  mul: calculated((left, right) => left * right),
  div: calculated((left, _, call) => Math.trunc(left / divided(call))),
  mod: calculated((left, _, call) => left % divided(call)),
};
