/** What the emulator only infers is listed and reviewed, and it is an independent reading: no recordings, nothing of the task. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");
const emulator = join(root, "tests/emulator");
const committed = join(import.meta.dirname, "emulator-inferred.json");

function filesOf(extension: RegExp): readonly string[] {
  return readdirSync(emulator, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extension.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function nameOf(file: string): string {
  return relative(root, file).split(sep).join("/");
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
}

/** Every place of a file that gives an answer the mark, as `function: fact`, in the order of the text. */
function inferredIn(file: string): readonly string[] {
  const places: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && node.text === "inferred" && !isTypeOrComparison(node)) places.push(placeOf(node));
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return places;
}

function isTypeOrComparison(node: ts.Node): boolean {
  return ts.isLiteralTypeNode(node.parent) || ts.isCaseClause(node.parent);
}

function placeOf(node: ts.Node): string {
  let owner: string | undefined;
  let fact: string | undefined;
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isObjectLiteralExpression(at)) fact ??= factOf(at);
    if (ts.isFunctionDeclaration(at) || ts.isVariableDeclaration(at)) owner = at.name?.getText();
  }
  return fact === undefined ? (owner ?? "") : `${owner ?? ""}: ${fact}`;
}

function factOf(object: ts.ObjectLiteralExpression): string | undefined {
  const property = object.properties.find((one) => one.name?.getText() === "fact");
  return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer.getText() : undefined;
}

/** Names of modules a file imports or requires. */
function importsOf(file: string): readonly string[] {
  return ts.preProcessFile(readFileSync(file, "utf8"), true, true).importedFiles.map(({ fileName }) => fileName);
}

describe("what the emulator rests on", () => {
  const sources = filesOf(/\.(ts|cjs)$/);

  it("has every inferred answer on the committed list (UPDATE_GOLDEN=1 writes it, to be reviewed)", () => {
    const found = Object.fromEntries(
      sources.map((file) => [nameOf(file), inferredIn(file)] as const).filter(([, places]) => places.length > 0),
    );
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(committed, `${JSON.stringify(found, undefined, 2)}\n`);
    assert.ok(Object.keys(found).length > 3, "the list is read from the sources");
    assert.deepEqual(found, JSON.parse(readFileSync(committed, "utf8")));
  });

  it("imports nothing from outside its folder but packages", () => {
    const outside = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith("."))
        .map((name) => resolve(dirname(file), name))
        .filter((path) => !path.startsWith(`${emulator}${sep}`))
        .map((path) => `${nameOf(file)} -> ${nameOf(path)}`),
    );
    assert.ok(sources.length > 30);
    assert.deepEqual(outside, []);
  });

  it("reads no recording: none lies in its folder, and no source names a place where some lie", () => {
    const recordings = filesOf(/\.json$/).filter((file) => {
      const value = JSON.parse(readFileSync(file, "utf8")) as unknown;
      return typeof value === "object" && value !== null && "request" in value && "response" in value;
    });
    const readers = sources.filter((file) => /["'`/](azure\/)?wire\/|\bshared\//.test(readFileSync(file, "utf8")));
    assert.deepEqual([...recordings, ...readers].map(nameOf), []);
  });
});
