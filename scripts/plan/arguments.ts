/** The command line of `npm run plan`. */
import { parseArgs } from "node:util";

/** What the command was asked. */
export interface PlanArguments {
  readonly file: string;
  /** Variables by name; they win over those of the file. */
  readonly variables: Readonly<Record<string, string>>;
  /** Inputs by name, new or older; they win over those of the step. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The request form and its digest are printed too. */
  readonly request: boolean;
}

/** How the command is called. */
export const usage = `usage: npm run --silent plan -- FILE [--var name=value]... [--input name=value]... [--request]
  --request  also the form that determines the image, its digest, and the parts that move by themselves`;

/** Reads the command line. Throws with a message for the user when it is not as in `usage`. */
export function parsePlanArguments(args: readonly string[]): PlanArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      var: { type: "string", multiple: true },
      input: { type: "string", multiple: true },
      request: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error("exactly one FILE is expected");
  const { request } = values;
  return { file, variables: parsePairs("--var", values.var), inputs: parsePairs("--input", values.input), request };
}

function parsePairs(option: string, pairs: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 1) throw new Error(`${option} ${pair}: name=value is expected`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}
