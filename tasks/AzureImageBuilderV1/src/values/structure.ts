/** YAML or JSON as a plain tree in which everything knows its line and column. Scalars stay as written: `1.10` is `1.10`. */
import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { type ProblemCode, problemCodes } from "../codes.ts";
import { bad, type BadValue, good, type Parsed } from "./parsed.ts";

/** A place in a multi-line text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text; `plain` when it stands without quotes, so that YAML or JSON would take `3` for a number. */
export interface TextNode extends Place {
  readonly kind: "text";
  readonly text: string;
  readonly plain: boolean;
}

/** A list. */
export interface ListNode extends Place {
  readonly kind: "list";
  readonly items: readonly Node[];
}

/** A map; names are there once. */
export interface MapNode extends Place {
  readonly kind: "map";
  readonly entries: readonly Entry[];
}

/** One name of a map, with its value. */
export interface Entry extends Place {
  readonly name: string;
  readonly value: Node;
}

/** Anything that stands in a text. */
export type Node = TextNode | ListNode | MapNode;

/** Deeper texts are refused: no list or template is, and reading must end. */
const deepest = 60;

/** The tree of `text`. `legal` says what would be accepted, for errors, which have the code `badStructure`. */
export function parseStructure(text: string, legal: string): Parsed<Node> {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) return badAt(placeOf(error.pos[0]), `this is not YAML: ${error.message}`, legal);
  const faults: BadValue[] = [];
  const node = convert(document, { placeOf, fault: (place, why) => faults.push(badAt(place, why, legal)) });
  return faults[0] ?? good(node);
}

interface Conversion {
  placeOf(offset: number): Place;
  fault(place: Place, why: string): void;
}

function convert(document: Document.Parsed, conversion: Conversion): Node {
  const placeOf = (offset: number): Place => conversion.placeOf(offset);
  const fault = (place: Place, why: string): void => conversion.fault(place, why);
  const visit = (node: ParsedNode | null, near: Place, depth: number): Node => {
    const place = node === null ? near : placeOf(node.range[0]);
    if (depth > deepest) {
      fault(place, `this is nested more than ${deepest} levels deep`);
    } else if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => {
        const at = placeOf(key.range[0]);
        if (!isScalar(key)) fault(at, "a list or a map cannot be a name");
        return { ...at, name: textOf(key), value: visit(value, at, depth + 1) };
      });
      return { kind: "map", ...place, entries };
    } else if (isSeq(node)) {
      return { kind: "list", ...place, items: node.items.map((item) => visit(item, place, depth + 1)) };
    } else if (node !== null && !isScalar(node)) {
      fault(place, "references (`*name`) are not taken: write the value itself");
    }
    return { kind: "text", ...place, text: textOf(node), plain: !isScalar(node) || node.type === "PLAIN" };
  };
  return visit(document.contents, { line: 1, column: 1 }, 0);
}

/** A scalar's text; `""` for what has none. */
function textOf(node: ParsedNode | null): string {
  return isScalar(node) && typeof node.value === "string" ? node.value : "";
}

/** A refusal at a place. */
export function badAt(
  { line, column }: Place,
  why: string,
  legal: string,
  code: ProblemCode = problemCodes.badStructure,
): BadValue {
  return { ...bad(code, why, legal), line, column };
}

/** All of several refusals as one, the first in front. Undefined where there is none. */
export function allOf(faults: readonly BadValue[]): BadValue | undefined {
  const [first, ...more] = faults;
  return first === undefined ? undefined : { ...first, more };
}
