/** Approved files: a difference is a failure, and `UPDATE_GOLDEN=1` writes what there is now, to be reviewed. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

const folder = import.meta.dirname;
const ajv = new Ajv({ strict: false, allErrors: true });
const schemas = new Map<string, ValidateFunction>();

/** Compares a value with the approved file of that name under tests/golden. */
export function assertGolden(file: string, value: unknown): void {
  const path = join(folder, file);
  const actual = `${JSON.stringify(value, undefined, 2)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, actual);
  assert.deepEqual(JSON.parse(actual), JSON.parse(readFileSync(path, "utf8")), `differs from ${file}`);
}

/** Fails unless `template` is a body that the strict schema of `apiVersion` takes. */
export function assertSchemaValid(template: unknown, apiVersion: string): void {
  const faults = schemaFaults(template, apiVersion);
  assert.deepEqual(faults, [], JSON.stringify(template, undefined, 2));
}

/** What the strict schema of `apiVersion` finds wrong with a PUT body; empty when nothing. */
export function schemaFaults(template: unknown, apiVersion: string): readonly string[] {
  const validate = schemas.get(apiVersion) ?? loadSchema(apiVersion);
  if (validate(template)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

function loadSchema(apiVersion: string): ValidateFunction {
  const file = join(folder, `../emulator/schemas/image-template-${apiVersion}.strict.json`);
  const schema = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const validate = ajv.compile(schema);
  schemas.set(apiVersion, validate);
  return validate;
}
