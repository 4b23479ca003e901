/**
 * `npm run readme`: writes the generated tables (README's inputs, outputs and template properties, docs/messages.md, docs/preflight.md, docs/troubleshooting.md) between
 * their markers, and docs/designer.html whole. With `--check` nothing is written, and a stale file ends with exit code 1.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { designerPage } from "./designer/page.ts";
import { messageTable } from "./readme/messages.ts";
import { preflightTables } from "./readme/preflight.ts";
import { propertyTable } from "./readme/properties.ts";
import { replaceBetween } from "./readme/replace.ts";
import { sampleTable } from "./readme/samples.ts";
import { troubleshootingSections } from "./readme/troubleshooting.ts";
import { inputTables, outputTable, type Manifest } from "./readme/tables.ts";

const root = resolve(import.meta.dirname, "..");

const manifestOf = (task: string): Manifest =>
  JSON.parse(readFileSync(join(root, "tasks", task, "task.json"), "utf8")) as Manifest;

/** Content by marker, by file. */
function generatedParts(): Readonly<Record<string, Readonly<Record<string, string>>>> {
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
    "docs/troubleshooting.md": { failures: troubleshootingSections() },
    "samples/README.md": { samples: sampleTable(join(root, "samples")) },
  };
}

/** Files by name with the text they are to have, before it is formatted. */
function generatedFiles(): readonly (readonly [name: string, text: string])[] {
  const filled = Object.entries(generatedParts()).map(([name, parts]): readonly [string, string] => {
    const before = readFileSync(join(root, name), "utf8");
    return [name, Object.entries(parts).reduce((text, [marker, part]) => replaceBetween(text, marker, part), before)];
  });
  const page = designerPage(["AzureImageBuilderV1", "AzureImageLifecycleV1"].map(manifestOf));
  return [...filled, ["docs/designer.html", page]];
}

async function main(check: boolean): Promise<number> {
  const stale: string[] = [];
  for (const [name, text] of generatedFiles()) {
    const file = join(root, name);
    const after = await format(text, { ...(await resolveConfig(file)), filepath: file });
    if (existsSync(file) && after === readFileSync(file, "utf8")) continue;
    stale.push(name);
    if (!check) writeFileSync(file, after);
  }
  if (!check || stale.length === 0) return 0;
  console.error(`${stale.join(", ")}: stale; run \`npm run readme\`.`);
  return 1;
}

process.exitCode = await main(process.argv.includes("--check"));
