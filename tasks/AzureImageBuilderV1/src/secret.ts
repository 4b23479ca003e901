import { inspect } from "node:util";

/**
 * A value that must not be printed. String conversion, JSON and `util.inspect` give `***`; only `reveal` gives the text,
 * and only the adapters that send it call that.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}
