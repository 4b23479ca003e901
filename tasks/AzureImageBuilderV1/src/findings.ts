/** Collects what there is to say about inputs, so that everything is reported together. */
import type { NoteCode, ProblemCode } from "./codes.ts";
import { InputError, type InputProblem } from "./errors.ts";
import { harmless } from "./values/harmless.ts";
import { redactSignatures } from "./values/redact.ts";

/** More problems than this are not told one by one: nobody reads them, and the first ones cause the others. */
const mostProblems = 100;

/** Something the user should know about a decision; never an error. */
export interface Note {
  /** `AIB` and three digits. */
  readonly code: string;
  readonly input: string;
  readonly message: string;
}

/** What is wrong with one input: `why` and `legal` are joined to the message. */
export interface ProblemText {
  readonly code: ProblemCode;
  /** What was given; undefined when nothing was, or it is secret. */
  readonly given?: string | undefined;
  /** What would be legal, in words or as a list, without a full stop. */
  readonly legal: string;
  /** What is wrong, as a sentence part after `<input>: `, without a full stop. */
  readonly why: string;
  /** The file that line and column are of; left out where they are of the input's own text. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A list of problems and notes that grows while a room works. */
export interface Findings {
  problem(input: string, text: ProblemText): void;
  note(code: NoteCode, input: string, message: string): void;
  readonly problems: readonly InputProblem[];
  readonly notes: readonly Note[];
  /** Throws InputError with all problems, when there are any. */
  throwProblems(): void;
}

/**
 * Begins an empty collection. `title` turns an input's name into what the message calls it, e.g. with the older name
 * the user wrote; the problem's `input` stays the name in task.json.
 */
export function collectFindings(title: (input: string) => string = (input) => input): Findings {
  const problems: InputProblem[] = [];
  const notes: Note[] = [];
  return {
    problems,
    notes,
    problem: (input, { code, given, legal, why, file, line, column }) =>
      problems.push({
        input,
        code,
        legal: shown(legal),
        message: `${title(input)}: ${shown(why)}. Legal: ${shown(legal)}.`,
        ...(given === undefined ? {} : { given: shown(given) }),
        ...(file === undefined ? {} : { file }),
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
      }),
    note: (code, input, message) => notes.push({ code, input, message: harmless(message) }),
    throwProblems: () => {
      if (problems.length > 0) throw new InputError(bounded(problems));
    },
  };
}

function shown(text: string): string {
  return harmless(redactSignatures(text));
}

/** The first problems, and in place of the others how many they are. */
function bounded(problems: readonly InputProblem[]): readonly InputProblem[] {
  const last = problems[mostProblems];
  if (last === undefined) return problems;
  const message = `${problems.length - mostProblems} more problems are not listed: mend the first ones, they may cause the others.`;
  const legal = "inputs without the problems that are listed";
  return [...problems.slice(0, mostProblems), { input: last.input, code: last.code, legal, message }];
}
