/**
 * `npm run emulator -- [--json] [--world FILE] [--scale N]`: the emulator until SIGTERM or SIGINT. With --json the first line
 * of standard output is its description, printed when it is ready; its log goes to standard error. Wrong usage exits 2.
 */
import { parseArgs } from "node:util";
import { type Description, type Emulator, createEmulator } from "../tests/emulator/index.ts";

const usage = `Usage: npm run emulator -- [--json] [--world FILE] [--scale N]
  --json        print the description as one line of JSON when ready
  --world FILE  what exists at the start (docs/emulator.md); default: tests/emulator/worlds/default.json
  --scale N     emulated seconds in a real one; default 1`;

interface Options {
  readonly json: boolean;
  readonly world: string | undefined;
  readonly scale: number;
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean" }, world: { type: "string" }, scale: { type: "string" } },
  });
  const scale = Number(values.scale ?? 1);
  if (!(scale > 0)) throw new Error(`--scale is '${values.scale ?? ""}': give a number above 0.`);
  return { json: values.json ?? false, world: values.world, scale };
}

function readable(description: Description): string {
  const { connections, resources } = description;
  const lines = Object.entries({
    "Resource Manager": description.armUrl,
    "Entra ID": description.authorityUrl,
    "Azure DevOps": description.devopsUrl,
    "Blob storage": description.blobUrl,
    Proxy: description.proxyUrl,
    Administration: description.adminUrl,
    Authority: description.caFile,
    Tenant: description.tenantId,
    Subscription: description.subscriptionId,
    Connections: Object.keys(connections).join(", "),
    "Resource group": resources.resourceGroup,
  }).map(([name, value]) => `  ${name.padEnd(18)}${value}`);
  return `The emulator is ready.\n${lines.join("\n")}\nIt runs until SIGTERM or Ctrl+C. With --json the whole description is printed.\n`;
}

async function start(options: Options): Promise<Emulator> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const emulator = await createEmulator({ world: options.world, scale: options.scale, warm: true, log });
  const text = options.json ? `${JSON.stringify(emulator.description)}\n` : readable(emulator.description);
  process.stdout.write(text);
  return emulator;
}

/** How often the parent is looked at, in ms. */
const parentCheck = 250;

/**
 * Resolves when the program is told to end: SIGTERM, SIGINT, or, started by npm, the end of npm's shell, which passes no
 * signal on and would leave the emulator behind.
 */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    if (process.env["npm_lifecycle_event"] === undefined) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, parentCheck);
    timer.unref();
  });
}

async function main(): Promise<void> {
  const end = ended();
  try {
    const emulator = await start(readOptions(process.argv.slice(2)));
    await end;
    await emulator.close();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    process.exitCode = 2;
  }
}

await main();
