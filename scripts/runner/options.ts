/** The command line of `npm run task`. */
import { parseArgs } from "node:util";

/** The command line as read. */
export interface TaskOptions {
  readonly pipeline: string;
  /** File for the report; `-` is standard output. */
  readonly json: string | undefined;
  readonly node: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  /** Milliseconds after the first part of the extension's task begins. */
  readonly cancelAfterMs: number | undefined;
  readonly attempt: number;
  readonly connection: string | undefined;
  /** Azure is reached by its public host names through the emulator's proxy. */
  readonly proxied: boolean;
}

/** A command line that cannot be understood; exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** How the command is written. */
export const usage =
  "npm run task -- PIPELINE.yml [--json FILE] [--node PATH] [--var n=v]... [--input n=v]... " +
  "[--cancel-after S] [--attempt N] [--connection NAME] [--proxy]";

/** Reads the arguments. Throws a UsageError that says what is wrong. */
export function parseTaskOptions(args: readonly string[]): TaskOptions {
  const { values, positionals } = parse(args);
  const [pipeline, ...more] = positionals;
  if (pipeline === undefined || more.length > 0) throw new UsageError("Exactly one pipeline file is expected.");
  return {
    pipeline,
    json: values.json,
    node: values.node,
    variables: pairs("--var", values.var ?? []),
    inputs: pairs("--input", values.input ?? []),
    cancelAfterMs: cancelAfter(values["cancel-after"]),
    attempt: attemptNumber(values.attempt),
    connection: values.connection,
    proxied: values.proxy ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: "string" },
        node: { type: "string" },
        var: { type: "string", multiple: true },
        input: { type: "string", multiple: true },
        "cancel-after": { type: "string" },
        attempt: { type: "string" },
        connection: { type: "string" },
        proxy: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function pairs(option: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(`${option} ${text}: name=value is expected.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function cancelAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(`--cancel-after ${text}: a number of seconds is expected.`);
  return Number(text) * 1000;
}

function attemptNumber(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--attempt ${text}: a whole number from 1 is expected.`);
  return Number(text);
}
