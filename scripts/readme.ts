/**
 * `npm run readme`: writes the generated tables (README's inputs, outputs and template properties, docs/messages.md) between
 * their markers. With `--check` nothing is written, and a stale file ends with exit code 1.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { messageTable } from "./readme/messages.ts";
import { preflightTables } from "./readme/preflight.ts";
import { propertyTable } from "./readme/properties.ts";
import { replaceBetween } from "./readme/replace.ts";
import { inputTables, outputTable, type Manifest } from "./readme/tables.ts";

const root = resolve(import.meta.dirname, "..");

/** Content by marker, by file. */
function generatedParts(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const manifestOf = (task: string): Manifest =>
    JSON.parse(readFileSync(join(root, "tasks", task, "task.json"), "utf8")) as Manifest;
  const manifest = manifestOf("AzureImageBuilderV1");
  const lifecycle = manifestOf("AzureImageLifecycleV1");
  const schemaFile = join(root, "tests/emulator/schemas/image-template-2025-10-01.strict.json");
  const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as Parameters<typeof propertyTable>[0];
  return {
    "README.md": {
      inputs: inputTables(manifest),
      outputs: outputTable(manifest),
      "lifecycle-inputs": inputTables(lifecycle),
      "lifecycle-outputs": outputTable(lifecycle, "care"),
      properties: propertyTable(schema),
    },
    "docs/messages.md": { messages: messageTable() },
    "docs/preflight.md": { checks: preflightTables() },
  };
}

async function main(check: boolean): Promise<number> {
  const stale: string[] = [];
  for (const [name, parts] of Object.entries(generatedParts())) {
    const file = join(root, name);
    const before = readFileSync(file, "utf8");
    const filled = Object.entries(parts).reduce((text, [marker, part]) => replaceBetween(text, marker, part), before);
    const after = await format(filled, { ...(await resolveConfig(file)), parser: "markdown" });
    if (after === before) continue;
    stale.push(name);
    if (!check) writeFileSync(file, after);
  }
  if (!check || stale.length === 0) return 0;
  console.error(`${stale.join(", ")}: stale; run \`npm run readme\`.`);
  return 1;
}

process.exitCode = await main(process.argv.includes("--check"));
