/** Overrides of the template: a map in YAML or JSON, whose values keep their places for errors. */
import type { FileNode, ObjectNode } from "../template-file/nodes.ts";
import { good, type Parser } from "../values/parsed.ts";
import { badAt, type Node, parseStructure } from "../values/structure.ts";

const legal = "properties of an image template, e.g. `properties: { buildTimeoutInMinutes: 120 }`";

/** The overrides. Whether the template takes them is known when there is one. */
export const parseOverrides: Parser<ObjectNode | undefined> = (text) => {
  const parsed = parseStructure(text, legal);
  if (!parsed.ok) return parsed;
  const node = withTypes(parsed.value);
  return node.kind === "object" ? good(node) : badAt(parsed.value, "these are no properties with values", legal);
};

/** Plain words are what JSON has no quotes for: numbers, true, false and null. `1.10` stays a text. */
function withTypes(node: Node): FileNode {
  const place = { line: node.line, column: node.column };
  switch (node.kind) {
    case "map":
      return {
        kind: "object",
        place,
        entries: node.entries.map(({ name, line, column, value }) => ({
          name,
          place: { line, column },
          value: withTypes(value),
        })),
      };
    case "list":
      return { kind: "array", place, items: node.items.map(withTypes) };
    case "text":
      return { kind: "scalar", place, value: node.plain ? plainValue(node.text) : node.text };
  }
}

function plainValue(text: string): string | number | boolean | null {
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return text === "" || text === "null" || text === "~" ? null : text;
}
