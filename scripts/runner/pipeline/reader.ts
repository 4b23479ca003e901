/** Reads YAML for the pipeline loader: every scalar is text as written, and every problem has its place. */
import { isAlias, LineCounter, parseDocument, visit, type Document } from "yaml";

/** Keys and indexes from the root of the file. */
export type Path = readonly (string | number)[];

/** A value and where it stands. */
export interface Place {
  readonly value: unknown;
  readonly path: Path;
}

/** Reads values and notes what is wrong with them. */
export interface YamlReader {
  readonly root: Place;
  /** `line:column`, from 1, of the nearest value at or above a path. */
  position(path: Path): string;
  /** Notes a problem; reading goes on, so that all are reported together. */
  problem(place: Place, message: string): void;
  readonly problems: readonly string[];
  /** The entries of a mapping; keys not in `allowed` are problems. */
  mapping(place: Place, allowed?: readonly string[]): Readonly<Record<string, Place>>;
  /** The items of a list; an absent one is empty. */
  items(place: Place | undefined): readonly Place[];
  /** Text; a problem for lists and mappings. */
  text(place: Place | undefined): string | undefined;
}

/** All that is wrong with a pipeline file, one line each: `file:line:column: problem`. */
export class PipelineError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "PipelineError";
    this.problems = problems;
  }
}

/** Throws a PipelineError when the text is no YAML or uses what Azure Pipelines refuses in it (anchors, `<<`). */
export function createReader(source: string, file: string): YamlReader {
  const lines = new LineCounter();
  const document = parseDocument(source, { schema: "failsafe", lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const broken = [
    ...document.errors.map((error) => `${file}:${at(error.pos[0])}: ${error.message.split("\n")[0] ?? ""}`),
    ...aliases(document).map((offset) => `${file}:${at(offset)}: Azure Pipelines does not take YAML anchors.`),
  ];
  if (broken.length > 0) throw new PipelineError(broken);
  const position = (path: Path): string => at(offsetOf(document, path));
  const problems: string[] = [];
  const problem = (place: Place, message: string): void => {
    problems.push(`${file}:${position(place.path)}: ${message}`);
  };
  return { root: { value: document.toJS(), path: [] }, position, problem, problems, ...accessors(problem) };
}

function aliases(document: Document): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Alias: (_key, node) => {
      if (isAlias(node)) found.push(node.range?.[0] ?? 0);
    },
  });
  return found;
}

/** The key's place for a mapping's entry would need its pair; the value's own is near enough. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)) {
      return Number(node.range[0]);
    }
  }
  return 0;
}

function accessors(problem: YamlReader["problem"]): Pick<YamlReader, "mapping" | "items" | "text"> {
  return {
    mapping(place, allowed) {
      if (!isMapping(place.value)) {
        if (place.value !== undefined && place.value !== "") problem(place, "A mapping is expected here.");
        return {};
      }
      const entries = Object.entries(place.value).map(
        ([key, value]) => [key, { value, path: [...place.path, key] }] as const,
      );
      for (const [key, entry] of entries) {
        if (allowed !== undefined && !allowed.includes(key)) {
          problem(entry, `"${key}" is not expected here; ${allowed.join(", ")} are.`);
        }
      }
      return Object.fromEntries(entries);
    },
    items(place) {
      if (place === undefined || place.value === "") return [];
      if (!Array.isArray(place.value)) {
        problem(place, "A list is expected here.");
        return [];
      }
      return (place.value as readonly unknown[]).map((value, index) => ({ value, path: [...place.path, index] }));
    },
    text(place) {
      if (place === undefined) return undefined;
      if (typeof place.value === "string") return place.value;
      if (place.value === null) return "";
      problem(place, "Text is expected here.");
      return undefined;
    },
  };
}

/** Is it a mapping of YAML? */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
