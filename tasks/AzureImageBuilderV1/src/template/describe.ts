/** Templates for people's eyes. */
import type { ImageTemplate } from "../image-template.ts";
import { redactSignatures } from "../values/redact.ts";
import { joinCarried } from "./carried.ts";

/**
 * The template as indented JSON, every signature replaced by `***`, and what `hide` replaces in texts. A carried file in
 * which something is hidden is shown as the one line that it is then.
 */
export function describeTemplate(template: ImageTemplate, hide: (text: string) => string = (text) => text): string {
  const shown = (_key: string, value: unknown): unknown => {
    if (isLines(value)) return hideInLines(value, hide);
    return typeof value === "string" ? hide(value) : value;
  };
  return redactSignatures(JSON.stringify(template, shown, 2));
}

function isLines(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function hideInLines(lines: readonly string[], hide: (text: string) => string): readonly string[] {
  const joined = joinCarried(lines);
  return joined.every((line) => lines.includes(line) || hide(line) === line) ? lines : joined;
}
