/** Shows a run's log on a terminal or in a file: decorations become words, indents and, on a terminal, colours. */
import type { LogSink } from "../agent/log.ts";

/** Where text goes, and whether it may be coloured. */
export interface ConsoleOptions {
  readonly write: (text: string) => void;
  readonly colour: boolean;
}

const colours: Readonly<Record<string, string>> = {
  error: "\u001b[31m",
  warning: "\u001b[33m",
  section: "\u001b[1;32m",
  command: "\u001b[36m",
  debug: "\u001b[35m",
  group: "\u001b[1m",
};

const words: Readonly<Record<string, string>> = {
  error: "Error: ",
  warning: "Warning: ",
  debug: "debug: ",
  command: "$ ",
};

/** A sink that indents what is in a group and sets sections apart. */
export function createConsole({ write, colour }: ConsoleOptions): LogSink {
  let inGroup = false;
  const paint = (kind: string, text: string): string => (colour ? `${colours[kind] ?? ""}${text}\u001b[0m` : text);
  return (line) => {
    const [, kind = "", text = ""] = /^##\[(\w+)\](.*)$/s.exec(line) ?? [];
    if (kind === "endgroup") {
      inGroup = false;
      return;
    }
    if (kind === "section") inGroup = false;
    const shown = kind === "" ? line : shownText(kind, text);
    const indent = inGroup ? "  " : "";
    if (kind === "group") inGroup = true;
    write(`${kind === "section" ? sectionGap(text) : indent}${kind === "" ? shown : paint(kind, shown)}\n`);
  };
}

function shownText(kind: string, text: string): string {
  switch (kind) {
    case "group":
      return `> ${text}`;
    case "section":
      return `${text.startsWith("Finishing") || text.startsWith("Skipping") ? "--" : "=="} ${text}`;
    default:
      return kind in words ? `${words[kind] ?? ""}${text}` : `##[${kind}]${text}`;
  }
}

/** A blank line before what begins. */
function sectionGap(text: string): string {
  return text.startsWith("Finishing") ? "" : "\n";
}
