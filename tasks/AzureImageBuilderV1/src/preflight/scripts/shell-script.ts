/** The commands of a shell script: what is started, by whom, and where it writes. */
import { tokenizeShell } from "./shell-tokens.ts";
import { programOf, type Token, type Word } from "./words.ts";

export interface ShellCommand {
  /** The line it begins in, as written. */
  readonly line: string;
  /** The program's name, without sudo and the like before it. */
  readonly program: string;
  /** What follows it. */
  readonly args: readonly Word[];
  /** Whether sudo stands before it, or before the shell that it is given to. */
  readonly asRoot: boolean;
  /** Whether the shell that starts it is root's, and with it what is written by `>`. */
  readonly shellIsRoot: boolean;
  /** Whether it reads what another command writes. */
  readonly isFed: boolean;
  /** Files that the shell itself writes for it. */
  readonly writes: readonly string[];
  /** Whether the shell that reads the command is the plain one. */
  readonly inSh: boolean;
  /** Operators that only larger shells know, as they stand in the command. */
  readonly odd: readonly string[];
}

/** The interpreter of a script by its first line; `sh` where it names none, undefined where it is no shell. */
export function interpreterOf(text: string): string | undefined {
  const first = /^\uFEFF?#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(text);
  if (first === null) return "sh";
  const [, path = "", argument = ""] = first;
  const name = programOf(programOf(path) === "env" ? argument : path);
  return /^(?:ba|da|z|k|a)?sh$/.test(name) ? name : undefined;
}

/** The commands of a script, in order. One that is no shell script has none. */
export function readShellScript(text: string): readonly ShellCommand[] {
  const interpreter = interpreterOf(text);
  return interpreter === undefined ? [] : commandsOf(text, { inSh: isPlain(interpreter), asRoot: false });
}

interface Surroundings {
  readonly inSh: boolean;
  readonly asRoot: boolean;
  /** Set where the text is an argument: the line that it stands in. */
  readonly line?: string;
}

function isPlain(shell: string): boolean {
  return shell === "sh" || shell === "dash" || shell === "ash";
}

/** One simple command, before its words mean anything. */
interface Raw {
  readonly words: Word[];
  readonly writes: string[];
  readonly odd: string[];
  readonly line: number;
  readonly isFed: boolean;
}

function commandsOf(text: string, around: Surroundings): readonly ShellCommand[] {
  const lines = text.split("\n");
  return splitCommands(tokenizeShell(text)).flatMap((raw) => {
    const line = around.line ?? (lines[raw.line] ?? "").trim();
    return describe(raw, { ...around, line });
  });
}

const writing = new Set([">", ">>", ">|", "&>", "&>>"]);
const reading = new Set(["<", "<<<", "<&", ">&", "<>"]);

function splitCommands(tokens: readonly Token[]): readonly Raw[] {
  const found: Raw[] = [];
  let current: Raw | undefined;
  let depth = 0;
  /** How many commands were there before the ones that `|` joins. */
  let pattern = 0;
  let redirect: string | undefined;
  const begin = (line: number, isFed: boolean): Raw => (current ??= { words: [], writes: [], odd: [], line, isFed });
  const end = (): void => {
    if (current !== undefined) found.push(current);
    current = undefined;
  };
  let isFed = false;
  for (const token of tokens) {
    if (token.kind === "word") {
      const raw = begin(token.line, isFed);
      if (redirect === undefined) raw.words.push(token.word);
      else if (writing.has(redirect)) raw.writes.push(token.word.text);
      redirect = undefined;
      isFed = false;
      continue;
    }
    const { text } = token;
    if (text === "<<<" || text.startsWith("&>") || text === "<(" || text === ">(")
      begin(token.line, isFed).odd.push(text);
    if (writing.has(text) || reading.has(text)) {
      redirect = text;
      continue;
    }
    const last = current?.words.at(-1);
    if (text === "(" && last !== undefined && /^[A-Za-z_]\w*\+?=$/.test(last.text)) current?.odd.push(`${last.text}(`);
    if (text.endsWith("(")) depth += 1;
    end();
    // Without an opening one, what stood before it is the pattern of a case: `a|b)`.
    if (text === ")" && depth === 0) found.length = pattern;
    if (text === ")") depth = Math.max(0, depth - 1);
    if (text !== "|") pattern = found.length;
    isFed = text === "|" || text === "|&";
    redirect = undefined;
  }
  end();
  return found;
}

const before = new Set(["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"]);
/** Programs that start another one, with their options that take the next word. */
const starters: Readonly<Record<string, RegExp>> = {
  sudo: /^(?:-[ughpCDRTU]|--user|--group)$/,
  doas: /^-[uC]$/,
  env: /^-[uC]$/,
  nice: /^-n$/,
  timeout: /^-[sk]$/,
  nohup: /^$/,
  command: /^$/,
  builtin: /^$/,
  exec: /^-a$/,
  stdbuf: /^-[ioe]$/,
};

function describe(raw: Raw, around: Surroundings & { readonly line: string }): readonly ShellCommand[] {
  let { asRoot } = around;
  let words: readonly Word[] = raw.words;
  for (;;) {
    const [first, ...rest] = words;
    if (first === undefined) break;
    if (before.has(first.text) || /^[A-Za-z_]\w*\+?=/.test(first.open)) words = rest;
    else if (Object.hasOwn(starters, first.text) && !/^-[vV]$/.test(rest[0]?.text ?? "")) {
      words = afterOptions(first.text, rest);
      const options = rest.slice(0, rest.length - words.length).map(({ text }) => text);
      if (first.text === "sudo" || first.text === "doas") asRoot = isForRoot(options);
    } else break;
  }
  const [program, ...args] = words;
  const { line, inSh } = around;
  const { isFed, writes, odd } = raw;
  const name = program === undefined ? "" : programOf(program.text);
  const own: ShellCommand = { line, program: name, args, asRoot, shellIsRoot: around.asRoot, isFed, writes, inSh, odd };
  const script = /^(?:ba|da|z|k|a)?sh$/.test(name) ? scriptArgument(args) : undefined;
  if (script === undefined) return [own];
  return [own, ...commandsOf(script, { inSh: isPlain(name), asRoot, line })];
}

function afterOptions(starter: string, words: readonly Word[]): readonly Word[] {
  let rest = words;
  for (;;) {
    const [first, ...others] = rest;
    if (first === undefined || !first.text.startsWith("-")) break;
    rest = starters[starter]?.test(first.text) === true ? others.slice(1) : others;
  }
  return starter === "timeout" ? rest.slice(1) : rest;
}

function isForRoot(options: readonly string[]): boolean {
  const at = options.findIndex((option) => /^(?:-u|--user)/.test(option));
  if (at < 0) return true;
  const option = options[at] ?? "";
  const user = option === "-u" || option === "--user" ? (options[at + 1] ?? "") : option.replace(/^(?:-u|--user=)/, "");
  return user === "root";
}

/** What `sh -c` is given. */
function scriptArgument(args: readonly Word[]): string | undefined {
  const at = args.findIndex(({ text }) => /^-[a-z]*c$/.test(text));
  return at < 0 ? undefined : args.slice(at + 1).find(({ text }) => !text.startsWith("-"))?.text;
}

/** Whether an argument is of the pattern. */
export function argumentsHave({ args }: ShellCommand, pattern: RegExp): boolean {
  return args.some(({ text }) => pattern.test(text));
}

/** The first argument that is no option: `install` of `apt-get -q install`. */
export function verbOf({ args }: ShellCommand): string {
  return args.find(({ text }) => !text.startsWith("-"))?.text ?? "";
}
