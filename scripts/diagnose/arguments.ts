/** The command line of `npm run diagnose`. */
import { parseArgs } from "node:util";
import type { Where } from "../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";

/** What the command was asked. */
export interface DiagnoseArguments {
  readonly file: string;
  /** Undefined: not known, so every place is thought of. */
  readonly where?: Where;
}

const places: Readonly<Record<Where, true>> = {
  "customization-log": true,
  "arm-error": true,
  storage: true,
  entra: true,
  "pipeline-log": true,
};
const isPlace = (text: string): text is Where => Object.hasOwn(places, text);

/** How the command is called. */
export const usage = `usage: npm run --silent diagnose -- FILE [--where ${Object.keys(places).join("|")}]`;

/** Reads the command line. Throws with a message for the user when it is not as in `usage`. */
export function parseDiagnoseArguments(args: readonly string[]): DiagnoseArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { where: { type: "string" } },
    allowPositionals: true,
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new Error("exactly one FILE is expected");
  if (values.where === undefined) return { file };
  if (!isPlace(values.where)) throw new Error(`--where ${values.where}: ${Object.keys(places).join(", ")} are known`);
  return { file, where: values.where };
}
