/** Lines of customization.log in both of the service's formats (wire notes, section 7). */
import type { BuilderSettings } from "./settings.ts";

/**
 * A line by who says it: Packer to its user (\`ui\`), a script in the machine (\`output\`), Packer's debug log (\`debug\`),
 * or Packer's last words without a time (\`bare\`).
 */
export interface LogLine {
  readonly kind: "ui" | "output" | "debug" | "bare";
  readonly text: string;
}

export const ui = (text: string): LogLine => ({ kind: "ui", text: `==> azure-arm: ${text}` });
/** What Packer tells its user without naming the builder. */
export const plain = (text: string): LogLine => ({ kind: "ui", text });
export const output = (text: string): LogLine => ({ kind: "output", text: `    azure-arm: ${text}` });
export const debug = (text: string): LogLine => ({ kind: "debug", text });
export const bare = (text: string): LogLine => ({ kind: "bare", text });

/** \`2025/03/18 20:42:48\` */
function logTime(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
}

/** The line as the service writes it, with its line end. \`id\`: the operation id all lines of a run begin with. */
export function formatLine(
  line: LogLine,
  id: string,
  options: { readonly format: BuilderSettings["logFormat"]; readonly now: Date },
): string {
  return `[${id}] PACKER ${formats[options.format](line, options.now)}\n`;
}

const formats: Record<BuilderSettings["logFormat"], (line: LogLine, now: Date) => string> = {
  newer: ({ kind, text }, now) => {
    switch (kind) {
      case "ui":
      case "output":
        return `${logTime(now)} ui: ${text}`;
      case "debug":
        return `${logTime(now)} ${text}`;
      case "bare":
        return text;
    }
  },
  // OUT and ERR are Packer's own standard output and its debug log, not those of a script.
  older: ({ kind, text }, now) => {
    switch (kind) {
      case "ui":
      case "output":
        return `OUT ${text}`;
      case "debug":
        return `ERR ${logTime(now)} ${text}`;
      case "bare":
        return text.startsWith("Done") ? text : `ERR ${text}`;
    }
  },
};
