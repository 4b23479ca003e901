/** What is wrong with a template file or with its parameters, each with its place. */
import { noteCodes, type ProblemCode, problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { Place } from "./nodes.ts";

/** The inputs that files come by. */
export type FileInput = "templateFile" | "templateParameters";

/** One fault. `path` leads to the property, e.g. `properties.source.sku`. */
export interface FileFault {
  readonly code: ProblemCode;
  readonly input: FileInput;
  readonly place: Place;
  readonly path?: string | undefined;
  readonly why: string;
  readonly legal: string;
  readonly given?: string | undefined;
}

/** A fault without what the collection knows itself. */
export type FaultText = Omit<FileFault, "code" | "input"> & { readonly code?: ProblemCode; readonly input?: FileInput };

/** Faults and remarks, growing while a file is read. */
export interface FileReport {
  fault(text: FaultText): void;
  /** Something the user should know about what was left out. */
  note(message: string): void;
  readonly faults: readonly FileFault[];
  readonly notes: readonly string[];
}

/** Begins a report. A fault is of `templateFile` and code `badTemplate` unless it says otherwise. */
export function beginReport(): FileReport {
  const faults: FileFault[] = [];
  const notes: string[] = [];
  return {
    faults,
    notes,
    fault: (text) => faults.push({ code: problemCodes.badTemplate, input: "templateFile", ...text }),
    note: (message) => notes.push(message),
  };
}

/** Hands a report on: every fault with file, line and column in its message, in the order of the text. */
export function tellReport({ faults, notes }: FileReport, findings: Findings): void {
  const inOrder = faults.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  for (const { input, place, path, why, ...rest } of inOrder) {
    const at = `${place.file ?? "line"}${place.file === undefined ? " " : ":"}${place.line}:${place.column}`;
    findings.problem(input, {
      ...rest,
      why: `${at}${path === undefined ? "" : ` (${path})`}: ${why}`,
      ...(place.file === undefined ? {} : { file: place.file }),
      line: place.line,
      column: place.column,
    });
  }
  for (const message of notes) findings.note(noteCodes.templateFile, "templateFile", message);
}

/** The place of a character inside a text of JSON, whose value begins after its quote. */
export function placeInText(place: Place, text: string, offset: number): Place {
  const before = JSON.stringify(text.slice(0, offset)).length - 1;
  return { ...place, column: place.column + before };
}
